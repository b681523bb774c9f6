// A graph under contraction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/huge_pages.hpp"
#include "support/prefetch.hpp"
#include "topology/pair_map.hpp"

namespace partitioners {

/// Edges carry a Value each, which has add(Value).
template <class Value>
class LiveGraph {
public:
    static constexpr EdgeId none = UINT32_MAX;

    /// Room for `n_edges`, fewer than 2^31.
    LiveGraph(std::size_t n_nodes, std::size_t n_edges) : nodes_(n_nodes), is_indexed_(n_nodes), edge_to_(n_nodes) {
        edges_.reserve(n_edges);
    }

    void add(Node u, Node v, const Value& value) {
        const auto end = static_cast<End>(2 * edges_.size());
        edges_.push_back({{u, v}, {none, none}, value});
        append(u, end);
        append(v, end + 1);
    }

    /// Add up the values of edges with both ends in common: one of each such group is left. Call joined(kept, given up).
    template <class Joined>
    void join_parallel(Joined&& joined) {
        for (Node u = 0; u < nodes_.size(); ++u) {
            for_each_edge(u, [&](EdgeId edge, Node w) {
                if (edge_to_[w] != edge && joins(edge_to_[w], u, w)) {
                    edges_[edge_to_[w]].value.add(edges_[edge].value);
                    remove(edge);
                    joined(edge_to_[w], edge);
                } else {
                    edge_to_[w] = edge;
                }
            });
        }
    }

    std::size_t n_nodes() const { return nodes_.size(); }
    EdgeId n_edges() const { return static_cast<EdgeId>(edges_.size()); }
    std::pair<Node, Node> ends(EdgeId edge) const { return {edges_[edge].node[0], edges_[edge].node[1]}; }
    Node other_end(EdgeId edge, Node node) const { return edges_[edge].node[edges_[edge].node[0] == node]; }
    bool is_alive(EdgeId edge) const { return edges_[edge].node[0] != edges_[edge].node[1]; }
    Value& operator[](EdgeId edge) { return edges_[edge].value; }
    const Value& operator[](EdgeId edge) const { return edges_[edge].value; }

    /// The number of edges at a node, and of those that are no more but still listed there.
    std::size_t degree(Node node) const { return nodes_[node].degree; }

    /// Prefetch the lists of both nodes of an edge: first where they start, later what they start with.
    void fetch_nodes(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            prefetch(&nodes_[node]);
        }
    }
    void fetch_lists(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            prefetch(&edges_[nodes_[node].first / 2]);
        }
    }

    /// Call visit(edge, other end) for each edge at a node; it may change and remove this edge.
    template <class Visit>
    void for_each_edge(Node node, Visit&& visit) {
        End* link = &nodes_[node].first;
        std::uint32_t degree = 0;
        while (*link != none) {
            const EdgeId id = *link / 2;
            Edge& edge = edges_[id];
            End& next = edge.next[*link % 2];
            if (edge.node[0] == edge.node[1]) {
                *link = next;
                continue;
            }
            visit(id, edge.node[1 - *link % 2]);
            ++degree;
            link = &next;
        }
        nodes_[node].degree = degree;
    }

    /// Make v part of u, in time linear in the edges of both. Where both had an edge to the same node w, the value of
    /// the second is added to the first, and joined(first, second, w) called. Then call visit(edge) for each edge of u.
    template <class Joined, class Visit>
    void merge(Node u, Node v, Joined&& joined, Visit&& visit) {
        for_each_edge(v, [&](EdgeId edge, Node w) { edge_to_[w] = edge; });
        for_each_edge(u, [&](EdgeId edge, Node w) {
            if (w == v) {
                remove(edge);
                return;
            }
            if (const EdgeId other = edge_to_[w]; joins(other, v, w)) {
                edges_[edge].value.add(edges_[other].value);
                remove(other);
                joined(edge, other, w);
            }
            visit(edge);
        });
        move_edges(u, v, [](EdgeId, Node) { return true; }, visit);
    }

    /// The same in time linear in the edges of v where u is indexed. Call moved(edge) for each edge of v that did not
    /// join another.
    template <class Joined, class Moved>
    void absorb(Node u, Node v, Joined&& joined, Moved&& moved) {
        if (!is_indexed_[u]) {
            for_each_edge(u, [&](EdgeId edge, Node w) { edge_to_[w] = edge; });
        }
        const auto keep = [&](EdgeId edge, Node w) {
            const EdgeId other = w == u ? none : find(u, w);
            if (w == u) {
                remove(edge);
            } else if (other != none) {
                edges_[other].value.add(edges_[edge].value);
                remove(edge);
                joined(other, edge, w);
            } else {
                if (is_indexed_[u] && is_indexed_[w]) {
                    pairs_(u, w) = edge;
                }
                return true;
            }
            return false;
        };
        move_edges(u, v, keep, moved);
    }

    /// Remember the edges of a node that has so many that its list is too long to be read each time it absorbs another.
    void index(Node u) {
        is_indexed_[u] = true;
        for_each_edge(u, [&](EdgeId edge, Node w) {
            if (is_indexed_[w]) {
                pairs_(u, w) = edge;
            }
        });
    }
    bool is_indexed(Node u) const { return is_indexed_[u]; }

private:
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

    void remove(EdgeId edge) { edges_[edge].node[1] = edges_[edge].node[0]; }

    /// Whether an edge is there and has these ends. They tell in which entries of `edge_to_` to believe.
    bool joins(EdgeId edge, Node u, Node v) const {
        const auto& [first, second] = edges_[edge].node;  // as numbers: what is seldom foreseen should not be a branch
        return (((first ^ u) | (second ^ v)) == 0) | (((first ^ v) | (second ^ u)) == 0);
    }

    /// Give all edges of v that keep(edge, other end) accepts to u, then call moved(edge).
    template <class Keep, class Moved>
    void move_edges(Node u, Node v, Keep&& keep, Moved&& moved) {
        for (End end = nodes_[v].first; end != none;) {
            Edge& edge = edges_[end / 2];
            const End next = edge.next[end % 2];
            if (edge.node[0] != edge.node[1] && keep(end / 2, edge.node[1 - end % 2])) {
                edge.node[end % 2] = u;
                append(u, end);
                moved(end / 2);
            }
            end = next;
        }
        nodes_[v].first = none;
    }

    /// The edge between w and u, which absorbs another, or none.
    EdgeId find(Node u, Node w) {
        if (!is_indexed_[u]) {
            return joins(edge_to_[w], u, w) ? edge_to_[w] : none;
        }
        if (is_indexed_[w]) {
            return pairs_.find(u, w);
        }
        for (End end = nodes_[w].first; end != none;) {
            const Edge& edge = edges_[end / 2];
            if (edge.node[1 - end % 2] == u && edge.node[end % 2] == w) {
                return end / 2;
            }
            end = edge.next[end % 2];
        }
        return none;
    }

    LargeVector<Edge> edges_;
    LargeVector<Listed> nodes_;
    std::vector<bool> is_indexed_;  ///< whether a node's edges to others that are indexed are all in `pairs_`
    LargeVector<EdgeId> edge_to_;   ///< of each node, the last edge seen to it
    PairMap pairs_;
};

}  // namespace partitioners
