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
        join_parallel(edges_, n_nodes_);
        steps_.push_back(std::move(number));
        return true;
    }

    /// Write into `into` for each node the smaller one that it is merged with, or itself; return the number of merges.
    std::size_t merge_mutual(std::vector<Node>& into) const {
        std::vector<double> worth(edges_.size());
        std::vector<std::uint32_t> best(n_nodes_, none);
        std::vector<std::int64_t> border(n_nodes_);
        for (std::uint32_t edge = 0; edge < edges_.size(); ++edge) {
            const auto& [first, second, size, total] = edges_[edge];
            border[first] += size;
            border[second] += size;
            worth[edge] = Linkage::affinity(Linkage::start(total, size));
            if (worth[edge] > threshold_) {
                for (const Node node : {first, second}) {
                    if (best[node] == none || worth[edge] > worth[best[node]]) {  // of equals, the first
                        best[node] = edge;
                    }
                }
            }
        }
        std::size_t n_merged = 0;
        for (Node node = 0; node < n_nodes_; ++node) {
            const std::uint32_t edge = best[node];
            const bool mutual = edge != none && edges_[edge].second == node && best[edges_[edge].first] == edge;
            const bool merges = mutual && means_differ(border[edges_[edge].first] + border[node]);
            into[node] = merges ? edges_[edge].first : node;
            n_merged += merges;
        }
        return n_merged;
    }

    std::vector<Bundle<Total>>& edges_;
    std::size_t n_nodes_;
    double threshold_;
    std::vector<std::vector<Node>> steps_;  ///< of each round, the new number of each node
};

}  // namespace partitioners
