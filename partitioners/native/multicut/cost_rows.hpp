// Moves between two sides of few nodes, or of nodes of many edges: costs as a matrix, a row of which changes all gains.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "multicut/costed_neighbours.hpp"

namespace partitioners {

class CostRows {
public:
    explicit CostRows(const CostedNeighbours& graph) : graph_(graph), place_(graph.n_nodes(), nowhere) {
        const std::size_t n_nodes = graph.n_nodes();
        if (n_nodes <= most_per_end * graph.n_ends() / std::max<std::size_t>(n_nodes, 1)) {
            all_ = Matrix(n_nodes);
            for (Node node = 0; node < n_nodes; ++node) {
                for (const auto& [other, connects, cost] : graph[node]) {
                    all_.set(node, other, connects, cost);
                }
            }
        }
    }

    /// Take nodes of two sides, none of which may move yet, unless the matrix would be too large for it to pay.
    bool take(std::span<const Node> one, std::span<const Node> other) {
        const std::size_t size = one.size() + other.size();
        if (size > few) {
            std::size_t n_ends = 0;
            for (const auto& side : {one, other}) {
                for (const Node node : side) {
                    n_ends += graph_[node].size();
                }
            }
            if (size > most_per_own_end * n_ends / size) {
                return false;
            }
        }
        nodes_.assign(one.begin(), one.end());
        nodes_.insert(nodes_.end(), other.begin(), other.end());
        n_first_ = one.size();
        side_.assign(n_first_, 0);
        side_.resize(size, -1);
        state_.assign(size, hidden);
        fill();
        return true;
    }

    /// Let those nodes move that have an edge to the other side; return the sum of the costs between both.
    std::int64_t show_border() {
        std::int64_t sum = 0;
        for (std::size_t place = 0; place < n_first_; ++place) {
            const std::int64_t* costs = costs_.row(place);
            const std::uint8_t* joined = costs_.joined(place);
            for (std::size_t other = n_first_; other < nodes_.size(); ++other) {
                sum += costs[other];
                state_[place] |= joined[other];
                state_[other] |= joined[other];
            }
        }
        return sum;
    }

    bool has_border() const { return std::ranges::count(state_, shown) > 0; }

    /// Let all nodes move.
    void show_all() { std::ranges::fill(state_, shown); }

    /// The place of the node that gains most of those that may move, of equal ones of the lowest.
    std::optional<std::size_t> best() const {
        constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
        std::int64_t most = none;
        for (std::size_t place = 0; place < nodes_.size(); ++place) {
            most = std::max(most, state_[place] == shown ? gains_[place] : none);
        }
        std::optional<std::size_t> result;
        for (std::size_t place = 0; most != none && place < nodes_.size(); ++place) {
            if (gains_[place] == most && state_[place] == shown && !(result && nodes_[*result] < nodes_[place])) {
                result = place;
            }
        }
        return result;
    }

    /// Move a node to the other side, and let its neighbours move if `shows`; return it, and what that gains.
    std::pair<Node, std::int64_t> move(std::size_t place, bool shows) {
        const std::int64_t gain = gains_[place];
        const std::int64_t* costs = costs_.row(place);
        const std::uint8_t* joined = costs_.joined(place);
        for (std::size_t other = 0; other < nodes_.size(); ++other) {
            const std::int64_t across = side_[other] ^ side_[place];
            gains_[other] += 2 * ((costs[other] ^ across) - across);  // plus on its own side, minus on the other
        }
        gains_[place] = -gain;
        side_[place] = ~side_[place];
        state_[place] = moved;
        for (std::size_t other = 0; shows && other < nodes_.size(); ++other) {
            state_[other] = std::max(state_[other], joined[other]);
        }
        return {nodes_[place], gain};
    }

private:
    static constexpr std::size_t few = 32;
    /// A matrix has at most so many entries for each end of an edge: of the graph, and of the nodes that are taken.
    static constexpr std::size_t most_per_end = 8, most_per_own_end = 4;
    static constexpr std::uint32_t nowhere = UINT32_MAX;
    static constexpr std::uint8_t hidden = 0, shown = 1, moved = 2;  // what may move, and has

    class Matrix {
    public:
        explicit Matrix(std::size_t size = 0) { clear(size); }
        void clear(std::size_t size) {
            size_ = size;
            costs_.assign(size * size, 0);
            joined_.assign(size * size, 0);
        }
        void set(std::size_t from, std::size_t to, bool connects, std::int64_t cost) {
            costs_[from * size_ + to] = cost;
            joined_[from * size_ + to] = connects;
        }
        std::size_t size() const { return size_; }
        const std::int64_t* row(std::size_t from) const { return costs_.data() + from * size_; }
        const std::uint8_t* joined(std::size_t from) const { return joined_.data() + from * size_; }
        std::int64_t* row(std::size_t from) { return costs_.data() + from * size_; }
        std::uint8_t* joined(std::size_t from) { return joined_.data() + from * size_; }

    private:
        std::size_t size_;
        std::vector<std::int64_t> costs_;
        std::vector<std::uint8_t> joined_;
    };

    void fill() {
        const std::size_t size = nodes_.size();
        costs_.clear(size);
        if (all_.size() > 0) {
            for (std::size_t place = 0; place < size; ++place) {
                const std::int64_t* costs = all_.row(nodes_[place]);
                const std::uint8_t* joined = all_.joined(nodes_[place]);
                for (std::size_t other = 0; other < size; ++other) {
                    costs_.row(place)[other] = costs[nodes_[other]];
                    costs_.joined(place)[other] = joined[nodes_[other]];
                }
            }
        } else {
            for (std::size_t place = 0; place < size; ++place) {
                place_[nodes_[place]] = static_cast<std::uint32_t>(place);
            }
            for (std::size_t place = 0; place < size; ++place) {
                for (const auto& [other, connects, cost] : graph_[nodes_[place]]) {
                    if (place_[other] != nowhere) {
                        costs_.set(place, place_[other], connects, cost);
                    }
                }
            }
            for (const Node node : nodes_) {
                place_[node] = nowhere;
            }
        }
        gains_.resize(size);
        for (std::size_t place = 0; place < size; ++place) {
            const std::int64_t* costs = costs_.row(place);
            const std::int64_t difference = std::accumulate(costs, costs + n_first_, std::int64_t{0}) -
                                            std::accumulate(costs + n_first_, costs + size, std::int64_t{0});
            gains_[place] = place < n_first_ ? -difference : difference;
        }
    }

    const CostedNeighbours& graph_;
    Matrix all_;                        ///< of all nodes, where most have an edge
    std::vector<std::uint32_t> place_;  ///< of each node among those taken
    std::vector<Node> nodes_;
    std::size_t n_first_ = 0;         ///< of the one side, which come first
    std::vector<std::int64_t> side_;  ///< of each node taken: 0, or -1, all of whose bits are set
    std::vector<std::uint8_t> state_;
    std::vector<std::int64_t> gains_;
    Matrix costs_;  ///< of the nodes taken
};

}  // namespace partitioners
