// A graph of costs as lists of neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "topology/edges.hpp"

namespace partitioners {

/// A graph without parallel edges: the neighbours of each node, in ascending order, and what the edges to them cost.
class CostedNeighbours {
public:
    struct Neighbour {
        Node node;
        bool connects;  ///< no edge to it does, where all are lifted
        std::int64_t cost;
    };

    /// Fewer than 2^32 edges; the sum of all |value| · size is below 2^62. `is_lifted` tells of each edge, or is empty where none is.
    explicit CostedNeighbours(const FixedGraph& graph, std::span<const bool> is_lifted = {})
        : start_(static_cast<std::size_t>(graph.n_nodes) + 1) {
        for (const std::int64_t node : graph.ends) {
            ++start_[static_cast<std::size_t>(node) + 1];
        }
        for (std::size_t node = 1; node < start_.size(); ++node) {
            start_[node] += start_[node - 1];
        }
        std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
        std::vector<EdgeId> edges(graph.ends.size());  // of each node
        for (std::size_t edge = 0; edge < graph.values.size(); ++edge) {
            edges[next[static_cast<std::size_t>(graph.ends[2 * edge])]++] = static_cast<EdgeId>(edge);
            edges[next[static_cast<std::size_t>(graph.ends[2 * edge + 1])]++] = static_cast<EdgeId>(edge);
        }
        neighbours_.resize(graph.ends.size());
        next.assign(start_.begin(), start_.end() - 1);
        for (Node node = 0; node < n_nodes(); ++node) {  // in this order it comes into the lists of the others
            for (const std::size_t edge : std::span(edges).subspan(start_[node], start_[node + 1] - start_[node])) {
                const std::int64_t other = graph.ends[2 * edge] ^ graph.ends[2 * edge + 1] ^ node;
                const bool connects = is_lifted.empty() || !is_lifted[edge];
                is_lifted_ = is_lifted_ || !connects;
                neighbours_[next[static_cast<std::size_t>(other)]++] = {
                    node, connects, graph.values[edge] * graph.sizes[edge]};
            }
        }
        join_parallel();
    }

    std::span<const Neighbour> operator[](Node node) const {
        return std::span(neighbours_).subspan(start_[node], start_[node + 1] - start_[node]);
    }
    std::size_t n_nodes() const { return start_.size() - 1; }
    bool is_lifted() const { return is_lifted_; }
    /// Whether a table of so many entries takes little beside the edges.
    bool affords(std::size_t n_entries) const { return n_entries <= 8 * neighbours_.size(); }
    /// Twice the number of edges.
    std::size_t n_ends() const { return neighbours_.size(); }

private:
    void join_parallel() {
        std::size_t kept = 0, from = 0;
        for (std::size_t node = 0; node + 1 < start_.size(); ++node) {
            const std::size_t to = start_[node + 1], first = kept;
            for (; from < to; ++from) {
                if (kept > first && neighbours_[kept - 1].node == neighbours_[from].node) {
                    neighbours_[kept - 1].cost += neighbours_[from].cost;
                    neighbours_[kept - 1].connects = neighbours_[kept - 1].connects || neighbours_[from].connects;
                } else {
                    neighbours_[kept++] = neighbours_[from];
                }
            }
            start_[node + 1] = kept;
        }
        neighbours_.resize(kept);
    }

    std::vector<std::size_t> start_;
    std::vector<Neighbour> neighbours_;
    bool is_lifted_ = false;
};

}  // namespace partitioners
