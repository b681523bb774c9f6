// Graphs as lists of edges: fixed-point sums behind each, parallel ones joined.
#pragma once

#include <algorithm>
#include <cstdint>
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

/// Join the edges that have both ends in common; the order of the list does not matter, and is lost. Linear time.
template <class Total>
void join_parallel(std::vector<Bundle<Total>>& edges, std::size_t n_nodes) {
    std::vector<std::uint32_t> next(n_nodes + 1);  // a counting sort by first node…
    for (const auto& edge : edges) {
        ++next[edge.first + 1];
    }
    for (std::size_t node = 0; node < n_nodes; ++node) {
        next[node + 1] += next[node];
    }
    std::vector<Bundle<Total>> sorted(edges.size());
    for (const auto& edge : edges) {
        sorted[next[edge.first]++] = edge;
    }
    std::vector<std::uint32_t> place(n_nodes, UINT32_MAX);  // …and for each node a mark where an edge to it was put
    edges.clear();
    std::size_t start = 0;
    for (const auto& edge : sorted) {
        if (edges.size() > start && edges.back().first != edge.first) {
            start = edges.size();
        }
        const std::uint32_t found = place[edge.second];
        if (found != UINT32_MAX && found >= start) {
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
            edges.push_back({static_cast<Node>(u), static_cast<Node>(v), static_cast<std::int64_t>(index), graph.sizes[index], total});
        }
    }
    join_parallel(edges, static_cast<std::size_t>(graph.n_nodes));
    return edges;
}

}  // namespace partitioners
