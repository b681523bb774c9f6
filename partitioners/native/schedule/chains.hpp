// Merges ahead of the queue: nearest-neighbour chains (Murtagh, "A survey of recent advances in hierarchical
// clustering algorithms", Computer Journal 1983). Where no merge lifts an edge above the larger of the two that it came
// from, an edge that is the best at both its ends may be contracted before better ones elsewhere, without changing the
// result. So merges follow each other where they are near in memory, and the queue is left with few.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "linkage/linkage.hpp"
#include "topology/live_graph.hpp"

namespace partitioners {

/// Core is a `Contraction`, of a linkage with which two merges next to each other may come in any order.
template <class Core>
class Chains {
public:
    explicit Chains(Core& core) : core_(core), best_(core.graph().n_nodes(), unknown) {}

    /// Leave a node to the queue.
    void leave(Node node) { best_[node] = left; }

    void run() {
        for (Node node = 0; node < best_.size(); ++node) {
            if (core_.graph().degree(node) > few && best_[node] != left) {
                make_large(node);
            }
        }
        for (Node start = 0; start < best_.size(); ++start) {
            chain_.assign(1, start);
            while (!chain_.empty()) {
                step(chain_.back());
            }
        }
    }

private:
    using Rank = typename Core::Rank;
    using Queued = typename Core::Queued;

    /// Numbers of no edges; `left` is the smallest.
    static constexpr EdgeId unknown = UINT32_MAX, none = unknown - 1, left = unknown - 2;
    /// Nodes of more edges find their best one through a heap of their own.
    static constexpr std::size_t few = 32;

    /// The best of the edges shown to it.
    struct Search {
        Rank rank;
        EdgeId edge = none;

        void show(EdgeId other, const Rank& its) {
            const bool is_better = rank < its;
            edge = is_better ? other : edge;
            rank = is_better ? its : rank;
        }
    };
    /// For edges above the threshold.
    Search search() const { return {{core_.threshold(), 0}}; }

    /// Contract what is best at the end of the chain, or add a node that has a better edge. What leads to nodes that
    /// are left to the queue is left to it too.
    void step(Node node) {
        const EdgeId edge = best(node);
        if (edge == none || edge == left) {
            chain_.pop_back();
            return;
        }
        const Node other = core_.graph().other_end(edge, node);
        if (const EdgeId its = best(other); its == edge) {
            chain_.back() = merge(node, other, edge);
        } else if (its == left) {
            best_[node] = left;
        } else {
            chain_.push_back(other);
        }
    }

    EdgeId best(Node node) { return best_[node] == unknown ? best_[node] = searched(node) : best_[node]; }

    EdgeId searched(Node node) { return core_.graph().is_indexed(node) ? top(heaps_[node]) : best_listed(node); }

    EdgeId best_listed(Node node) {
        Search found = search();
        core_.graph().for_each_edge(node, [&](EdgeId edge, Node) { found.show(edge, core_.rank(edge)); });
        return found.edge;
    }

    using Heap = std::vector<Queued>;

    EdgeId top(Heap& heap) {
        if (!pop_outdated(heap)) {
            return none;
        }
        for (std::size_t next = 1; next < 3 && next < heap.size(); ++next) {  // they will soon be on top
            core_.graph().fetch_lists(heap[next].edge);
        }
        return heap[0].edge;
    }

    /// Whether there is anything left.
    bool pop_outdated(Heap& heap) {
        while (!heap.empty() && !core_.is_current(heap[0])) {
            pop(heap);
        }
        return !heap.empty();
    }

    static void pop(Heap& heap) {
        std::pop_heap(heap.begin(), heap.end());
        heap.pop_back();
    }

    void push(Heap& heap, EdgeId edge) {
        if (const Rank rank = core_.rank(edge); core_.threshold() < rank.worth) {
            heap.push_back({rank, edge});
            std::push_heap(heap.begin(), heap.end());
        }
    }

    /// Make the two ends of an edge one, and find its best edge on the way.
    Node merge(Node u, Node v, EdgeId edge) {
        if (core_.graph().degree(u) < core_.graph().degree(v)) {
            std::swap(u, v);
        }
        const auto worth = core_.rank(edge).worth;
        const auto joined = [this](EdgeId kept, EdgeId given_up, Node w) {
            core_.settle(kept);
            forget(w, kept, given_up);
        };
        best_[v] = none;
        if (core_.graph().is_indexed(u)) {
            Heap& heap = heaps_[u];
            core_.absorb(u, v, worth, joined, [&](EdgeId moved) { push(heap, moved); });
            best_[u] = unknown;
        } else {
            Search found = search();
            core_.merge(u, v, worth, joined, [&](EdgeId its) { found.show(its, core_.rank(its)); });
            best_[u] = found.edge;
            if (core_.graph().degree(u) > few) {
                make_large(u);
            }
        }
        return u;
    }

    /// An edge to a node joined another: its best edge may have been either.
    void forget(Node node, EdgeId kept, EdgeId given_up) {
        if (best_[node] == kept || best_[node] == given_up) {
            best_[node] = unknown;
        }
        if (core_.graph().is_indexed(node)) {
            push(heaps_[node], kept);
        }
    }

    void make_large(Node node) {
        core_.graph().index(node);
        Heap& heap = heaps_[node];
        core_.graph().for_each_edge(node, [&](EdgeId edge, Node) { push(heap, edge); });
    }

    Core& core_;
    LargeVector<EdgeId> best_;              ///< each node's best edge above the threshold, and so until it is joined
    std::unordered_map<Node, Heap> heaps_;  ///< of the indexed nodes
    std::vector<Node> chain_;               ///< each has a better edge than the one before
};

}  // namespace partitioners
