// Graphs as lists of edges: fixed-point sums behind each, parallel ones joined.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "connected_components.hpp"
#include "linkage.hpp"

namespace partitioners {

using Node = std::uint32_t;

/// A graph with fixed-point weights: `ends` holds pairs of nodes, `values` and `sizes` one number per pair.
struct FixedGraph {
    std::int64_t n_nodes;
    std::span<const std::int64_t> ends;
    std::span<const std::int64_t> values;
    std::span<const std::int64_t> sizes;
};

/// All edges between two nodes, first < second: Σ value · size and Σ size.
template <class Total>
struct Bundle {
    Node first, second;
    std::int64_t size;
    Total total;
};

/// Joins parallel edges and drops self-loops in linear time; its memory is kept for the next call.
template <class Total>
class ParallelJoiner {
public:
    /// Join the edges that have both ends in common, each at the place of the first of them: places in the list stay in
    /// the order of the smallest original indices behind the edges, by which ties are decided.
    void operator()(std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
        drop_loops(edges);
        sort_by_first(edges, n_nodes);
        latest_.assign(n_nodes, UINT32_MAX);
        for (const std::uint32_t index : sorted_) {
            auto& edge = edges[index];
            std::uint32_t& known = latest_[edge.second];
            if (known != UINT32_MAX && edges[known].first == edge.first) {
                edges[known].total += edge.total;
                edges[known].size += edge.size;
                edge.second = edge.first;
            } else {
                known = index;
            }
        }
        drop_loops(edges);
    }

private:
    static void drop_loops(std::vector<Bundle<Total>>& edges) {
        std::erase_if(edges, [](const auto& edge) { return edge.first == edge.second; });
    }

    void sort_by_first(const std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
        next_.assign(n_nodes + 1, 0);
        for (const auto& edge : edges) {
            ++next_[edge.first + 1];
        }
        std::partial_sum(next_.begin(), next_.end(), next_.begin());
        sorted_.resize(edges.size());
        for (std::uint32_t index = 0; index < edges.size(); ++index) {
            sorted_[next_[edges[index].first]++] = index;
        }
    }

    std::vector<std::uint32_t> next_;    ///< of each node, where its next edge goes
    std::vector<std::uint32_t> sorted_;  ///< edges by first node, then as they come
    std::vector<std::uint32_t> latest_;  ///< of each node, the edge met latest that has it as second node
};

/// The edges of a graph, parallel ones joined. Where the linkage is reducible, no merge lifts an edge above the larger
/// of the two it came from, so nodes in different components of the edges above the threshold never meet: the
/// edges between those are left out.
template <class Linkage, class Total>
std::vector<Bundle<Total>> bundle(const FixedGraph& graph, double threshold) {
    UnionFind reach(Linkage::reducible ? graph.n_nodes : 0);
    for (std::size_t index = 0; Linkage::reducible && index < graph.values.size(); ++index) {
        if (static_cast<double>(graph.values[index]) > threshold * scale) {
            reach.unite(graph.ends[2 * index], graph.ends[2 * index + 1]);
        }
    }
    std::vector<Bundle<Total>> edges;
    edges.reserve(graph.values.size());
    for (std::size_t index = 0; index < graph.values.size(); ++index) {
        const auto [u, v] = std::minmax(graph.ends[2 * index], graph.ends[2 * index + 1]);
        if (!Linkage::reducible || reach.find(u) == reach.find(v)) {
            const Total total = static_cast<Total>(graph.values[index]) * graph.sizes[index];
            edges.push_back({static_cast<Node>(u), static_cast<Node>(v), graph.sizes[index], total});
        }
    }
    ParallelJoiner<Total>()(edges, static_cast<std::size_t>(graph.n_nodes));
    return edges;
}

}  // namespace partitioners
