// Local search on the multicut objective: Kernighan-Lin with joins, moves and splits. Node for node the result of
// partitioners/reference/kernighan_lin.py. Source: Keuper et al., "Efficient decomposition of image and mesh graphs by
// lifted multicuts", ICCV 2015, algorithms 1 and 2.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "topology/edges.hpp"

namespace partitioners {

/// A graph without parallel edges: the neighbours of each node, in ascending order, and what the edges to them cost.
class CostedNeighbours {
public:
    struct Neighbour {
        Node node;
        std::int64_t cost;
    };

    /// The sum of all |value| · size is below 2^62.
    explicit CostedNeighbours(const FixedGraph& graph) : start_(static_cast<std::size_t>(graph.n_nodes) + 1) {
        for (const std::int64_t node : graph.ends) {
            ++start_[static_cast<std::size_t>(node) + 1];
        }
        for (std::size_t node = 1; node < start_.size(); ++node) {
            start_[node] += start_[node - 1];
        }
        std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
        neighbours_.resize(graph.ends.size());
        for (std::size_t edge = 0; edge < graph.values.size(); ++edge) {
            const auto u = static_cast<Node>(graph.ends[2 * edge]), v = static_cast<Node>(graph.ends[2 * edge + 1]);
            const std::int64_t cost = graph.values[edge] * graph.sizes[edge];
            neighbours_[next[u]++] = {v, cost};
            neighbours_[next[v]++] = {u, cost};
        }
        join_parallel();
    }

    std::span<const Neighbour> operator[](Node node) const {
        return std::span(neighbours_).subspan(start_[node], start_[node + 1] - start_[node]);
    }
    std::size_t n_nodes() const { return start_.size() - 1; }

private:
    void join_parallel() {
        std::size_t kept = 0, from = 0;
        for (std::size_t node = 0; node + 1 < start_.size(); ++node) {
            const std::size_t to = start_[node + 1], first = kept;
            std::sort(neighbours_.begin() + static_cast<std::ptrdiff_t>(from),
                      neighbours_.begin() + static_cast<std::ptrdiff_t>(to),
                      [](const Neighbour& one, const Neighbour& other) { return one.node < other.node; });
            for (; from < to; ++from) {
                if (kept > first && neighbours_[kept - 1].node == neighbours_[from].node) {
                    neighbours_[kept - 1].cost += neighbours_[from].cost;
                } else {
                    neighbours_[kept++] = neighbours_[from];
                }
            }
            start_[node + 1] = kept;
        }
        neighbours_.resize(kept);
    }

    std::vector<std::size_t> start_;
    std::vector<Neighbour> neighbours_;
};

/// When a search ends, at the latest: after so many moves that were tried, and after so many seconds.
struct Budget {
    std::int64_t moves = std::numeric_limits<std::int64_t>::max();
    double seconds = std::numeric_limits<double>::infinity();
};

class KernighanLin {
public:
    /// `labels` hold the part of each node, 0…k-1.
    KernighanLin(const CostedNeighbours& graph, std::span<std::int64_t> labels, const Budget& budget)
        : graph_(graph),
          labels_(labels),
          budget_(budget),
          begun_(std::chrono::steady_clock::now()),
          gain_(labels.size()),
          stamp_(labels.size()) {
        for (std::size_t node = 0; node < labels.size(); ++node) {
            members_.resize(std::max(members_.size(), static_cast<std::size_t>(labels[node]) + 1));
            members_[static_cast<std::size_t>(labels[node])].push_back(static_cast<Node>(node));
        }
        changed_.assign(members_.size(), 1);
    }

    /// Search until nothing is gained any more, or the budget is used up.
    void run() {
        for (round_ = 2; !is_over(); ++round_) {
            const std::int64_t before = gained_;
            for (const auto& [first, second] : adjacent_parts()) {
                if (is_over()) {
                    break;
                }
                if (is_due(first) || is_due(second)) {
                    improve(first, second);
                }
            }
            for (std::size_t part = 0; part < members_.size() && !is_over(); ++part) {
                if (is_due(part)) {
                    split(part);
                }
            }
            if (gained_ == before) {
                break;
            }
        }
    }

private:
    using Part = std::size_t;

    /// So many moves in a row may gain nothing.
    static constexpr std::size_t patience = 64;

    struct Candidate {
        std::int64_t gain;
        Node node;
        bool operator<(const Candidate& other) const {
            return gain < other.gain || (gain == other.gain && node > other.node);
        }
    };

    Part part_of(Node node) const { return static_cast<Part>(labels_[node]); }

    bool is_over() const {
        return moves_ >= budget_.moves ||
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count() >= budget_.seconds;
    }

    /// Whether a part changed since the last round began.
    bool is_due(Part part) const { return changed_[part] + 1 >= round_; }

    std::vector<std::pair<Part, Part>> adjacent_parts() const {
        std::vector<std::pair<Part, Part>> pairs;
        for (Node node = 0; node < graph_.n_nodes(); ++node) {
            for (const auto& [other, cost] : graph_[node]) {
                if (part_of(node) < part_of(other) && (is_due(part_of(node)) || is_due(part_of(other)))) {
                    pairs.emplace_back(part_of(node), part_of(other));
                }
            }
        }
        std::ranges::sort(pairs);
        pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
        return pairs;
    }

    /// Move nodes between two parts, or join them, whatever gains more.
    void improve(Part first, Part second) {
        if (members_[first].empty() || members_[second].empty()) {
            return;
        }
        begin();
        std::int64_t joining = 0;
        const bool first_is_smaller = members_[first].size() <= members_[second].size();
        const Part fewer = first_is_smaller ? first : second, more = first_is_smaller ? second : first;
        for (const Node node : members_[fewer]) {
            for (const auto& [other, cost] : graph_[node]) {
                if (part_of(other) == more) {
                    joining += cost;
                    show(node, first, second);
                    show(other, first, second);
                }
            }
        }
        const std::int64_t moving = search(first, second, false);
        if (joining > 0 && joining >= moving) {
            undo(0, first, second);
            join(fewer, more);
            gained_ += joining;
        } else {
            keep_best(moving, first, second);
        }
    }

    /// Move nodes of a part to a new one.
    void split(Part part) {
        if (members_[part].size() < 2) {
            return;
        }
        begin();
        const Part added = members_.size();
        for (const Node node : members_[part]) {
            show(node, part, added);
        }
        const std::int64_t moving = search(part, added, true);
        if (moving > 0) {
            members_.emplace_back();
            changed_.push_back(round_);
        }
        keep_best(moving, part, added);
    }

    void begin() {
        ++current_;
        queue_ = {};
        moved_.clear();
    }

    /// Make a node one of those that may move.
    void show(Node node, Part first, Part second) {
        if (stamp_[node] == 2 * current_ || stamp_[node] == 2 * current_ + 1) {
            return;
        }
        stamp_[node] = 2 * current_;
        const Part own = part_of(node), other = own == first ? second : first;
        std::int64_t gain = 0;
        for (const auto& [neighbour, cost] : graph_[node]) {
            gain += part_of(neighbour) == other ? cost : part_of(neighbour) == own ? -cost : 0;
        }
        gain_[node] = gain;
        queue_.push({gain, node});
    }

    /// Move nodes one by one, the one that gains most first; return the largest sum of gains on the way.
    std::int64_t search(Part first, Part second, bool one_way) {
        std::int64_t sum = 0, best = 0;
        best_length_ = 0;
        while (!queue_.empty() && moved_.size() < best_length_ + patience && moves_ < budget_.moves) {
            const Candidate top = queue_.top();
            queue_.pop();
            if (stamp_[top.node] != 2 * current_ || gain_[top.node] != top.gain) {
                continue;
            }
            move(top.node, first, second, one_way);
            sum += top.gain;
            ++moves_;
            if (sum > best) {
                best = sum;
                best_length_ = moved_.size();
            }
        }
        return best;
    }

    void move(Node node, Part first, Part second, bool one_way) {
        const Part from = part_of(node), to = from == first ? second : first;
        labels_[node] = static_cast<std::int64_t>(to);
        stamp_[node] = 2 * current_ + 1;
        moved_.push_back(node);
        for (const auto& [other, cost] : graph_[node]) {
            const Part its = part_of(other);
            if ((its != from && its != to) || stamp_[other] == 2 * current_ + 1 || (one_way && its == to)) {
                continue;
            }
            if (stamp_[other] == 2 * current_) {
                gain_[other] += its == from ? 2 * cost : -2 * cost;
                queue_.push({gain_[other], other});
            } else {
                show(other, first, second);
            }
        }
    }

    /// Take moves back but for the first ones.
    void undo(std::size_t length, Part first, Part second) {
        for (; moved_.size() > length; moved_.pop_back()) {
            const Node node = moved_.back();
            labels_[node] = static_cast<std::int64_t>(part_of(node) == first ? second : first);
        }
    }

    void keep_best(std::int64_t gain, Part first, Part second) {
        undo(best_length_, first, second);
        if (gain <= 0) {
            return;
        }
        gained_ += gain;
        for (const auto& [from, to] : {std::pair(first, second), std::pair(second, first)}) {
            for (const Node node : moved_) {
                if (part_of(node) == to) {
                    members_[to].push_back(node);
                }
            }
        }
        for (const Part part : {first, second}) {
            std::erase_if(members_[part], [&](Node node) { return part_of(node) != part; });
            changed_[part] = round_;
        }
    }

    void join(Part fewer, Part more) {
        for (const Node node : members_[fewer]) {
            labels_[node] = static_cast<std::int64_t>(more);
            members_[more].push_back(node);
        }
        members_[fewer].clear();
        changed_[more] = changed_[fewer] = round_;
    }

    const CostedNeighbours& graph_;
    std::span<std::int64_t> labels_;
    Budget budget_;
    std::chrono::steady_clock::time_point begun_;
    std::vector<std::vector<Node>> members_;
    std::vector<std::int64_t> changed_;  ///< in which round each part last changed
    std::int64_t round_ = 0, gained_ = 0, moves_ = 0;

    std::vector<std::int64_t> gain_;    ///< of the nodes that may move
    std::vector<std::uint64_t> stamp_;  ///< 2 · current_: may move; one more: has moved
    std::uint64_t current_ = 0;         ///< the number of the search
    std::priority_queue<Candidate> queue_;
    std::vector<Node> moved_;
    std::size_t best_length_ = 0;
};

}  // namespace partitioners
