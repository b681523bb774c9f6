// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <queue>
#include <span>
#include <vector>

#include "connected_components.hpp"
#include "linkage.hpp"
#include "pair_map.hpp"

namespace partitioners {

/// A graph with fixed-point weights: `ends` holds pairs of nodes, `values` and `sizes` one number per pair.
struct FixedGraph {
    std::int64_t n_nodes;
    std::span<const std::int64_t> ends;
    std::span<const std::int64_t> values;
    std::span<const std::int64_t> sizes;
};

template <class Linkage, class Total, class Priority>
class Contraction {
public:
    Contraction(const FixedGraph& graph, Priority priority, double threshold)
        : priority_(std::move(priority)),
          threshold_(std::nearbyint(threshold * scale) / scale),
          merged_into_(static_cast<std::size_t>(graph.n_nodes)),
          edges_of_(merged_into_.size()),
          pairs_(graph.values.size()) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
        add_edges(graph);  // 1-3
        std::vector<Queued> above;
        for (std::uint32_t edge = 0; edge < edges_.size(); ++edge) {
            if (const double value = worth(edge); value > threshold_) {
                above.push_back({value, edges_[edge].order, edge});
            }
        }
        queue_ = std::priority_queue<Queued>({}, std::move(above));  // 4: in linear time
    }

    /// Merge until no edge is above the threshold; write the node in which each ended (19).
    void run(std::span<std::int64_t> labels) {
        while (!queue_.empty()) {  // 5
            const Queued top = queue_.top();  // 6, 7
            queue_.pop();
            if (is_current(top)) {
                merge(ends_[top.edge].first, ends_[top.edge].second);
            }
        }
        for (std::size_t node = 0; node < labels.size(); ++node) {
            labels[node] = root(static_cast<Node>(node));
        }
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

    void add_edges(const FixedGraph& graph) {
        const std::vector<std::int64_t> part = components_above(graph);
        std::vector<Total> totals;
        std::vector<std::int64_t> sizes;
        for (std::size_t index = 0; index < graph.values.size(); ++index) {
            const auto u = static_cast<Node>(graph.ends[2 * index]), v = static_cast<Node>(graph.ends[2 * index + 1]);
            if (Linkage::reducible && part[u] != part[v]) {
                continue;
            }
            std::uint32_t& edge = pairs_(u, v);
            if (edge == PairMap::none) {
                edge = static_cast<std::uint32_t>(edges_.size());
                edges_.push_back(Linkage::start(Total{0}, 1, static_cast<std::int64_t>(index)));
                ends_.push_back({u, v});
                totals.push_back(0);
                sizes.push_back(0);
            }
            totals[edge] += static_cast<Total>(graph.values[index]) * graph.sizes[index];
            sizes[edge] += graph.sizes[index];
        }
        for (std::uint32_t edge = 0; edge < edges_.size(); ++edge) {
            edges_[edge] = Linkage::start(totals[edge], sizes[edge], edges_[edge].order);
            edges_of_[ends_[edge].first].push_back(edge);
            edges_of_[ends_[edge].second].push_back(edge);
        }
    }

    /// A reducible linkage never lifts an edge above the larger of the two it came from, so nodes in different
    /// components of the edges above the threshold never meet, and the edges between them can be left out.
    std::vector<std::int64_t> components_above(const FixedGraph& graph) const {
        std::vector<std::int64_t> part(Linkage::reducible ? merged_into_.size() : 0);
        if (Linkage::reducible) {
            UnionFind sets(graph.n_nodes);
            for (std::size_t index = 0; index < graph.values.size(); ++index) {
                if (static_cast<double>(graph.values[index]) > threshold_ * scale) {
                    sets.unite(graph.ends[2 * index], graph.ends[2 * index + 1]);
                }
            }
            for (std::size_t node = 0; node < part.size(); ++node) {
                part[node] = sets.find(static_cast<std::int64_t>(node));
            }
        }
        return part;
    }

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
    double threshold_;
    std::vector<Node> merged_into_;
    std::vector<std::vector<std::uint32_t>> edges_of_;
    PairMap pairs_;
    std::vector<Edge> edges_;
    std::vector<Ends> ends_;
    std::priority_queue<Queued> queue_;
};

}  // namespace partitioners
