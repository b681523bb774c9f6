// Local search on the multicut objective: Kernighan-Lin with joins, moves and splits. Node for node the result of
// partitioners/reference/kernighan_lin.py. Source: Keuper et al., "Efficient decomposition of image and mesh graphs by
// lifted multicuts", ICCV 2015, algorithms 1 and 2.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "multicut/costed_neighbours.hpp"
#include "multicut/part_costs.hpp"
#include "multicut/two_sides.hpp"

namespace partitioners {

/// When a search ends, at the latest: after so many more moves that are tried, and so many seconds after it began.
struct Budget {
    std::int64_t moves = std::numeric_limits<std::int64_t>::max();
    double seconds = std::numeric_limits<double>::infinity();
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();

    bool is_over() const {
        return moves <= 0 || std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() >= seconds;
    }
};

class KernighanLin {
public:
    /// `labels` hold the part of each node; of the `budget` is taken what is used.
    KernighanLin(const CostedNeighbours& graph, std::span<std::int64_t> labels, Budget& budget)
        : graph_(graph),
          labels_(labels),
          budget_(budget),
          gain_(labels.size()),
          stamp_(labels.size()),
          costs_(graph, labels),
          sides_(graph),
          piece_of_(labels.size()) {
        for (std::size_t node = 0; node < labels.size(); ++node) {
            members_.resize(std::max(members_.size(), static_cast<std::size_t>(labels[node]) + 1));
            members_[static_cast<std::size_t>(labels[node])].push_back(static_cast<Node>(node));
        }
        changed_.assign(members_.size(), 0);
        split_.assign(members_.size(), 0);
    }

    /// Search until nothing is gained any more, or the budget is used up.
    void run() {
        if (graph_.is_lifted()) {
            std::vector<Node> nodes(labels_.size());
            std::iota(nodes.begin(), nodes.end(), Node{0});
            find_pieces(std::move(nodes));
            separate();
        }
        while (!budget_.is_over()) {
            const std::int64_t before = gained_;
            find_pairs();
            for (Pair& pair : pairs_) {
                if ((is_due(pair.first, pair.tried) || is_due(pair.second, pair.tried)) && !budget_.is_over()) {
                    improve(pair.first, pair.second);
                    pair.tried = current_;
                }
            }
            for (Part part = 0, end = members_.size(); part < end; ++part) {
                if (is_due(part, split_[part]) && !budget_.is_over()) {
                    split(part);
                    split_[part] = current_;
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
    static constexpr Node nowhere = UINT32_MAX;

    struct Pair {
        Part first, second;
        std::uint64_t tried = 0;  ///< the number of the search that tried it last
        bool operator<(const Pair& other) const {
            return first < other.first || (first == other.first && second < other.second);
        }
    };

    struct Candidate {
        std::int64_t gain;
        Node node;
        bool operator<(const Candidate& other) const {
            return gain < other.gain || (gain == other.gain && node > other.node);
        }
    };

    Part part_of(Node node) const { return static_cast<Part>(labels_[node]); }

    /// Whether a part has changed since, or by, the search of that number.
    bool is_due(Part part, std::uint64_t tried) const { return changed_[part] >= tried; }

    /// Find all pairs of adjacent parts, in ascending order; of those that were adjacent before, it is known when they
    /// were tried.
    void find_pairs() {
        const std::vector<Pair> before = std::exchange(pairs_, {});
        std::vector<Part> met(members_.size(), members_.size());  // the last one that each part was paired with
        auto known = before.begin();
        for (Part first = 0; first < members_.size(); ++first) {
            const auto begin = static_cast<std::ptrdiff_t>(pairs_.size());
            for (const Node node : members_[first]) {
                for (const auto& [other, connects, cost] : graph_[node]) {
                    const Part second = part_of(other);
                    if (connects && first < second && met[second] != first) {
                        met[second] = first;
                        pairs_.push_back({first, second});
                    }
                }
            }
            std::sort(pairs_.begin() + begin, pairs_.end());
        }
        for (Pair& pair : pairs_) {
            while (known != before.end() && *known < pair) {
                ++known;
            }
            if (known != before.end() && !(pair < *known)) {
                pair.tried = known->tried;
            }
        }
    }

    /// Find the connected pieces of parts, given all `nodes` of these; return the cost of the lifted edges between them.
    std::int64_t find_pieces(std::vector<Node> nodes) {
        std::ranges::sort(nodes);
        pieces_.clear();
        for (const Node node : nodes) {
            piece_of_[node] = nowhere;
        }
        for (const Node node : nodes) {
            if (piece_of_[node] != nowhere) {
                continue;
            }
            piece_of_[node] = node;
            pieces_.push_back({node});
            for (std::size_t place = 0; place < pieces_.back().size(); ++place) {
                for (const auto& [other, connects, cost] : graph_[pieces_.back()[place]]) {
                    if (connects && part_of(other) == part_of(node) && piece_of_[other] == nowhere) {
                        piece_of_[other] = node;
                        pieces_.back().push_back(other);
                    }
                }
            }
        }
        std::int64_t between = 0;
        for (const Node node : nodes) {
            for (const auto& [other, connects, cost] : graph_[node]) {
                if (node < other && part_of(node) == part_of(other) && piece_of_[node] != piece_of_[other]) {
                    between += cost;
                }
            }
        }
        return between;
    }

    /// Make all pieces but the first one of each part parts of their own.
    void separate() {
        for (const auto& piece : pieces_) {
            members_[part_of(piece.front())].clear();
        }
        for (auto& piece : pieces_) {
            Part part = part_of(piece.front());
            if (!members_[part].empty()) {
                part = members_.size();
                members_.emplace_back();
                changed_.push_back(current_);
                split_.push_back(0);
            }
            for (const Node node : piece) {
                put(node, part_of(node), part);
            }
            members_[part] = std::move(piece);
        }
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
        std::int64_t moving;
        bool touches;  // by an edge that connects
        if (sides_.take(members_[first], members_[second], costs_, first, second)) {
            joining = sides_.between();
            touches = sides_.any();
            moving = search_sides(first, second, false);
        } else {
            for (const Node node : members_[fewer]) {
                for (const auto& [other, connects, cost] : graph_[node]) {
                    if (part_of(other) == more) {
                        joining += cost;
                        if (connects) {
                            show(node, first, second);
                            show(other, first, second);
                        }
                    }
                }
            }
            touches = !queue_.empty();
            moving = search(first, second, false);
        }
        const bool joins = touches && joining > 0;
        if ((joins && joining >= moving) || (!keep_best(moving, first, second) && joins)) {
            undo(0, first, second);
            join(fewer, more);
            gained_ += joining;
        }
    }

    /// Move nodes of a part to a new one.
    void split(Part part) {
        if (members_[part].size() < 2) {
            return;
        }
        begin();
        const Part added = members_.size();
        std::int64_t moving;
        if (sides_.take(members_[part], {}, costs_, part, added)) {
            moving = search_sides(part, added, true);
        } else {
            for (const Node node : members_[part]) {
                show(node, part, added);
            }
            moving = search(part, added, true);
        }
        if (moving > 0) {
            members_.emplace_back();
            changed_.push_back(current_);
            split_.push_back(0);
        }
        if (!keep_best(moving, part, added) && moving > 0) {
            members_.pop_back();
            changed_.pop_back();
            split_.pop_back();
        }
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
        for (const auto& [neighbour, connects, cost] : graph_[node]) {
            gain += part_of(neighbour) == other ? cost : part_of(neighbour) == own ? -cost : 0;
        }
        gain_[node] = gain;
        queue_.push({gain, node});
    }

    /// Move nodes one by one, the one that gains most first; return the largest sum of gains on the way.
    std::int64_t search(Part first, Part second, bool one_way) {
        std::int64_t sum = 0, best = 0;
        best_length_ = 0;
        while (!queue_.empty() && moved_.size() < best_length_ + patience && budget_.moves > 0) {
            const Candidate top = queue_.top();
            queue_.pop();
            if (stamp_[top.node] != 2 * current_ || gain_[top.node] != top.gain) {
                continue;
            }
            move(top.node, first, second, one_way);
            sum += top.gain;
            --budget_.moves;
            if (sum > best) {
                best = sum;
                best_length_ = moved_.size();
            }
        }
        return best;
    }

    /// The same by `sides_`.
    std::int64_t search_sides(Part first, Part second, bool one_way) {
        std::int64_t sum = 0, best = 0;
        best_length_ = 0;
        while (sides_.any() && moved_.size() < best_length_ + patience && budget_.moves > 0) {
            const auto [node, gain] = sides_.move_best(!one_way);
            labels_[node] = static_cast<std::int64_t>(part_of(node) == first ? second : first);
            moved_.push_back(node);
            sum += gain;
            --budget_.moves;
            if (sum > best) {
                best = sum;
                best_length_ = moved_.size();
            }
        }
        sides_.release();
        return best;
    }

    void move(Node node, Part first, Part second, bool one_way) {
        const Part from = part_of(node), to = from == first ? second : first;
        labels_[node] = static_cast<std::int64_t>(to);
        stamp_[node] = 2 * current_ + 1;
        moved_.push_back(node);
        for (const auto& [other, connects, cost] : graph_[node]) {
            const Part its = part_of(other);
            if ((its != from && its != to) || stamp_[other] == 2 * current_ + 1 || (one_way && its == to)) {
                continue;
            }
            if (stamp_[other] == 2 * current_) {
                gain_[other] += its == from ? 2 * cost : -2 * cost;
                queue_.push({gain_[other], other});
            } else if (connects) {
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

    /// Take all moves back but the best ones; those too if nothing is gained, or not after pieces are separated. Return
    /// whether any is kept.
    bool keep_best(std::int64_t gain, Part first, Part second) {
        undo(best_length_, first, second);
        if (gain <= 0) {
            return false;
        }
        if (graph_.is_lifted()) {
            std::vector<Node> nodes(members_[first]);
            nodes.insert(nodes.end(), members_[second].begin(), members_[second].end());
            gain -= find_pieces(std::move(nodes));
            if (gain <= 0) {
                undo(0, first, second);
                return false;
            }
        }
        gained_ += gain;
        for (const auto& [from, to] : {std::pair(first, second), std::pair(second, first)}) {
            for (const Node node : moved_) {
                if (part_of(node) == to) {
                    put(node, from, to);
                    members_[to].push_back(node);
                }
            }
        }
        for (const Part part : {first, second}) {
            std::erase_if(members_[part], [&](Node node) { return part_of(node) != part; });
            changed_[part] = current_;
        }
        if (graph_.is_lifted()) {
            separate();
        }
        return true;
    }

    /// Take a node from one part into another for good.
    void put(Node node, Part from, Part to) {
        labels_[node] = static_cast<std::int64_t>(to);
        if (from != to) {
            costs_.move(node, from, to);
        }
    }

    void join(Part fewer, Part more) {
        for (const Node node : members_[fewer]) {
            put(node, fewer, more);
            members_[more].push_back(node);
        }
        members_[fewer].clear();
        changed_[more] = changed_[fewer] = current_;
    }

    const CostedNeighbours& graph_;
    std::span<std::int64_t> labels_;
    Budget& budget_;
    std::vector<std::vector<Node>> members_;
    std::vector<std::uint64_t> changed_;  ///< the number of the search by which each part last changed
    std::vector<std::uint64_t> split_;    ///< the number of the search that split each part last, or tried
    std::vector<Pair> pairs_;             ///< of adjacent parts
    std::int64_t gained_ = 0;

    std::vector<std::int64_t> gain_;    ///< of the nodes that may move
    std::vector<std::uint64_t> stamp_;  ///< 2 · current_: may move; one more: has moved
    std::uint64_t current_ = 0;         ///< the number of the search
    std::priority_queue<Candidate> queue_;
    PartCosts costs_;
    TwoSides sides_;  ///< in place of the queue, where nodes are few or have many edges
    std::vector<Node> moved_;
    std::vector<std::vector<Node>> pieces_;  ///< of parts, in the order of their lowest nodes
    std::vector<Node> piece_of_;             ///< the lowest node of the piece of each
    std::size_t best_length_ = 0;
};

}  // namespace partitioners
