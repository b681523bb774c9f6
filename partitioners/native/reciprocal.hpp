// Rounds of reciprocal-best merges: where two nodes are each other's best neighbour, average linkage may merge them
// before the global best without changing the result, so that most merges need no queue (Sumengen et al.,
// "Scaling hierarchical agglomerative clustering to billion-sized datasets", arXiv 2105.11653).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "edges.hpp"

namespace partitioners {

/// Whether means over at most `size` pixel edges that differ are different doubles too. They differ by 1 / size² or
/// more, and doubles up to `scale` are 2^-53 scale apart or less. Where two means round to one, joining them with a
/// third can give the larger value the smaller index: a better edge than all three, which rounds do not foresee.
inline bool means_differ(std::int64_t size) {
    const auto wide = static_cast<double>(size);
    return wide * wide < 0x1p53 / scale;
}

template <class Linkage, class Total>
class ReciprocalRounds {
public:
    /// `edges` are replaced by those between the nodes that are left, numbered 0…n-1.
    ReciprocalRounds(std::vector<Bundle<Total>>& edges, std::size_t n_nodes, double threshold)
        : edges_(edges), n_nodes_(n_nodes), threshold_(threshold) {
        while (round()) {
        }
    }

    std::size_t n_nodes() const { return n_nodes_; }

    /// From one label per node that is left to one per node that there was.
    std::vector<Node> expand(std::vector<Node> labels) const {
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
            std::vector<Node> expanded(step->size());
            for (std::size_t node = 0; node < expanded.size(); ++node) {
                expanded[node] = labels[(*step)[node]];
            }
            labels = std::move(expanded);
        }
        return labels;
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Rounds go on while they merge at least this share of the edges' number: below, a queue is quicker.
    static constexpr double worthwhile = 0.02;

    bool round() {
        std::vector<Node> number(n_nodes_);
        const std::size_t n_merged = merge_mutual(number);
        if (static_cast<double>(n_merged) <= worthwhile * static_cast<double>(edges_.size())) {
            return false;
        }
        Node count = 0;
        for (Node node = 0; node < n_nodes_; ++node) {
            number[node] = number[node] == node ? count++ : number[number[node]];
        }
        n_nodes_ = count;
        for (auto& edge : edges_) {
            const auto [u, v] = std::minmax(number[edge.first], number[edge.second]);
            edge.first = u;
            edge.second = v;
        }
        join_parallel_(edges_, n_nodes_);
        steps_.push_back(std::move(number));
        return true;
    }

    /// Write into `into` for each node the smaller one that it is merged with, or itself; return the number of merges.
    std::size_t merge_mutual(std::vector<Node>& into) {
        find_best();
        std::size_t n_merged = 0;
        for (Node node = 0; node < n_nodes_; ++node) {
            const std::uint32_t edge = best_[node];
            const bool mutual = edge != none && edges_[edge].second == node && best_[edges_[edge].first] == edge;
            const bool merges = mutual && means_differ(border_[edges_[edge].first] + border_[node]);
            into[node] = merges ? edges_[edge].first : node;
            n_merged += merges;
        }
        return n_merged;
    }

    void find_best() {
        worth_.resize(edges_.size());
        best_.assign(n_nodes_, none);
        border_.assign(n_nodes_, 0);
        for (std::uint32_t edge = 0; edge < edges_.size(); ++edge) {
            const auto& [first, second, size, total] = edges_[edge];
            worth_[edge] = Linkage::affinity(Linkage::start(total, size));
            for (const Node node : {first, second}) {
                border_[node] += size;
                const bool is_better = best_[node] == none || worth_[edge] > worth_[best_[node]];
                if (is_better && worth_[edge] > threshold_) {  // of equals, the first is kept
                    best_[node] = edge;
                }
            }
        }
    }

    std::vector<Bundle<Total>>& edges_;
    std::size_t n_nodes_;
    double threshold_;
    ParallelJoiner<Total> join_parallel_;
    std::vector<double> worth_;         ///< of each edge
    std::vector<std::uint32_t> best_;   ///< of each node, its best edge above the threshold
    std::vector<std::int64_t> border_;  ///< of each node, the number of pixel edges
    std::vector<std::vector<Node>> steps_;  ///< of each round, the new number of each node
};

}  // namespace partitioners
