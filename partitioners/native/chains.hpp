// Merges ahead of the queue: nearest-neighbour chains (Murtagh, "A survey of recent advances in hierarchical
// clustering algorithms", Computer Journal 1983). Where no merge lifts an edge above the largest of those that it came
// from, what is tied for best at all its nodes may be contracted before better ones elsewhere, without changing the
// result. So merges follow each other where they are near in memory, and the queue is left with few.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "live_graph.hpp"

namespace partitioners {

/// Core is a `Contraction`. Where the order of two adjacent merges matters (`two_steps`), an edge must also be better
/// than all edges at the neighbours of its ends: then nothing that goes before it, or with it, touches those.
template <class Core, bool two_steps>
class Chains {
public:
    explicit Chains(Core& core) : core_(core), best_(core.graph().n_nodes(), unknown) {}

    void run() {
        for (Node start = 0; start < best_.size(); ++start) {
            chain_.assign(1, start);
            while (!chain_.empty() && step(chain_.back())) {
            }
            for (const Node node : chain_) {  // their best edges lead to what is left to the queue, and are so themselves
                best_[node] = left;
            }
        }
    }

private:
    using Worth = typename Core::Worth;
    using Queued = typename Core::Queued;

    static constexpr std::uint32_t unknown = (1u << 31) - 1, none = unknown - 1, left = unknown - 2;
    /// Nodes of more edges find their best one through a heap of their own; with two steps, they are left to the queue.
    static constexpr std::size_t few = two_steps ? 64 : 32;
    /// What is tied with more nodes is left to the queue: to look at all of them again and again takes too long.
    static constexpr std::size_t many = 64;

    /// The best edge of a node above the threshold. It stays the best until it is joined with another: others never
    /// rise. `is_tied` says that others may equal it.
    class Best {
    public:
        Best(EdgeId edge, bool is_tied = false) : bits_(2 * edge + is_tied) {}
        EdgeId edge() const { return bits_ / 2; }
        bool is_tied() const { return bits_ % 2; }

    private:
        std::uint32_t bits_;
    };

    /// The best of the edges shown to it.
    struct Search {
        Worth worth;
        EdgeId edge = none;
        bool is_tied = false;

        void show(EdgeId other, Worth its_worth) {
            if (worth < its_worth) {
                *this = {its_worth, other};
            } else {
                is_tied |= worth == its_worth;
            }
        }
        Best best() const { return edge == none ? Best(none) : Best(edge, is_tied); }
    };

    /// Contract what is best at the end of the chain, or add a node that has a better edge; return whether to go on.
    bool step(Node node) {
        const Best mine = best(node);
        if (mine.edge() == none) {
            chain_.pop_back();
            return true;
        }
        if (mine.edge() == left) {
            return false;
        }
        const Node other = core_.graph().other_end(mine.edge(), node);
        const Best its = best(other);
        if (its.edge() == left) {
            return false;
        }
        if (its.is_tied() || mine.is_tied()) {
            return step_tied(node);
        }
        if (its.edge() != mine.edge()) {
            chain_.push_back(other);
            return true;
        }
        const Worth worth = core_.worth(mine.edge());
        if constexpr (two_steps) {
            tied_.assign({node, other});
            if (!(look_around(node, worth) && look_around(other, worth))) {
                return go_on();
            }
            if (tied_.size() > 2) {
                return step_tied(node);
            }
        }
        chain_.back() = merge(node, other, worth);
        return true;
    }

    /// Find all nodes that are tied with a node, directly or through others; contract them all, or go on to one that has
    /// a better edge.
    bool step_tied(Node node) {
        const Worth worth = core_.worth(best(node).edge());
        tied_.assign(1, node);
        for (std::size_t index = 0; index < tied_.size(); ++index) {
            const Node next = tied_[index];
            if (!is_tied(next, worth)) {
                return go_on();
            }
            for_each_tied(next, worth, [this](Node end) { add_tied(end); });
            if (two_steps && !look_around(next, worth)) {
                return go_on();
            }
        }
        merge_tied(worth);
        chain_.back() = core_.root(node);
        return true;
    }

    /// Whether a node is to be left alone by what is worth this, all that are tied with it found; else `better_` is it.
    bool is_tied(Node node, const Worth& worth) {
        const EdgeId edge = best(node).edge();
        better_ = node;
        return edge != left && tied_.size() <= many && !(worth < core_.worth(edge));
    }

    /// Add to `tied_` the neighbours of a node that have an edge worth this; return false, and the neighbour in `better_`,
    /// where one has a better edge or is left to the queue.
    bool look_around(Node node, const Worth& worth) {
        bool is_best = true;
        core_.graph().for_each_edge(node, [&](EdgeId, Node next) {
            const EdgeId edge = is_best ? best(next).edge() : none;
            if (edge == left || (edge != none && worth < core_.worth(edge))) {
                is_best = false;
                better_ = next;
            } else if (edge != none && core_.worth(edge) == worth) {
                add_tied(next);
            }
        });
        return is_best;
    }

    void add_tied(Node node) {
        if (std::find(tied_.begin(), tied_.end(), node) == tied_.end()) {
            tied_.push_back(node);
        }
    }

    /// Add the node with a better edge to the chain; where it is left to the queue, what was found tied is so too.
    bool go_on() {
        if (best_[better_].edge() == left || tied_.size() > many) {
            chain_.insert(chain_.end(), tied_.begin(), tied_.end());
            return false;
        }
        chain_.push_back(better_);
        return true;
    }

    Best best(Node node) {
        if (best_[node].edge() == unknown) {
            best_[node] = core_.graph().is_indexed(node) ? top(heaps_[node]) : search(node);
        }
        return best_[node];
    }

    Best search(Node node) {
        Search search{core_.threshold()};
        core_.graph().for_each_edge(node, [&](EdgeId edge, Node) { search.show(edge, core_.worth(edge)); });
        return search.best();
    }

    /// A binary heap, whose first three items are looked at.
    using Heap = std::vector<Queued>;

    Best top(Heap& heap) {
        if (!pop_outdated(heap)) {
            return none;
        }
        const bool is_tied = (heap.size() > 1 && heap[1].worth == heap[0].worth) ||
                             (heap.size() > 2 && heap[2].worth == heap[0].worth);
        for (std::size_t next = 1; next < 3 && next < heap.size(); ++next) {  // they will soon be on top
            core_.graph().fetch_lists(heap[next].edge);
        }
        return {heap[0].edge, is_tied};
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
        if (const Worth worth = core_.worth(edge); core_.threshold() < worth) {
            heap.push_back({worth, edge});
            std::push_heap(heap.begin(), heap.end());
        }
    }

    /// Call visit(other end) for each edge at a node that has the worth of its best one.
    template <class Visit>
    void for_each_tied(Node node, const Worth& worth, Visit&& visit) {
        if (!core_.graph().is_indexed(node)) {
            core_.graph().for_each_edge(node, [&](EdgeId edge, Node end) {
                if (core_.worth(edge) == worth) {
                    visit(end);
                }
            });
            return;
        }
        Heap& heap = heaps_[node];
        std::vector<EdgeId> found;
        for (; pop_outdated(heap) && heap[0].worth == worth; pop(heap)) {
            found.push_back(heap[0].edge);
            visit(core_.graph().other_end(heap[0].edge, node));
        }
        for (const EdgeId edge : found) {
            push(heap, edge);
        }
    }

    /// Make two nodes one, and find its best edge on the way.
    Node merge(Node u, Node v, const Worth& worth) {
        if (core_.graph().degree(u) < core_.graph().degree(v)) {
            std::swap(u, v);
        }
        const auto joined = [this](EdgeId kept, EdgeId given_up, Node w) {
            core_.settle(kept);
            forget(w, kept, given_up);
        };
        best_[v] = none;
        if (core_.graph().is_indexed(u)) {
            Heap& heap = heaps_[u];
            core_.absorb(u, v, worth, joined, [&](EdgeId edge) { push(heap, edge); });
            best_[u] = unknown;
        } else {
            Search search{core_.threshold()};
            core_.merge(u, v, worth, joined, [&](EdgeId edge) { search.show(edge, core_.worth(edge)); });
            best_[u] = search.best();
            if (core_.graph().degree(u) > few) {
                make_large(u);
            }
        }
        return u;
    }

    /// Make all nodes that edges of this worth connect one.
    void merge_tied(const Worth& worth) {
        pairs_.clear();
        for (const Node node : tied_) {
            for_each_tied(node, worth, [&](Node end) { pairs_.emplace_back(node, end); });
        }
        const auto absorbed = [this](Node u, Node v) {
            best_[v] = none;
            best_[u] = unknown;
            if (core_.graph().degree(u) > few && !core_.graph().is_indexed(u)) {
                make_large(u);
            }
        };
        const auto changed = [this](EdgeId edge) {
            const auto [first, second] = core_.graph().ends(edge);
            for (const Node end : {first, second}) {
                if (best_[end].edge() != left) {
                    best_[end] = unknown;
                }
                if (core_.graph().is_indexed(end)) {
                    push(heaps_[end], edge);
                }
            }
        };
        core_.merge_tied(pairs_, worth, absorbed, changed, changed);
    }

    /// An edge to a node joined another: its best edge may have been either.
    void forget(Node node, EdgeId kept, EdgeId given_up) {
        if (best_[node].edge() == kept || best_[node].edge() == given_up) {
            best_[node] = unknown;
        }
        if (core_.graph().is_indexed(node)) {
            push(heaps_[node], kept);
        }
    }

    void make_large(Node node) {
        if constexpr (two_steps) {
            best_[node] = left;
            return;
        }
        core_.graph().index(node);
        Heap& heap = heaps_[node];
        core_.graph().for_each_edge(node, [&](EdgeId edge, Node) { push(heap, edge); });
    }

    Core& core_;
    LargeVector<Best> best_;
    std::unordered_map<Node, Heap> heaps_;  ///< of the indexed nodes
    std::vector<Node> chain_;               ///< each has a better edge than the one before
    std::vector<Node> tied_;
    std::vector<std::pair<Node, Node>> pairs_;
    Node better_ = 0;
};

}  // namespace partitioners
