// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <cstdint>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

#include "edges.hpp"
#include "pair_map.hpp"

namespace partitioners {

template <class Linkage, class Total, class Priority>
class Contraction {
public:
    /// `edges` holds no two with both ends in common.
    Contraction(const std::vector<Bundle<Total>>& edges, std::size_t n_nodes, Priority priority, std::int64_t threshold)
        : priority_(std::move(priority)),
          threshold_(Priority::threshold(threshold)),
          merged_into_(n_nodes),
          edges_of_(n_nodes),
          pairs_(edges.size()) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
        std::vector<Queued> above;
        for (const auto& [first, second, order, size, total] : edges) {  // 1-3
            const auto edge = static_cast<std::uint32_t>(edges_.size());
            edges_.push_back(Linkage::start(total, size, order));
            ends_.push_back({first, second});
            pairs_(first, second) = edge;
            edges_of_[first].push_back(edge);
            edges_of_[second].push_back(edge);
            if (const Worth value = worth(edge); threshold_ < value) {
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
    using Worth = decltype(Priority::threshold(0));

    /// Ends of an edge; equal ones mark an edge that is no more.
    struct Ends {
        Node first, second;
    };
    struct Queued {
        Worth worth;
        std::int64_t order;
        std::uint32_t edge;
        bool operator<(const Queued& other) const {  // equal worths: the smallest order is on top
            return worth < other.worth || (!(other.worth < worth) && order > other.order);
        }
    };

    Worth worth(std::uint32_t edge) const {
        return priority_(ends_[edge].first, ends_[edge].second, edges_[edge]);
    }

    void queue_if_above(std::uint32_t edge) {
        if (const Worth value = worth(edge); threshold_ < value) {
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
        if (edges_of_[u].size() < edges_of_[v].size()) {
            std::swap(u, v);
        }
        merged_into_[v] = u;
        priority_.merge(u, v);
        for (const std::uint32_t edge : edges_of_[v]) {  // 11
            if (is_alive(edge)) {
                move(edge, u, v);
            }
        }
        std::vector<std::uint32_t>().swap(edges_of_[v]);
        if constexpr (Priority::renews) {
            std::erase_if(edges_of_[u], [this](std::uint32_t edge) { return !is_alive(edge); });
            for (const std::uint32_t edge : edges_of_[u]) {
                queue_if_above(edge);  // 15
            }
        }
    }

    /// Let an edge of v end at u, or join it to the edge that u has to the same node (10, 12 to 14, 18).
    void move(std::uint32_t edge, Node u, Node v) {
        auto& [first, second] = ends_[edge];
        const Node w = first == v ? second : first;
        if (w == u) {
            first = second;
            return;
        }
        std::uint32_t& other = pairs_(u, w);
        if (other != PairMap::none) {
            edges_[other] = Linkage::merge(edges_[other], edges_[edge]);
            first = second;
            if constexpr (!Priority::renews) {
                queue_if_above(other);  // 15
            }
            return;
        }
        other = edge;
        (first == v ? first : second) = u;  // its worth is unchanged, and so is its place in the queue
        edges_of_[u].push_back(edge);
    }

    Node root(Node node) {
        while (merged_into_[node] != node) {
            node = merged_into_[node] = merged_into_[merged_into_[node]];
        }
        return node;
    }

    Priority priority_;
    Worth threshold_;
    std::vector<Node> merged_into_;
    std::vector<std::vector<std::uint32_t>> edges_of_;
    PairMap pairs_;
    std::vector<Edge> edges_;
    std::vector<Ends> ends_;
    std::priority_queue<Queued> queue_;
};

}  // namespace partitioners
