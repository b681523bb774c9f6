// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "bucket_queue.hpp"
#include "chains.hpp"
#include "edges.hpp"
#include "live_graph.hpp"

namespace partitioners {

template <class Linkage, class Total, class Priority>
class Contraction {
public:
    /// `edges` holds no two with both ends in common.
    Contraction(const std::vector<Bundle<Total>>& edges, std::size_t n_nodes, Priority priority, std::int64_t threshold)
        : priority_(std::move(priority)),
          threshold_(Priority::threshold(threshold)),
          merged_into_(n_nodes),
          graph_(n_nodes, edges.size()) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
        for (const auto& [first, second, order, size, total] : edges) {  // 1-3
            graph_.add(first, second, Linkage::start(total, size, order));
        }
    }

    /// Merge until no edge is above the threshold; return the node in which each ended (19).
    std::vector<Node> run() {
        if constexpr (!Priority::renews && Linkage::reducible) {
            Chains<Contraction, Linkage::two_steps>(*this, merged_into_.size()).run();
        }
        fill_queue();  // 4
        const auto prepare = [this](std::vector<Queued>& items) { fetch(items); };
        while (const auto top = queue_.pop(prepare)) {  // 5 to 7
            if (is_current(*top)) {
                merge(top->edge);
            }
        }
        for (Node node = 0; node < merged_into_.size(); ++node) {
            merged_into_[node] = root(node);
        }
        return std::move(merged_into_);
    }

    LiveGraph<typename Linkage::Edge>& graph() { return graph_; }

    bool is_above(std::uint32_t edge) const { return threshold_ < worth(edge); }

    bool goes_before(std::uint32_t edge, std::uint32_t other) const {
        const Worth mine = worth(edge), theirs = worth(other);
        return theirs < mine || (!(mine < theirs) && graph_[edge].order < graph_[other].order);
    }

    /// Make the end with fewer edges part of the other (8 to 14, 17, 18): each edge then moves at most log n times.
    /// Call joined(kept, given up) for each pair of edges that become one; others keep their worth. Return the end that
    /// is left and the one that is not.
    template <class Joined>
    std::pair<Node, Node> contract(std::uint32_t edge, Joined&& joined) {
        auto [u, v] = graph_.ends(edge);
        if (graph_.degree(u) < graph_.degree(v)) {
            std::swap(u, v);
        }
        merged_into_[v] = u;
        priority_.merge(u, v);
        graph_.merge(u, v, [&](std::uint32_t kept, std::uint32_t given_up) {
            graph_[kept] = Linkage::merge(graph_[kept], graph_[given_up]);
            joined(kept, given_up);
        });
        return {u, v};
    }

private:
    using Edge = typename Linkage::Edge;
    using Worth = decltype(Priority::threshold(0));

    struct Queued {
        Worth worth;
        std::int64_t order;
        std::uint32_t edge;
        bool operator<(const Queued& other) const {  // equal worths: the smallest order is on top
            return worth < other.worth || (!(other.worth < worth) && order > other.order);
        }
    };

    Worth worth(std::uint32_t edge) const {
        const auto [first, second] = graph_.ends(edge);
        return priority_(first, second, graph_[edge]);
    }

    void queue_if_above(std::uint32_t edge) {
        if (const Worth value = worth(edge); threshold_ < value) {
            queue_.push({value, graph_[edge].order, edge});
        }
    }

    /// What was removed or changed is still queued, and passed over (16).
    bool is_current(const Queued& top) const {
        return graph_.is_alive(top.edge) && graph_[top.edge].order == top.order && worth(top.edge) == top.worth;
    }

    /// Bring into the cache what the merges of these edges need: all at once is several times as fast as one by one.
    void fetch(std::vector<Queued>& items) const {
        std::erase_if(items, [this](const Queued& item) { return !is_current(item); });
        for (const Queued& item : items) {
            graph_.fetch_nodes(item.edge);
        }
        for (const Queued& item : items) {
            graph_.fetch_lists(item.edge);
        }
    }

    void fill_queue() {
        std::vector<Queued> above;
        for (std::uint32_t edge = 0; edge < graph_.n_edges(); ++edge) {
            if (graph_.is_alive(edge) && is_above(edge)) {
                above.push_back({worth(edge), graph_[edge].order, edge});
            }
        }
        queue_ = BucketQueue<Queued>(above);
    }

    void merge(std::uint32_t edge) {
        if constexpr (Priority::renews) {
            const Node u = contract(edge, [](std::uint32_t, std::uint32_t) {}).first;
            graph_.for_each_edge(u, [this](std::uint32_t other) { queue_if_above(other); });  // 15
        } else {
            contract(edge, [this](std::uint32_t kept, std::uint32_t) { queue_if_above(kept); });  // 15
        }
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
    LiveGraph<Edge> graph_;
    BucketQueue<Queued> queue_{{}};
};

}  // namespace partitioners
