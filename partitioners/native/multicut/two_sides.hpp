// Moves between two sides of few nodes, or of nodes of many edges: all gains at hand, of which a scan finds the largest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "multicut/costed_neighbours.hpp"

namespace partitioners {

class TwoSides {
public:
    explicit TwoSides(const CostedNeighbours& graph) : graph_(graph), n_nodes_(graph.n_nodes()), place_(n_nodes_) {
        if (n_nodes_ <= most_per_end * graph.n_ends() / std::max<std::size_t>(n_nodes_, 1)) {
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

    /// Take the nodes of two sides, unless they are too many. Those that have an edge to the other side may move, or all
    /// if that has no nodes.
    bool take(std::span<const Node> one, std::span<const Node> other) {
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
            by_rows_ ? weigh_row(place, one.size()) : weigh_list(place);
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
            for (const auto& [other, connects, cost] : graph_[moved.node]) {
                const std::size_t place = place_[other];
                entries[place].gain += 2 * entries[place].side * moved.side * cost;
                if (place >= n_shown_ && connects && shows) {
                    show(place);
                }
            }
        }
        return {moved.node, moved.gain};
    }

private:
    static constexpr std::size_t few = 512;
    /// A matrix of costs has at most so many entries for each end of an edge.
    static constexpr std::size_t most_per_end = 8;

    struct Entry {
        std::int64_t gain;
        Node node;
        std::int32_t side;  ///< 1 or -1; 0 of the first entry, which stands for all other nodes
    };

    void weigh_row(std::size_t place, std::size_t n_first) {
        Entry& entry = entries_[place];
        const std::int64_t* costs = &costs_[entry.node * n_nodes_];
        const std::uint8_t* connects = &connects_[entry.node * n_nodes_];
        const auto begin = entries_.begin() + 1, middle = begin + static_cast<std::ptrdiff_t>(n_first);
        const auto add = [&](std::int64_t sum, const Entry& other) { return sum + costs[other.node]; };
        const std::int64_t first = std::accumulate(begin, middle, std::int64_t{0}, add);
        const std::int64_t second = std::accumulate(middle, entries_.end(), std::int64_t{0}, add);
        entry.gain = entry.side * (second - first);
        between_ += entry.side == 1 ? second : 0;
        const std::span<const Entry> across(
            entry.side == 1 ? middle : begin, entry.side == 1 ? entries_.end() : middle);
        borders_[place] |= std::ranges::any_of(across, [&](const Entry& other) { return connects[other.node] != 0; });
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
    std::vector<std::uint8_t> borders_;  ///< whether each entry may move at first
    std::size_t n_shown_ = 0;            ///< where the entries of nodes that may move end
    std::int64_t between_ = 0;
    bool by_rows_ = false;
};

}  // namespace partitioners
