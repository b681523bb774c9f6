// Merges in the order of the queue that hold whatever becomes of some nodes, for linkages that add up: there a merge may
// lift an edge above both that it came from, so that what happens elsewhere may bring any edge to the top.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <queue>
#include <utility>
#include <vector>

#include "topology/live_graph.hpp"

namespace partitioners {

/// Of some nodes it is not known what becomes of them. However these merge, no edge from a known node to them gets above the
/// sum of its edges to them that attract. So the best edge between two known nodes is contracted before any that leads out,
/// while it is above all these sums. A node whose sum is above it becomes unknown.
///
/// A node that has come about so, ahead of others, sleeps where work goes on with more nodes: the edges to it that it has in
/// the end are contracted no sooner than the lowest edge that was contracted until it was there.
template <class Core>
class Attraction {
public:
    using Rank = typename Core::Rank;
    using Queued = typename Core::Queued;

    struct Sleeper {
        Rank until;
        Node node;
        friend bool operator<(const Sleeper& one, const Sleeper& other) { return one.until < other.until; }
    };

    /// Core is a `Contraction`. Nodes from `first_unknown` on are unknown.
    Attraction(Core& core, Node first_unknown, std::vector<Sleeper> sleepers)
        : core_(core),
          is_out_(core.graph().n_nodes()),
          is_unknown_(core.graph().n_nodes()),
          bounds_(core.graph().n_nodes(), unattracted),
          low_(core.graph().n_nodes(), none),
          sleepers_(std::move(sleepers)),
          n_asleep_(sleepers_.size()) {
        std::sort(sleepers_.begin(), sleepers_.end());
        for (const Sleeper& sleeper : sleepers_) {
            is_out_[sleeper.node] = true;
        }
        for (Node node = first_unknown; node < is_out_.size(); ++node) {
            leave(node, [](const Rank&) { return false; });
        }
    }

    /// Whether an edge may not be contracted now.
    bool waits(Node u, Node v) const { return is_out_[u] || is_out_[v]; }
    bool is_beyond(Node u, Node v) const { return waits(u, v); }
    bool admits(Node u, Node v) const { return !waits(u, v); }

    /// Let one thing happen that comes before the top of the queue, or null; return whether there was any.
    bool precede(const Queued* top) {
        const bool wakes = n_asleep_ > 0 && (!top || top->rank() < sleepers_[n_asleep_ - 1].until);
        if (!wakes && !top) {
            return false;
        }
        const Rank next = wakes ? sleepers_[n_asleep_ - 1].until : top->rank();
        if (!attracted_.empty() && !(attracted_.top().until < next)) {
            const auto [bound, node] = attracted_.top();
            attracted_.pop();
            if (bound.worth == bounds_[node].worth) {
                leave(node, [&](const Rank& other) { return !(other < next); });
            }
            return true;
        }
        if (wakes) {
            wake(sleepers_[--n_asleep_]);
        }
        return wakes;
    }

    /// v becomes part of u.
    void merge(Node u, Node v) {
        if (lows_.empty() || core_.lowest() < lows_.back()) {
            lows_.push_back(core_.lowest());
        }
        low_[u] = static_cast<std::uint32_t>(lows_.size() - 1);
        if (bounds_[v].order != none) {
            queue(u, raise(u, bounds_[v]));
            bounds_[v] = unattracted;
        }
    }

    /// All nodes that sleep where work goes on.
    std::vector<Sleeper> sleepers() {
        std::vector<Sleeper> result;
        for (Node node = 0; node < low_.size(); ++node) {
            if (low_[node] != none && core_.root(node) == node) {
                result.push_back({lows_[low_[node]], node});
            }
        }
        std::ranges::copy_if(sleepers_, std::back_inserter(result), [this](const Sleeper& sleeper) {
            return low_[sleeper.node] == none && core_.root(sleeper.node) == sleeper.node;
        });
        return result;
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr Rank unattracted{0, none};

    /// From now on a node is unknown, and so is what it attracts enough.
    template <class IsEnough>
    void leave(Node node, IsEnough&& is_enough) {
        leaving_.assign(1, node);
        while (!leaving_.empty()) {
            const Node next = leaving_.back();
            leaving_.pop_back();
            if (is_unknown_[next]) {
                continue;
            }
            is_unknown_[next] = is_out_[next] = true;
            core_.graph().for_each_edge(next, [&](EdgeId edge, Node other) {
                if (is_unknown_[other]) {
                    return;
                }
                const Rank& bound = raise(other, core_.rank(edge));
                if (is_enough(bound)) {
                    leaving_.push_back(other);
                } else {
                    queue(other, bound);
                }
            });
        }
    }

    /// Add what attracts a node to its bound.
    const Rank& raise(Node node, const Rank& more) {
        Rank& bound = bounds_[node];
        return bound = {bound.worth + std::max(more.worth, unattracted.worth), std::min(bound.order, more.order)};
    }

    void queue(Node node, const Rank& bound) {
        if (core_.threshold() < bound.worth) {
            attracted_.push({bound, node});
        }
    }

    void wake(const Sleeper& sleeper) {
        core_.reach(sleeper.until);
        is_out_[sleeper.node] = is_unknown_[sleeper.node];
        core_.graph().for_each_edge(sleeper.node, [this](EdgeId edge, Node) { core_.push(edge, *this); });
    }

    Core& core_;
    std::vector<bool> is_out_;  ///< unknown or asleep
    std::vector<bool> is_unknown_;
    std::vector<Rank> bounds_;        ///< of each node, what its edges to unknown ones are below
    std::vector<std::uint32_t> low_;  ///< of each node that has merged, the last of `lows_` then
    std::vector<Rank> lows_;          ///< edges below all contracted before them
    std::vector<Sleeper> sleepers_;   ///< the first `n_asleep_` sleep, the last of them not longer than others
    std::size_t n_asleep_;
    std::vector<Node> leaving_;
    std::priority_queue<Sleeper> attracted_;  ///< known nodes by their bounds, and outdated ones
};

}  // namespace partitioners
