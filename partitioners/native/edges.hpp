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

/// The edges by first node: a counting sort.
template <class Total>
std::vector<Bundle<Total>> sorted_by_first(const std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
    std::vector<std::uint32_t> next(n_nodes + 1);
    for (const auto& edge : edges) {
        ++next[edge.first + 1];
    }
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<Bundle<Total>> sorted(edges.size());
    for (const auto& edge : edges) {
        sorted[next[edge.first]++] = edge;
    }
    return sorted;
}

/// Join the edges that have both ends in common, in linear time; the order of the list is lost.
template <class Total>
void join_parallel(std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
    const auto sorted = sorted_by_first(edges, n_nodes);
    std::vector<std::uint32_t> place(n_nodes, UINT32_MAX);  // of each node, where the last edge to it was put
    edges.clear();
    std::size_t start = 0;  // where the edges of the same first node begin
    for (const auto& edge : sorted) {
        if (edges.size() > start && edges.back().first != edge.first) {
            start = edges.size();
        }
        if (const std::uint32_t found = place[edge.second]; found != UINT32_MAX && found >= start) {
            edges[found].total += edge.total;
            edges[found].size += edge.size;
            edges[found].order = std::min(edges[found].order, edge.order);
        } else {
            place[edge.second] = static_cast<std::uint32_t>(edges.size());
            edges.push_back(edge);
        }
    }
}

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
    join_parallel(edges, static_cast<std::size_t>(graph.n_nodes));
    return edges;
}

}  // namespace partitioners
