// Graphs under contraction from lists of edges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "linkage/linkage.hpp"
#include "topology/connected_components.hpp"
#include "topology/live_graph.hpp"

namespace partitioners {

/// A graph with fixed-point weights: `ends` holds pairs of nodes, `values` and `sizes` one number per pair.
struct FixedGraph {
    std::int64_t n_nodes;
    std::span<const std::int64_t> ends;
    std::span<const std::int64_t> values;
    std::span<const std::int64_t> sizes;
};

template <class Linkage>
using LiveEdge = typename LiveGraph<typename Linkage::Edge>::Edge;

/// Join parallel edges, and make all what the linkage starts from. Call joined(kept, given up) for those that are joined.
template <class Linkage, class Joined>
void join_parallel(LiveGraph<typename Linkage::Edge>& graph, Joined&& joined) {
    graph.join_parallel(joined);
    for (EdgeId edge = 0; edge < graph.n_edges(); ++edge) {
        Linkage::settle(graph[edge]);
    }
}

template <class Linkage>
void join_parallel(LiveGraph<typename Linkage::Edge>& graph) {
    join_parallel<Linkage>(graph, [](EdgeId, EdgeId) {});
}

/// The graph, parallel edges not yet joined. Where the linkage is reducible, no merge lifts an edge above the largest of
/// those it came from, so nodes in different components of the edges above the threshold never meet: unless asked for
/// `all`, the edges between those are left out.
template <class Linkage>
LargeVector<LiveEdge<Linkage>> edges_in_reach(const FixedGraph& graph, std::int64_t threshold, bool all = false) {
    const bool prunes = Linkage::reducible && !all;
    UnionFind reach(prunes ? static_cast<std::size_t>(graph.n_nodes) : 0);
    for (std::size_t index = 0; prunes && index < graph.values.size(); ++index) {
        if (graph.values[index] > threshold) {
            reach.unite(static_cast<Node>(graph.ends[2 * index]), static_cast<Node>(graph.ends[2 * index + 1]));
        }
    }
    LargeVector<LiveEdge<Linkage>> edges;
    edges.reserve(graph.values.size());
    for (std::size_t index = 0; index < graph.values.size(); ++index) {
        const auto u = static_cast<Node>(graph.ends[2 * index]), v = static_cast<Node>(graph.ends[2 * index + 1]);
        if (!prunes || reach.find(u) == reach.find(v)) {
            const auto size = static_cast<typename Linkage::Numbers::Size>(graph.sizes[index]);
            const auto total = static_cast<typename Linkage::Numbers::Total>(graph.values[index]) * size;
            edges.push_back({{u, v}, {total, size, static_cast<std::uint32_t>(index)}});
        }
    }
    return edges;
}

/// The same with parallel edges joined.
template <class Linkage>
LiveGraph<typename Linkage::Edge> live_graph(const FixedGraph& graph, std::int64_t threshold) {
    LiveGraph<typename Linkage::Edge> live(
        static_cast<std::size_t>(graph.n_nodes), edges_in_reach<Linkage>(graph, threshold));
    join_parallel<Linkage>(live);
    return live;
}

}  // namespace partitioners
