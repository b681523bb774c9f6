// Moves between two sides of few nodes, or of nodes of many edges: all gains at hand, of which a scan finds the largest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "multicut/costed_neighbours.hpp"
#include "multicut/part_costs.hpp"

namespace partitioners {

class TwoSides {
public:
    explicit TwoSides(const CostedNeighbours& graph) : graph_(graph), n_nodes_(graph.n_nodes()), place_(n_nodes_) {
        if (graph.affords(n_nodes_ * n_nodes_)) {
            costs_.resize(n_nodes_ * n_nodes_);
            connects_.resize(n_nodes_ * n_nodes_);
            for (Node node = 0; node < n_nodes_; ++node) {
                for (const auto& [other, connects, cost] : graph[node]) {
                    costs_[node * n_nodes_ + other] = cost;
                    connects_[node * n_nodes_ + other] = connects;
                }
            }
        }
    }

    /// Take the nodes of two parts, unless they are too many. Those that have an edge to the other part may move, or all if
    /// that has no nodes.
    bool take(std::span<const Node> one, std::span<const Node> other, const PartCosts& costs, std::size_t first,
              std::size_t second) {
        const std::size_t size = one.size() + other.size();
        if (size > few && costs_.empty()) {
            return false;
        }
        std::size_t n_ends = 0;
        entries_.assign(1, {0, 0, 0});
        for (const auto& side : {one, other}) {
            for (const Node node : side) {
                place_[node] = static_cast<std::uint32_t>(entries_.size());
                entries_.push_back({0, node, entries_.size() <= one.size() ? 1 : -1});
                n_ends += graph_[node].size();
            }
        }
        by_rows_ = !costs_.empty() && size * size <= n_ends;
        between_ = 0;
        n_shown_ = 1;
        borders_.assign(size + 1, other.empty());
        for (std::size_t place = 1; place <= size; ++place) {
            const Node node = entries_[place].node;
            if (!costs.are_kept()) {
                weigh_list(place);
            } else if (place <= one.size()) {
                weigh(place, costs(first, node), costs(second, node));
            } else {
                weigh(place, costs(second, node), costs(first, node));
            }
        }
        for (std::size_t place = 1; place <= size; ++place) {
            if (borders_[place]) {
                show(place);
            }
        }
        return true;
    }

    /// Forget the nodes taken.
    void release() {
        for (const Entry& entry : entries_) {
            place_[entry.node] = 0;
        }
    }

    /// The sum of the costs between both sides, as they were taken.
    std::int64_t between() const { return between_; }

    /// Whether any node may move.
    bool any() const { return n_shown_ > 1; }

    /// Move the node that gains most of those that may move, of equal ones the lowest, to the other side, and let its
    /// neighbours move if `shows`; return it, and what that gains.
    std::pair<Node, std::int64_t> move_best(bool shows) {
        Entry* entries = entries_.data();
        std::size_t best = 1;
        std::int64_t most = entries[1].gain;
        for (std::size_t place = 2; place < n_shown_; ++place) {
            const std::int64_t gain = entries[place].gain;
            if (gain > most || (gain == most && entries[place].node < entries[best].node)) {
                best = place;
                most = gain;
            }
        }
        const Entry moved = entries[best];
        const Entry last = entries[--n_shown_];
        put(n_shown_, entries_.back());
        if (best != n_shown_) {
            put(best, last);
        }
        entries_.pop_back();
        place_[moved.node] = 0;
        if (by_rows_) {
            const std::int64_t* costs = &costs_[moved.node * n_nodes_];
            const std::uint8_t* connects = &connects_[moved.node * n_nodes_];
            for (Entry& entry : entries_) {
                entry.gain += 2 * entry.side * moved.side * costs[entry.node];
            }
            for (std::size_t place = n_shown_; shows && place < entries_.size(); ++place) {
                if (connects[entries[place].node]) {
                    show(place);
                }
            }
        } else {
            const auto neighbours = graph_[moved.node];
            met_.resize(std::max(met_.size(), neighbours.size()));
            std::size_t n_met = 0;
            for (const auto& neighbour : neighbours) {  // without branches, which would be hard to predict
                met_[n_met] = &neighbour;
                n_met += place_[neighbour.node] > 0;
            }
            for (const auto* neighbour : std::span(met_).first(n_met)) {
                const std::size_t place = place_[neighbour->node];
                entries[place].gain += 2 * entries[place].side * moved.side * neighbour->cost;
                if (place >= n_shown_ && neighbour->connects && shows) {
                    show(place);
                }
            }
        }
        return {moved.node, moved.gain};
    }

private:
    static constexpr std::size_t few = 512;

    struct Entry {
        std::int64_t gain;
        Node node;
        std::int32_t side;  ///< 1 or -1; 0 of the first entry, which stands for all other nodes
    };

    void weigh(std::size_t place, const PartCosts::Sum& own, const PartCosts::Sum& across) {
        entries_[place].gain = across.cost - own.cost;
        between_ += entries_[place].side == 1 ? across.cost : 0;
        borders_[place] |= across.n_connecting > 0;
    }

    void weigh_list(std::size_t place) {
        Entry& entry = entries_[place];
        std::int64_t gain = 0, across = 0;
        bool borders = false;
        for (const auto& [other, connects, cost] : graph_[entry.node]) {
            const std::int32_t sign = -entry.side * entries_[place_[other]].side;
            gain += sign * cost;
            across += sign == 1 ? cost : 0;
            borders |= sign == 1 && connects;
        }
        entry.gain = gain;
        between_ += entry.side == 1 ? across : 0;
        borders_[place] |= borders;
    }

    void show(std::size_t place) {
        const Entry shown = entries_[place];
        put(place, entries_[n_shown_]);
        put(n_shown_++, shown);
    }

    void put(std::size_t place, const Entry& entry) {
        entries_[place] = entry;
        place_[entry.node] = static_cast<std::uint32_t>(place);
    }

    const CostedNeighbours& graph_;
    std::size_t n_nodes_;
    std::vector<std::int64_t> costs_;     ///< between all nodes, where most have an edge
    std::vector<std::uint8_t> connects_;  ///< likewise
    std::vector<std::uint32_t> place_;    ///< of each node's entry
    std::vector<Entry> entries_;  ///< after the first one: of the nodes taken that have not moved, those that may first
    std::vector<std::uint8_t> borders_;                    ///< whether each entry may move at first
    std::vector<const CostedNeighbours::Neighbour*> met_;  ///< of the node moved, those that have an entry
    std::size_t n_shown_ = 0;                              ///< where the entries of nodes that may move end
    std::int64_t between_ = 0;
    bool by_rows_ = false;
};

}  // namespace partitioners
