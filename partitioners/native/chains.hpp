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

#include "linkage.hpp"
#include "live_graph.hpp"

namespace partitioners {

/// Core is a `Contraction`. Where the order of two adjacent merges matters (`two_steps`), an edge must also be better
/// than all edges at the neighbours of its ends: then nothing that goes before it, or with it, touches those.
template <class Core, bool two_steps>
class Chains {
public:
    explicit Chains(Core& core)
        : core_(core), best_(core.graph().n_nodes(), unknown), is_found_(core.graph().n_nodes()) {}

    /// Leave a node to the queue.
    void leave(Node node) { best_[node] = left; }

    void run() {
        for (Node start = 0; start < best_.size(); ++start) {
            chain_.assign(1, start);
            while (!chain_.empty()) {
                step(core_.root(chain_.back()));
            }
        }
    }

private:
    using Worth = typename Core::Worth;
    using Queued = typename Core::Queued;

    /// Numbers of no edges; `left` is the smallest.
    static constexpr EdgeId unknown = (1u << 31) - 1, none = unknown - 1, left = unknown - 2;
    /// Nodes of more edges find their best one through a heap of their own; with two steps, they are left to the queue.
    static constexpr std::size_t few = two_steps ? 64 : 32;

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

        void show(EdgeId other, const Worth& its_worth) {
            const auto order = compare(its_worth, worth);
            is_tied = order > 0 ? false : is_tied | (order == 0);
            edge = order > 0 ? other : edge;
            worth = order > 0 ? its_worth : worth;
        }
        Best best() const { return edge == none ? Best(none) : Best(edge, is_tied); }
    };

    /// Contract what is best at the end of the chain, or add nodes that have better edges. What leads to nodes that are
    /// left to the queue is left to it too.
    void step(Node node) {
        const Best mine = best(node);
        if (mine.edge() == none || mine.edge() == left) {
            chain_.pop_back();
            return;
        }
        const Worth worth = core_.worth(mine.edge());
        const Node other = core_.graph().other_end(mine.edge(), node);
        const Best its = best(other);
        if (its.edge() == left) {
            best_[node] = left;
        } else if (mine.is_tied() || its.is_tied()) {
            step_tied(node, worth);
        } else if (its.edge() != mine.edge()) {
            chain_.push_back(other);
        } else if (!two_steps || (is_best_around(node, worth) && is_best_around(other, worth))) {
            chain_.back() = merge(node, other, worth);
        } else {
            step_tied(node, worth);
        }
    }

    /// Find all nodes that are tied with a node, directly or through others, and contract them all; where some have better
    /// edges, add those to the chain instead.
    void step_tied(Node node, const Worth& worth) {
        const std::size_t length = chain_.size();
        bool is_left = false;
        add_tied(node);
        for (std::size_t index = 0; index < tied_.size() && !is_left; ++index) {
            const Node next = tied_[index];
            const EdgeId edge = best(next).edge();
            is_left = edge == left || tied_.size() > most_tied();
            if (!is_left && worth < core_.worth(edge)) {
                chain_.push_back(next);
            } else if (!is_left) {
                for_each_tied(next, worth, [&](Node end) {
                    if (add_tied(end) || two_steps) {  // with two steps, it may have been found as a neighbour only
                        pairs_.emplace_back(next, end);
                    }
                });
                is_left = two_steps && !look_around(next, worth);
            }
        }
        if (is_left) {
            leave_tied(worth);
            chain_.resize(length);
        } else if (chain_.size() == length) {
            merge_tied(worth);
        }
        n_found_ += tied_.size();
        for (const Node found : tied_) {
            is_found_[found] = false;
        }
        tied_.clear();
        pairs_.clear();
    }

    bool add_tied(Node node) {
        if (is_found_[node]) {
            return false;
        }
        is_found_[node] = true;
        tied_.push_back(node);
        return true;
    }

    /// What is tied with more nodes is left to the queue. Any number may be, unless they are found again and again.
    std::size_t most_tied() const { return n_found_ < 8 * best_.size() ? best_.size() : 64; }

    void leave_tied(const Worth& worth) {
        for (const Node node : tied_) {
            if (const EdgeId edge = best_[node].edge(); edge < left && core_.worth(edge) == worth) {
                best_[node] = left;
            }
        }
    }

    /// Whether the neighbours of a node have only edges of less worth than its best one, and that one.
    bool is_best_around(Node node, const Worth& worth) {
        const EdgeId best_edge = best_[node].edge();
        bool is_best = true;
        core_.graph().for_each_edge(node, [&](EdgeId, Node next) {
            const EdgeId edge = is_best ? best(next).edge() : none;
            is_best &= edge == none || edge == best_edge || (edge != left && core_.worth(edge) < worth);
        });
        return is_best;
    }

    /// Add the neighbours of a node that have better edges to the chain, those that have an edge worth this to what is tied;
    /// return false where one is left to the queue.
    bool look_around(Node node, const Worth& worth) {
        bool is_left = false;
        core_.graph().for_each_edge(node, [&](EdgeId, Node next) {
            const EdgeId edge = best(next).edge();
            is_left |= edge == left;
            if (edge < left && worth < core_.worth(edge)) {
                chain_.push_back(next);
            } else if (edge < left && core_.worth(edge) == worth) {
                add_tied(next);
            }
        });
        return !is_left;
    }

    Best best(Node node) {
        if (best_[node].edge() == unknown) {
            const bool is_large = two_steps && core_.graph().degree(node) > few;
            best_[node] = is_large ? left : core_.graph().is_indexed(node) ? top(heaps_[node]) : search(node);
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
        const Heap& heap = heaps_[node];  // its best one is on top, so those that equal it are joined to the top
        places_.assign(1, 0);
        while (!places_.empty()) {
            const std::size_t place = places_.back();
            places_.pop_back();
            if (place < heap.size() && heap[place].worth == worth) {
                if (core_.is_current(heap[place])) {
                    visit(core_.graph().other_end(heap[place].edge, node));
                }
                places_.insert(places_.end(), {2 * place + 1, 2 * place + 2});
            }
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
            const bool is_large = core_.graph().degree(u) > few;
            best_[u] = two_steps && is_large ? left : search.best();
            if (!two_steps && is_large) {
                make_large(u);
            }
        }
        return u;
    }

    /// Make all nodes that edges of this worth connect one.
    void merge_tied(const Worth& worth) {
        if constexpr (!two_steps) {  // edges can be added up in any order
            for (const auto& [first, second] : pairs_) {
                merge(core_.root(first), core_.root(second), worth);
            }
            return;
        }
        const auto absorbed = [this](Node u, Node v) {
            best_[v] = none;
            best_[u] = unknown;
        };
        const auto changed = [this](EdgeId edge) {
            const auto [first, second] = core_.graph().ends(edge);
            for (const Node end : {first, second}) {
                best_[end] = best_[end].edge() == left ? left : unknown;
            }
        };
        core_.merge_tied(pairs_, worth, absorbed, [](EdgeId) {}, changed);
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
        core_.graph().index(node);
        Heap& heap = heaps_[node];
        core_.graph().for_each_edge(node, [&](EdgeId edge, Node) { push(heap, edge); });
    }

    Core& core_;
    LargeVector<Best> best_;
    std::unordered_map<Node, Heap> heaps_;  ///< of the indexed nodes
    std::vector<Node> chain_;               ///< nodes with better edges come later
    std::vector<Node> tied_;
    std::vector<std::pair<Node, Node>> pairs_;  ///< of those, by which each was found
    std::vector<std::size_t> places_;
    std::vector<bool> is_found_;  ///< which nodes are in `tied_`
    std::size_t n_found_ = 0;
};

}  // namespace partitioners
