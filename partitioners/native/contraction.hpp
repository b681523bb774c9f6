// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <cstdint>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

#include "edge_lists.hpp"
#include "edges.hpp"
#include "pair_map.hpp"

namespace partitioners {

template <class Linkage, class Total, class Priority>
class Contraction {
public:
    /// `edges` holds no two with both ends in common.
    Contraction(const std::vector<Bundle<Total>>& edges, std::size_t n_nodes, Priority priority, double threshold)
        : priority_(std::move(priority)),
          threshold_(threshold),
          merged_into_(n_nodes),
          at_(n_nodes, edges.size()),
          pairs_(edges.size()) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
        std::vector<Queued> above;
        for (const auto& [first, second, order, size, total] : edges) {  // 1-3
            const auto edge = static_cast<std::uint32_t>(edges_.size());
            edges_.push_back(Linkage::start(total, size, order));
            ends_.push_back({first, second});
            pairs_(first, second) = edge;
            at_.add(edge, first, second);
            if (const double value = worth(edge); value > threshold_) {
                above.push_back({value, order, edge});
            }
        }
        queue_ = std::priority_queue<Queued>({}, std::move(above));  // 4: in linear time
    }

    /// Merge until no edge is above the threshold; return the node in which each ended (19).
    std::vector<Node> run() {
        while (!queue_.empty()) {  // 5
            const Queued top = queue_.top();  // 6, 7
            queue_.pop();
            if (is_current(top)) {
                merge(ends_[top.edge].first, ends_[top.edge].second);
            }
        }
        for (Node node = 0; node < merged_into_.size(); ++node) {
            merged_into_[node] = root(node);
        }
        return std::move(merged_into_);
    }

private:
    using Edge = typename Linkage::Edge;

    /// Ends of an edge; equal ones mark an edge that is no more.
    struct Ends {
        Node first, second;
    };
    struct Queued {
        double worth;
        std::int64_t order;
        std::uint32_t edge;
        bool operator<(const Queued& other) const {  // equal worths: the smallest order is on top
            return worth != other.worth ? worth < other.worth : order > other.order;
        }
    };

    double worth(std::uint32_t edge) const {
        return priority_(ends_[edge].first, ends_[edge].second, Linkage::affinity(edges_[edge]));
    }

    void queue_if_above(std::uint32_t edge) {
        if (const double value = worth(edge); value > threshold_) {
            queue_.push({value, edges_[edge].order, edge});
        }
    }

    /// What was removed or changed is still queued, and passed over (16).
    bool is_current(const Queued& top) const {
        return is_alive(top.edge) && edges_[top.edge].order == top.order && worth(top.edge) == top.worth;
    }

    bool is_alive(std::uint32_t edge) const { return ends_[edge].first != ends_[edge].second; }

    /// Make the node with fewer edges part of the other (8, 9, 17): each edge then moves at most log n times.
    void merge(Node u, Node v) {
        if (at_.length(u) < at_.length(v)) {
            std::swap(u, v);
        }
        merged_into_[v] = u;
        priority_.merge(u, v);
        at_.sweep(v, [=, this](std::uint32_t edge) { return is_alive(edge) && move(edge, u, v); });  // 11
        at_.append(u, v);
        if constexpr (Priority::renews) {
            at_.sweep(u, [this](std::uint32_t edge) {
                if (is_alive(edge)) {
                    queue_if_above(edge);  // 15
                }
                return is_alive(edge);
            });
        }
    }

    /// Let an edge of v end at u, or join it to the edge that u has to the same node (10, 12 to 14, 18); return
    /// whether it is still there.
    bool move(std::uint32_t edge, Node u, Node v) {
        auto& [first, second] = ends_[edge];
        const Node w = first == v ? second : first;
        if (w == u) {
            first = second;
            return false;
        }
        std::uint32_t& other = pairs_(u, w);
        if (other != PairMap::none) {
            edges_[other] = Linkage::merge(edges_[other], edges_[edge]);
            first = second;
            if constexpr (!Priority::renews) {
                queue_if_above(other);  // 15
            }
            return false;
        }
        other = edge;
        (first == v ? first : second) = u;  // its worth is unchanged, and so is its place in the queue
        return true;
    }

    Node root(Node node) {
        while (merged_into_[node] != node) {
            node = merged_into_[node] = merged_into_[merged_into_[node]];
        }
        return node;
    }

    Priority priority_;
    double threshold_;
    std::vector<Node> merged_into_;
    EdgeLists at_;  ///< the edges at each node
    PairMap pairs_;
    std::vector<Edge> edges_;
    std::vector<Ends> ends_;
    std::priority_queue<Queued> queue_;
};

}  // namespace partitioners
