// A graph under contraction.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "support/huge_pages.hpp"
#include "support/prefetch.hpp"
#include "topology/pair_map.hpp"

namespace partitioners {

/// Edges carry a Value each, which has add(Value). The numbers of the edges at a node lie side by side in memory, so that
/// many edges are read at once.
template <class Value>
class LiveGraph {
public:
    static constexpr EdgeId none = UINT32_MAX;

    struct Edge {
        std::array<Node, 2> node;  ///< equal ones mark an edge that is no more
        Value value;
    };

    /// Fewer than 2^31 edges.
    LiveGraph(std::size_t n_nodes, LargeVector<Edge> edges)
        : edges_(std::move(edges)), nodes_(n_nodes), is_indexed_(n_nodes), edge_to_(n_nodes) {
        free_.fill(nowhere);
        ids_.reserve(4 * edges_.size());  // room that is not used costs nothing
        for (const Edge& edge : edges_) {
            ++nodes_[edge.node[0]].room;
            ++nodes_[edge.node[1]].room;
        }
        std::size_t start = 0;
        for (List& list : nodes_) {
            list.start = static_cast<Place>(start / step);
            list.room += list.room % step;
            start += list.room;
        }
        ids_.resize(start);
        for (EdgeId edge = 0; edge < edges_.size(); ++edge) {
            for (const Node node : edges_[edge].node) {
                List& list = nodes_[node];
                ids_of(list)[list.count++] = edge;
            }
        }
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
    Node other_end(EdgeId edge, Node node) const { return edges_[edge].node[0] ^ edges_[edge].node[1] ^ node; }
    bool is_alive(EdgeId edge) const { return edges_[edge].node[0] != edges_[edge].node[1]; }
    Value& operator[](EdgeId edge) { return edges_[edge].value; }
    const Value& operator[](EdgeId edge) const { return edges_[edge].value; }

    /// The number of edges at a node, and of those that are no more but still listed there.
    std::size_t degree(Node node) const { return nodes_[node].count; }

    /// Prefetch the lists of both nodes of an edge: first where they are, then the lists, last what they start with.
    void fetch_nodes(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            prefetch(&nodes_[node]);
        }
    }
    void fetch_lists(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            prefetch(ids_of(nodes_[node]));
        }
    }
    void fetch_edges(EdgeId edge) const {
        for (const Node node : edges_[edge].node) {
            const List& list = nodes_[node];
            for (std::uint32_t index = 0; index < std::min<std::uint32_t>(list.count, 4); ++index) {
                prefetch(&edges_[ids_of(list)[index]]);
            }
        }
    }

    /// Call visit(edge, other end) for each edge at a node; it may change and remove this edge.
    template <class Visit>
    void for_each_edge(Node node, Visit&& visit) {
        EdgeId* const ids = ids_of(nodes_[node]);
        const Edge* const edges = edges_.data();
        const std::uint32_t count = nodes_[node].count;
        std::uint32_t kept = 0;
        for (std::uint32_t index = 0; index < count; ++index) {
            const EdgeId edge = ids[index];
            const auto& [first, second] = edges[edge].node;
            if (const Node other = first ^ second ^ node; other != node) {
                ids[kept++] = edge;
                visit(edge, other);
            }
        }
        nodes_[node].count = kept;
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
    /// Where there is room in `ids_`, in steps of so many numbers.
    using Place = std::uint32_t;
    static constexpr std::uint32_t step = 2;
    static constexpr Place nowhere = UINT32_MAX;

    /// Where the numbers of a node's edges lie in `ids_`.
    struct List {
        Place start = 0;
        std::uint32_t count = 0, room = 0;
    };

    EdgeId* ids_of(const List& list) { return ids_.data() + std::size_t{step} * list.start; }
    const EdgeId* ids_of(const List& list) const { return ids_.data() + std::size_t{step} * list.start; }

    void remove(EdgeId edge) { edges_[edge].node[1] = edges_[edge].node[0]; }

    /// Whether an edge is there and has these ends. They tell in which entries of `edge_to_` to believe.
    bool joins(EdgeId edge, Node u, Node v) const {
        const auto& [first, second] = edges_[edge].node;  // as numbers: what is seldom foreseen should not be a branch
        return (((first ^ u) | (second ^ v)) == 0) | (((first ^ v) | (second ^ u)) == 0);
    }

    /// Give all edges of v that keep(edge, other end) accepts to u, then call moved(edge).
    template <class Keep, class Moved>
    void move_edges(Node u, Node v, Keep&& keep, Moved&& moved) {
        make_room(u, nodes_[u].count + nodes_[v].count);
        EdgeId* const to = ids_of(nodes_[u]);
        const std::span<const EdgeId> from(ids_of(nodes_[v]), nodes_[v].count);
        std::uint32_t count = nodes_[u].count;
        for (const EdgeId id : from) {
            Edge& edge = edges_[id];
            if (const Node other = other_end(id, v); other != v && keep(id, other)) {
                edge.node[edge.node[1] == v] = u;
                to[count++] = id;
                moved(id);
            }
        }
        nodes_[u].count = count;
        release(nodes_[v]);
    }

    /// Move the list of a node, if need be, to where there is room for so many edges.
    void make_room(Node node, std::uint32_t count) {
        List& list = nodes_[node];
        if (count <= list.room) {
            return;
        }
        const auto size = static_cast<std::size_t>(std::bit_width(count - 1));  // as a power of two
        List larger{free_[size], list.count, std::uint32_t{1} << size};
        if (larger.start == nowhere) {
            larger.start = static_cast<Place>(ids_.size() / step);
            ids_.resize(ids_.size() + larger.room);
        } else {
            free_[size] = *ids_of(larger);
        }
        std::copy_n(ids_of(list), list.count, ids_of(larger));
        release(list);
        list = larger;
    }

    void release(List& list) {
        if (list.room > 0) {
            *ids_of(list) = std::exchange(free_[static_cast<std::size_t>(std::bit_width(list.room) - 1)], list.start);
        }
        list = {};
    }

    /// The edge between w and u, which absorbs another, or none.
    EdgeId find(Node u, Node w) {
        if (!is_indexed_[u]) {
            return joins(edge_to_[w], u, w) ? edge_to_[w] : none;
        }
        if (is_indexed_[w]) {
            return pairs_.find(u, w);
        }
        for (const EdgeId edge : std::span(ids_of(nodes_[w]), nodes_[w].count)) {
            if (other_end(edge, w) == u) {
                return edge;
            }
        }
        return none;
    }

    LargeVector<Edge> edges_;
    LargeVector<List> nodes_;
    LargeVector<EdgeId> ids_;
    std::array<Place, 32> free_;    ///< of each power of two, where there is room for so many: there stands where else
    std::vector<bool> is_indexed_;  ///< whether a node's edges to others that are indexed are all in `pairs_`
    LargeVector<EdgeId> edge_to_;   ///< of each node, the last edge seen to it
    PairMap pairs_;
};

}  // namespace partitioners
