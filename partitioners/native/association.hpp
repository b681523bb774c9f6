// Greedy association: Algorithm 4 of Deep Affinity Net, whose line numbers stand here. Node for node the result of
// partitioners/reference/gas.py.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace partitioners {

/// The edges at each node, in the order of the edges.
class Adjacency {
public:
    Adjacency(std::size_t n_nodes, std::span<const std::int64_t> ends) : start_(n_nodes + 1), edges_(ends.size()) {
        for (const std::int64_t node : ends) {
            ++start_[static_cast<std::size_t>(node) + 1];
        }
        std::partial_sum(start_.begin(), start_.end(), start_.begin());
        std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
        for (std::size_t end = 0; end < ends.size(); ++end) {
            edges_[next[static_cast<std::size_t>(ends[end])]++] = end / 2;
        }
    }

    std::span<const std::size_t> operator[](std::size_t node) const {
        return std::span(edges_).subspan(start_[node], start_[node + 1] - start_[node]);
    }

private:
    std::vector<std::size_t> start_;
    std::vector<std::size_t> edges_;
};

/// Grow the labels: on entry those that are not negative are known, on exit those that none reaches are negative.
/// `ends` holds pairs of nodes, `weights` one affinity per pair; `order` is the order in which nodes are visited.
inline void associate(std::span<const std::int64_t> ends, std::span<const double> weights,
                      std::span<const std::int64_t> order, double threshold, std::span<std::int64_t> labels) {
    const Adjacency adjacent(labels.size(), ends);
    std::vector<std::size_t> unlabelled;
    for (const std::int64_t node : order) {
        if (const auto v = static_cast<std::size_t>(node); labels[v] < 0 && !adjacent[v].empty()) {
            unlabelled.push_back(v);
        }
    }
    for (std::size_t before = 0; before != unlabelled.size();) {  // 44
        before = unlabelled.size();
        std::erase_if(unlabelled, [&](std::size_t v) {  // 45
            double best = -1;
            std::int64_t label = -1;
            for (const std::size_t edge : adjacent[v]) {  // 46, 47
                const std::int64_t sum = ends[2 * edge] + ends[2 * edge + 1];
                const auto u = static_cast<std::size_t>(sum - static_cast<std::int64_t>(v));
                if (labels[u] >= 0 && weights[edge] > best) {
                    best = weights[edge];
                    label = labels[u];
                }
            }
            if (best < threshold) {  // 48, 49
                return false;
            }
            labels[v] = label;  // 50, 51
            return true;
        });
    }
}

}  // namespace partitioners
