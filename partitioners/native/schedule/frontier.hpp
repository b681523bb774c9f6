// Merges in the order of the queue that hold whatever becomes of some nodes, for linkages with which the order of two merges
// next to each other matters.
#pragma once

#include <vector>

#include "topology/live_graph.hpp"

namespace partitioners {

/// What there is to the queue where it is known of all nodes what becomes of them.
struct NoFrontier {
    static bool admits(Node, Node) { return true; }
    static bool is_beyond(Node, Node) { return false; }
    static bool waits(Node, Node) { return false; }
    template <class Queued>
    static bool precede(const Queued*) {
        return false;
    }
    static void merge(Node, Node) {}
};

/// The nodes of which it is not known what becomes of them. Where no merge lifts an edge above the larger of the two that it
/// came from, nothing touches a known node before its best edge. So if that leads to another known node, the two become one;
/// if not, both are unknown from then on. Unknown nodes may merge with each other at any time: so that no order matters, no
/// two nodes beside unknown ones merge, and edges to those keep their values.
template <class Core>
class Frontier {
public:
    /// Core is a `Contraction`.
    explicit Frontier(Core& core)
        : core_(core), is_unknown_(core.graph().n_nodes()), is_beside_(core.graph().n_nodes()) {}

    void leave(Node node) {
        if (!is_unknown_[node]) {
            is_unknown_[node] = true;
            core_.graph().for_each_edge(node, [this](auto, Node next) { is_beside_[next] = true; });
        }
    }

    /// Whether two nodes merge, now that the edge between them is the best of all.
    bool admits(Node u, Node v) {
        if (is_unknown_[u] || is_unknown_[v] || (is_beside_[u] && is_beside_[v])) {
            leave(u);
            leave(v);
            return false;
        }
        return true;
    }
    static bool waits(Node, Node) { return false; }
    void merge(Node u, Node v) { is_beside_[u] = is_beside_[u] || is_beside_[v]; }

    template <class Queued>
    static bool precede(const Queued*) {
        return false;
    }

    bool is_beyond(Node u, Node v) const { return is_unknown_[u] && is_unknown_[v]; }

private:
    Core& core_;
    std::vector<bool> is_unknown_, is_beside_;  ///< beside: next to an unknown one
};

}  // namespace partitioners
