// A lower bound on the multicut objective, from cycles. Number for number the result of partitioners/reference/certificate.py.
// Sources: Lange, Karrenbauer and Andres, "Partial optimality and fast lower bounds for weighted correlation clustering",
// ICML 2018 (packing, and that cycles with one repulsive edge suffice); Chambolle and Pock, "A first-order primal-dual
// algorithm for convex problems with applications to imaging", JMIV 2011, algorithm 1.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "linkage/numbers.hpp"
#include "topology/connected_components.hpp"
#include "topology/pair_map.hpp"

namespace partitioners {

/// Cycles of one repulsive edge and a path of attractive ones, each with a weight of at least 0. A partition that cuts the
/// repulsive edge cuts one of the path, too: less the weight on the path, and plus the weight on the repulsive edge, costs
/// are no higher for any partition, so the sum of those below 0 is a lower bound, whatever the weights.
class CycleBound {
public:
    /// `ends` holds pairs of nodes, `costs` one number per pair, whose absolute sum is below 2^62.
    CycleBound(std::size_t n_nodes, std::span<const std::int64_t> ends, std::span<const std::int64_t> costs,
               double seconds)
        : ends_(ends),
          costs_(costs),
          end_(std::chrono::steady_clock::now(), seconds),
          start_(n_nodes + 1),
          attraction_(n_nodes),
          reached_(n_nodes),
          residual_(costs.begin(), costs.end()),
          cut_(costs.size()),
          ahead_(costs.size()),
          reduced_(costs.size()),
          count_(costs.size()) {
        double total = 0;
        for (EdgeId edge = 0; edge < costs.size(); ++edge) {
            total += std::abs(static_cast<double>(costs[edge]));
            if (costs[edge] > 0) {
                attraction_.unite(first(edge), second(edge));
                ++start_[first(edge) + 1];
                ++start_[second(edge) + 1];
            }
        }
        scale_ = total / static_cast<double>(std::max<std::size_t>(costs.size(), 1));
        for (std::size_t node = 0; node < n_nodes; ++node) {
            start_[node + 1] += start_[node];
        }
        neighbours_.resize(start_[n_nodes]);
        std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
        for (EdgeId edge = 0; edge < costs.size(); ++edge) {
            if (costs[edge] > 0) {
                neighbours_[next[first(edge)]++] = {second(edge), edge};
                neighbours_[next[second(edge)]++] = {first(edge), edge};
            }
        }
    }

    /// Pack cycles, then add cycles and improve the weights of all, at most `rounds` times.
    void run(std::int64_t rounds) {
        const std::size_t longest = reached_.size();
        for (std::size_t length = 2; length < 2 * longest; length += length / 2) {
            pack(length);
        }
        for (EdgeId edge = 0; edge < costs_.size(); ++edge) {
            bound_ += std::min<std::int64_t>(residual_[edge], 0);
            cut_[edge] = residual_[edge] < 0 ? 1 : 0;
        }
        for (std::size_t length = 4; rounds_ < rounds && !end_.has_come();) {
            const std::int64_t before = bound_;
            const std::size_t known = weights_.size();
            separate(length);
            while (weights_.size() == known && length < longest) {
                length = std::min(2 * length, longest);
                separate(length);
            }
            improve();
            ++rounds_;
            const std::size_t added = weights_.size() - known;
            if (added == 0 && bound_ - before <= -bound_ >> 30) {
                break;
            }
            if (8 * added < known) {
                length = std::min(2 * length, longest);
            }
        }
    }

    std::int64_t bound() const { return bound_; }
    std::int64_t rounds() const { return rounds_; }
    std::size_t n_cycles() const { return weights_.size(); }

private:
    static constexpr int steps = 100;            ///< of a round
    static constexpr double violated = 1. / 64;  ///< a cycle is added that is violated by more

    class End {
    public:
        End(std::chrono::steady_clock::time_point begun, double seconds) : begun_(begun), seconds_(seconds) {}
        bool has_come() const {
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count() >= seconds_;
        }

    private:
        std::chrono::steady_clock::time_point begun_;
        double seconds_;
    };

    struct Neighbour {
        Node node;
        EdgeId edge;
    };
    struct Reached {
        double distance;
        std::size_t edges;  ///< on the way
        Neighbour before;
        std::uint64_t search;  ///< the number of the last that came here
    };

    Node first(EdgeId edge) const { return static_cast<Node>(ends_[2 * std::size_t{edge}]); }
    Node second(EdgeId edge) const { return static_cast<Node>(ends_[2 * std::size_t{edge} + 1]); }

    /// Write into `path_` the shortest path of attractive edges between the ends of an edge, if it is shorter than `limit`
    /// and of fewer than `most` edges; of equally near nodes, the lower one is left first.
    template <class LengthOf>
    bool find_path(EdgeId closing, double limit, std::size_t most, LengthOf&& length_of) {
        using Item = std::pair<double, Node>;
        std::priority_queue<Item, std::vector<Item>, std::greater<>> queue;
        const Node from = first(closing), to = second(closing);
        ++search_;
        reached_[from] = {0, 0, {}, search_};
        queue.emplace(0, from);
        while (!queue.empty() && queue.top().second != to) {
            const auto [distance, node] = queue.top();
            queue.pop();
            const std::size_t edges = reached_[node].edges + 1;
            if (distance > reached_[node].distance || edges >= most) {
                continue;
            }
            for (std::size_t index = start_[node]; index < start_[node + 1]; ++index) {
                const auto [other, edge] = neighbours_[index];
                const double onward = distance + length_of(edge);
                if (onward < limit && (reached_[other].search != search_ || onward < reached_[other].distance)) {
                    reached_[other] = {onward, edges, {node, edge}, search_};
                    queue.emplace(onward, other);
                }
            }
        }
        if (queue.empty()) {
            return false;
        }
        path_.clear();
        for (Node node = to; node != from; node = reached_[node].before.node) {
            path_.push_back(reached_[node].before.edge);
        }
        return true;
    }

    /// Take from the costs of cycles of up to `length` edges what is left of them, as much as they all have.
    void pack(std::size_t length) {
        UnionFind left(reached_.size());
        for (EdgeId edge = 0; edge < costs_.size(); ++edge) {
            if (residual_[edge] > 0) {
                left.unite(first(edge), second(edge));
            }
        }
        const auto length_of = [this](EdgeId edge) {
            return residual_[edge] > 0 ? 1 : std::numeric_limits<double>::infinity();
        };
        for (EdgeId edge = 0; edge < costs_.size(); ++edge) {
            while (residual_[edge] < 0 && left.find(first(edge)) == left.find(second(edge)) && !end_.has_come() &&
                   find_path(edge, static_cast<double>(length), length, length_of)) {
                std::int64_t weight = -residual_[edge];
                for (const EdgeId on_path : path_) {
                    weight = std::min(weight, residual_[on_path]);
                }
                residual_[edge] += weight;
                for (const EdgeId on_path : path_) {
                    residual_[on_path] -= weight;
                }
                add(edge, static_cast<double>(weight));
            }
        }
    }

    /// Add cycles of up to `length` edges that `cut_`, were it a partition, would have to meet and does not.
    void separate(std::size_t length) {
        const auto length_of = [this](EdgeId edge) { return cut_[edge]; };
        for (EdgeId edge = 0; edge < costs_.size() && !end_.has_come(); ++edge) {
            if (costs_[edge] < 0 && cut_[edge] > violated &&
                attraction_.find(first(edge)) == attraction_.find(second(edge)) &&
                find_path(edge, cut_[edge] - violated, length, length_of)) {
                add(edge, 0);
            }
        }
    }

    /// Make a cycle of an edge and `path_`.
    void add(EdgeId edge, double weight) {
        starts_.push_back(members_.size());
        members_.push_back(edge);
        members_.insert(members_.end(), path_.begin(), path_.end());
        weights_.push_back(weight);
        for (std::size_t index = starts_.back(); index < members_.size(); ++index) {
            if (count_[members_[index]]++ == 0) {
                used_.push_back(members_[index]);
            }
        }
    }

    std::span<const EdgeId> path_of(std::size_t cycle) const {
        const std::size_t to = cycle + 1 < starts_.size() ? starts_[cycle + 1] : members_.size();
        return std::span(members_).subspan(starts_[cycle] + 1, to - starts_[cycle] - 1);
    }
    EdgeId closing(std::size_t cycle) const { return members_[starts_[cycle]]; }

    /// Write into `reduced` the costs less the weights on paths, plus those on closing edges.
    template <class Number>
    void reduce(std::vector<Number>& reduced, const std::vector<double>& weights) const {
        for (const EdgeId edge : used_) {
            reduced[edge] = static_cast<Number>(costs_[edge]);
        }
        for (std::size_t cycle = 0; cycle < weights.size(); ++cycle) {
            const auto weight = static_cast<Number>(weights[cycle]);
            reduced[closing(cycle)] += weight;
            for (const EdgeId edge : path_of(cycle)) {
                reduced[edge] -= weight;
            }
        }
    }

    /// The bound by these weights, rounded down to whole numbers.
    Wide bound_by(const std::vector<double>& weights) const {
        std::vector<Wide> reduced(costs_.begin(), costs_.end());
        reduce(reduced, weights);
        Wide sum = 0;
        for (const Wide cost : reduced) {
            sum += std::min<Wide>(cost, 0);
        }
        return sum;
    }

    /// Take steps towards the best weights, and go on from their mean where that is better than the last ones.
    void improve() {
        std::vector<double> sum_of_weights(weights_.size()), sum_of_cuts(costs_.size());
        int taken = 0;
        for (; taken < steps && !end_.has_come(); ++taken) {
            reduce(reduced_, weights_);
            for (const EdgeId edge : used_) {
                const double step = reduced_[edge] / (scale_ * static_cast<double>(count_[edge]));
                const double cut = std::clamp(cut_[edge] - step, 0., 1.);
                ahead_[edge] = 2 * cut - cut_[edge];
                cut_[edge] = cut;
                sum_of_cuts[edge] += cut;
            }
            for (std::size_t cycle = 0; cycle < weights_.size(); ++cycle) {
                double excess = ahead_[closing(cycle)];
                for (const EdgeId edge : path_of(cycle)) {
                    excess -= ahead_[edge];
                }
                const double step = excess * scale_ / static_cast<double>(path_of(cycle).size() + 1);
                weights_[cycle] = std::clamp(weights_[cycle] + step, 0., -static_cast<double>(costs_[closing(cycle)]));
                sum_of_weights[cycle] += weights_[cycle];
            }
        }
        for (double& weight : sum_of_weights) {
            weight /= std::max(taken, 1);
        }
        const Wide by_last = bound_by(weights_), by_mean = bound_by(sum_of_weights);
        bound_ = static_cast<std::int64_t>(std::max<Wide>({bound_, by_last, by_mean}));
        if (by_mean > by_last) {
            weights_ = std::move(sum_of_weights);
            for (const EdgeId edge : used_) {
                cut_[edge] = sum_of_cuts[edge] / std::max(taken, 1);
            }
        }
    }

    std::span<const std::int64_t> ends_, costs_;
    End end_;
    double scale_;  ///< the mean absolute cost
    std::int64_t bound_ = 0, rounds_ = 0;

    // the attractive edges of each node
    std::vector<std::size_t> start_;
    std::vector<Neighbour> neighbours_;
    UnionFind attraction_;
    std::vector<Reached> reached_;
    std::uint64_t search_ = 0;
    std::vector<EdgeId> path_;

    // the closing edge and the path of each cycle, one after the other
    std::vector<EdgeId> members_;
    std::vector<std::size_t> starts_;
    std::vector<double> weights_;

    std::vector<std::int64_t> residual_;  ///< what packing has left of the costs
    std::vector<double> cut_, ahead_;     ///< how far each edge is cut, 0…1, and where that goes
    std::vector<double> reduced_;
    std::vector<std::uint32_t> count_;  ///< of the cycles of each edge
    std::vector<EdgeId> used_;          ///< those of a cycle
};

}  // namespace partitioners
