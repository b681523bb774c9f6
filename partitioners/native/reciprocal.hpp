// Rounds of reciprocal-best merges: where two nodes are each other's best neighbour, average linkage may merge them
// before the global best without changing the result, so that most merges need no queue (Sumengen et al.,
// "Scaling hierarchical agglomerative clustering to billion-sized datasets", arXiv 2105.11653).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "edges.hpp"

namespace partitioners {

template <class Total>
class ReciprocalRounds {
public:
    /// `edges` are replaced by those between the nodes that are left, numbered 0…n-1.
    ReciprocalRounds(std::vector<Bundle<Total>>& edges, std::size_t n_nodes, std::int64_t threshold)
        : edges_(edges), n_nodes_(n_nodes), threshold_{threshold, 1} {
        while (round()) {
        }
    }

    std::size_t n_nodes() const { return n_nodes_; }

    /// From one label per node that is left to one per node that there was.
    std::vector<Node> expand(std::vector<Node> labels) const {
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
            std::vector<Node> expanded(step->size());
            for (std::size_t node = 0; node < expanded.size(); ++node) {
                expanded[node] = labels[(*step)[node]];
            }
            labels = std::move(expanded);
        }
        return labels;
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Rounds go on while they merge at least this share of the edges' number: below, a queue is quicker.
    static constexpr double worthwhile = 0.02;

    bool round() {
        std::vector<Node> number(n_nodes_);
        const std::size_t n_merged = merge_mutual(number);
        if (static_cast<double>(n_merged) <= worthwhile * static_cast<double>(edges_.size())) {
            return false;
        }
        Node count = 0;
        for (Node node = 0; node < n_nodes_; ++node) {
            number[node] = number[node] == node ? count++ : number[number[node]];
        }
        n_nodes_ = count;
        std::size_t kept = 0;
        for (const auto& edge : edges_) {
            const auto [u, v] = std::minmax(number[edge.first], number[edge.second]);
            if (u != v) {
                edges_[kept++] = {u, v, edge.order, edge.size, edge.total};
            }
        }
        edges_.resize(kept);
        join_parallel_(edges_, n_nodes_);
        steps_.push_back(std::move(number));
        return true;
    }

    /// Write into `into` for each node the smaller one that it is merged with, or itself; return the number of merges.
    std::size_t merge_mutual(std::vector<Node>& into) {
        best_.assign(n_nodes_, none);
        for (std::uint32_t edge = 0; edge < edges_.size(); ++edge) {
            if (threshold_ < worth(edge)) {
                for (const Node node : {edges_[edge].first, edges_[edge].second}) {
                    if (best_[node] == none || goes_before(edge, best_[node])) {
                        best_[node] = edge;
                    }
                }
            }
        }
        std::size_t n_merged = 0;
        for (Node node = 0; node < n_nodes_; ++node) {
            const std::uint32_t edge = best_[node];
            const bool mutual = edge != none && edges_[edge].second == node && best_[edges_[edge].first] == edge;
            into[node] = mutual ? edges_[edge].first : node;
            n_merged += mutual;
        }
        return n_merged;
    }

    Mean<Total> worth(std::uint32_t edge) const { return {edges_[edge].total, edges_[edge].size}; }

    bool goes_before(std::uint32_t edge, std::uint32_t other) const {
        const Mean<Total> mine = worth(edge), theirs = worth(other);
        return theirs < mine || (!(mine < theirs) && edges_[edge].order < edges_[other].order);
    }

    std::vector<Bundle<Total>>& edges_;
    std::size_t n_nodes_;
    Mean<Total> threshold_;
    ParallelJoiner<Total> join_parallel_;
    std::vector<std::uint32_t> best_;  ///< of each node, its best edge
    std::vector<std::vector<Node>> steps_;  ///< of each round, the new number of each node
};

}  // namespace partitioners
