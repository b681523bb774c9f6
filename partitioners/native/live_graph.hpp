// A graph under contraction: merging two nodes costs time linear in the edges of the one that is given up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "edges.hpp"
#include "pair_map.hpp"

namespace partitioners {

/// Edges carry a Value each. No two have both ends in common.
template <class Value>
class LiveGraph {
public:
    using EdgeId = std::uint32_t;

    LiveGraph(std::size_t n_nodes, std::size_t n_edges) : nodes_(n_nodes), is_large_(n_nodes) {
        edges_.reserve(n_edges);
    }

    /// `u` and `v` have no edge between them yet.
    void add(Node u, Node v, const Value& value) {
        const auto end = static_cast<End>(2 * edges_.size());
        edges_.push_back({{u, v}, {none, none}, value});
        append(u, end);
        append(v, end + 1);
    }

    EdgeId n_edges() const { return static_cast<EdgeId>(edges_.size()); }
    std::pair<Node, Node> ends(EdgeId edge) const { return {edges_[edge].node[0], edges_[edge].node[1]}; }
    bool is_alive(EdgeId edge) const { return edges_[edge].node[0] != edges_[edge].node[1]; }
    Value& operator[](EdgeId edge) { return edges_[edge].value; }
    const Value& operator[](EdgeId edge) const { return edges_[edge].value; }

    /// Prefetch the lists of both nodes of an edge: first where they start, later what they start with.
    void fetch_nodes(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            __builtin_prefetch(&nodes_[node]);
        }
    }
    void fetch_lists(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            __builtin_prefetch(&edges_[nodes_[node].first / 2]);
        }
    }

    /// The number of edges at a node, and of those that are no more but still listed there.
    std::size_t degree(Node node) const { return nodes_[node].degree; }

    /// Make v part of u. Where both had an edge to the same node, call join(edge of u, edge of v) and drop the second.
    template <class Join>
    void merge(Node u, Node v, Join&& join) {
        index_if_large(u);
        list_neighbours(u);
        for (End end = nodes_[v].first; end != none;) {
            Edge& edge = edges_[end / 2];
            const Node w = edge.node[1 - end % 2];
            const End next = edge.next[end % 2];
            if (w == u) {
                edge.node[end % 2] = w;
            } else if (w != v) {
                if (const EdgeId other = find(u, w); other != none) {
                    join(other, end / 2);
                    edge.node[end % 2] = w;
                } else {
                    edge.node[end % 2] = u;
                    append(u, end);
                    if (is_large_[u] || is_large_[w]) {
                        pairs_(u, w) = end / 2;
                    }
                }
            }
            end = next;
        }
        nodes_[v].first = none;
    }

    /// Call visit(edge) for each edge at a node.
    template <class Visit>
    void for_each_edge(Node node, Visit&& visit) {
        auto& [first, degree] = nodes_[node];
        degree = 0;
        for (End* link = &first; *link != none;) {
            Edge& edge = edges_[*link / 2];
            End& next = edge.next[*link % 2];
            if (edge.node[0] == edge.node[1]) {
                *link = next;
            } else {
                visit(*link / 2);
                ++degree;
                link = &next;
            }
        }
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Up to this many edges of a node are searched one by one: they lie near each other, other than those of a map.
    static constexpr std::size_t few = 32;

    using End = std::uint32_t;  ///< twice an edge's number, plus which of its two ends is meant

    struct Edge {
        std::array<Node, 2> node;  ///< equal ones mark an edge that is no more
        std::array<End, 2> next;   ///< in the lists of the two nodes
        Value value;
    };
    struct Listed {
        End first = none;
        std::uint32_t degree = 0;
    };

    void append(Node node, End end) {
        edges_[end / 2].next[end % 2] = nodes_[node].first;
        nodes_[node].first = end;
        ++nodes_[node].degree;
    }

    /// Prepare for `find`.
    void list_neighbours(Node u) {
        n_listed_ = 0;
        if (!is_large_[u]) {
            for_each_edge(u, [&](EdgeId edge) {
                const auto& [first, second] = edges_[edge].node;
                neighbours_[n_listed_] = first == u ? second : first;
                through_[n_listed_++] = edge;
            });
        }
    }

    /// The edge between w and the node u whose neighbours were listed, or none.
    EdgeId find(Node u, Node w) {
        if (is_large_[u]) {
            return pairs_.find(u, w);
        }
        for (std::size_t index = 0; index < n_listed_; ++index) {
            if (neighbours_[index] == w) {
                return through_[index];
            }
        }
        return none;
    }

    void index_if_large(Node u) {
        if (!is_large_[u] && nodes_[u].degree > few) {
            is_large_[u] = true;
            for_each_edge(u, [&](EdgeId edge) { pairs_(edges_[edge].node[0], edges_[edge].node[1]) = edge; });
        }
    }

    std::vector<Edge> edges_;
    std::vector<Listed> nodes_;
    std::vector<bool> is_large_;  ///< whether all edges at a node are in `pairs_`
    PairMap pairs_;
    std::array<Node, few> neighbours_;
    std::array<EdgeId, few> through_;
    std::size_t n_listed_ = 0;
};

}  // namespace partitioners
