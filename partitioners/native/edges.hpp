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

/// All edges between two nodes, first < second: Σ value · size, Σ size, and the smallest index among them.
template <class Total>
struct Bundle {
    Node first, second;
    std::int64_t order;
    std::int64_t size;
    Total total;
};

/// Joins parallel edges in linear time; its memory is kept for the next call.
template <class Total>
class ParallelJoiner {
public:
    /// Join the edges that have both ends in common; the order of the list does not matter, and is lost.
    void operator()(std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
        sort_by_first(edges, n_nodes);
        place_.assign(n_nodes, UINT32_MAX);
        edges.clear();
        std::size_t start = 0;  // where the edges of the same first node begin
        for (const auto& edge : sorted_) {
            if (edges.size() > start && edges.back().first != edge.first) {
                start = edges.size();
            }
            if (const std::uint32_t found = place_[edge.second]; found != UINT32_MAX && found >= start) {
                edges[found].total += edge.total;
                edges[found].size += edge.size;
                edges[found].order = std::min(edges[found].order, edge.order);
            } else {
                place_[edge.second] = static_cast<std::uint32_t>(edges.size());
                edges.push_back(edge);
            }
        }
    }

private:
    void sort_by_first(const std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
        next_.assign(n_nodes + 1, 0);
        for (const auto& edge : edges) {
            ++next_[edge.first + 1];
        }
        std::partial_sum(next_.begin(), next_.end(), next_.begin());
        sorted_.resize(edges.size());
        for (const auto& edge : edges) {
            sorted_[next_[edge.first]++] = edge;
        }
    }

    std::vector<std::uint32_t> next_;   ///< of each node, where its next edge goes
    std::vector<std::uint32_t> place_;  ///< of each node, where the last edge to it was put
    std::vector<Bundle<Total>> sorted_;
};

/// The edges of a graph, parallel ones joined. Where the linkage is reducible, no merge lifts an edge above the larger
/// of the two it came from, so nodes in different components of the edges above the threshold never meet: the
/// edges between those are left out.
template <class Linkage, class Total>
std::vector<Bundle<Total>> bundle(const FixedGraph& graph, std::int64_t threshold) {
    UnionFind reach(Linkage::reducible ? graph.n_nodes : 0);
    for (std::size_t index = 0; Linkage::reducible && index < graph.values.size(); ++index) {
        if (graph.values[index] > threshold) {
            reach.unite(graph.ends[2 * index], graph.ends[2 * index + 1]);
        }
    }
    std::vector<Bundle<Total>> edges;
    edges.reserve(graph.values.size());
    for (std::size_t index = 0; index < graph.values.size(); ++index) {
        const auto [u, v] = std::minmax(graph.ends[2 * index], graph.ends[2 * index + 1]);
        if (!Linkage::reducible || reach.find(u) == reach.find(v)) {
            const Total total = static_cast<Total>(graph.values[index]) * graph.sizes[index];
            const auto order = static_cast<std::int64_t>(index);
            edges.push_back({static_cast<Node>(u), static_cast<Node>(v), order, graph.sizes[index], total});
        }
    }
    ParallelJoiner<Total>()(edges, static_cast<std::size_t>(graph.n_nodes));
    return edges;
}

}  // namespace partitioners
