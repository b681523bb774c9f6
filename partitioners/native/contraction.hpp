// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "edge_queue.hpp"
#include "edges.hpp"
#include "pair_map.hpp"

namespace partitioners {

template <class Linkage, class Total, class Priority>
class Contraction {
public:
    /// `edges` holds no two with both ends in common. Of equal priorities, the first in the list goes first.
    Contraction(std::vector<Bundle<Total>> edges, std::size_t n_nodes, Priority priority, double threshold)
        : priority_(std::move(priority)),
          threshold_(threshold),
          merged_into_(n_nodes),
          lists_(n_nodes),
          pairs_(edges.size(), EndsOf{links_}),
          queue_(connect(std::move(edges))) {}

    Contraction(const Contraction&) = delete;
    Contraction& operator=(const Contraction&) = delete;

    /// Merge until no edge is above the threshold; return the node in which each ended (19).
    std::vector<Node> run() {
        while (!queue_.empty()) {  // 5
            const auto [worth, edge] = queue_.pop();  // 6, 7
            if (is_alive(edge) && worth_of(edge) == worth) {  // 16: what was removed or changed is still queued
                merge(links_[edge].ends[0], links_[edge].ends[1]);
            }
        }
        for (Node node = 0; node < merged_into_.size(); ++node) {
            merged_into_[node] = root(node);
        }
        return std::move(merged_into_);
    }

private:
    using Edge = typename Linkage::Edge;
    /// One of the two ends of an edge: twice its number, or one more.
    using End = std::uint32_t;
    static constexpr End none = UINT32_MAX;

    /// An edge, and where the lists of edges of its two nodes go on. Equal nodes mark an edge that is no more.
    struct Link {
        Edge edge;
        Node ends[2];
        End next[2];
    };
    struct EndsOf {
        const std::vector<Link>& links;
        std::pair<Node, Node> operator()(std::uint32_t edge) const {
            return std::minmax(links[edge].ends[0], links[edge].ends[1]);
        }
    };
    struct List {
        End head = none;
        std::uint32_t length = 0;
    };

    Node& node(End end) { return links_[end / 2].ends[end % 2]; }
    End& next(End end) { return links_[end / 2].next[end % 2]; }
    bool is_alive(std::uint32_t edge) const { return links_[edge].ends[0] != links_[edge].ends[1]; }
    void remove(std::uint32_t edge) { links_[edge].ends[0] = links_[edge].ends[1]; }

    double worth_of(std::uint32_t edge) const {
        const Link& link = links_[edge];
        return priority_(link.ends[0], link.ends[1], Linkage::affinity(link.edge));
    }

    /// Fill all but the queue, for which the edges above the threshold are returned (1 to 4).
    std::vector<QueuedEdge> connect(std::vector<Bundle<Total>> edges) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
        links_.reserve(edges.size());
        std::vector<QueuedEdge> above;
        for (const auto& [first, second, size, total] : edges) {
            const auto edge = static_cast<std::uint32_t>(links_.size());
            links_.push_back({Linkage::start(total, size), {first, second}, {none, none}});
            attach(2 * edge, first);
            attach(2 * edge + 1, second);
            pairs_(first, second) = edge;
            if (const double worth = worth_of(edge); worth > threshold_) {
                above.push_back({worth, edge});
            }
        }
        return above;
    }

    void attach(End end, Node u) {
        node(end) = u;
        next(end) = std::exchange(lists_[u].head, end);
        ++lists_[u].length;
    }

    void queue_if_above(std::uint32_t edge) {
        if (const double worth = worth_of(edge); worth > threshold_) {
            queue_.push({worth, edge});
        }
    }

    /// Make the node with fewer edges part of the other (8, 9, 17): each edge then moves at most log n times.
    void merge(Node u, Node v) {
        if (lists_[u].length < lists_[v].length) {
            std::swap(u, v);
        }
        merged_into_[v] = u;
        priority_.merge(u, v);
        for (End end = lists_[v].head; end != none;) {  // 11
            const End following = next(end);
            if (is_alive(end / 2)) {
                move(end, u);
            }
            end = following;
        }
        if constexpr (Priority::renews) {
            renew(u);
        }
    }

    /// Let an edge end at u, or join it to the edge that u has to the same node (10, 12 to 14, 18).
    void move(End end, Node u) {
        const std::uint32_t edge = end / 2;
        const Node w = node(end ^ 1);
        if (w == u) {
            return remove(edge);
        }
        std::uint32_t& known = pairs_(u, w);
        if (known == none) {
            known = edge;
            return attach(end, u);  // its worth is unchanged, and so is its place in the queue
        }
        const auto [kept, joined] = std::minmax({edge, known});
        links_[kept].edge = Linkage::merge(links_[kept].edge, links_[joined].edge);
        remove(joined);
        if (kept == edge) {
            known = edge;
            attach(end, u);
        }
        if constexpr (!Priority::renews) {
            queue_if_above(kept);  // 15
        }
    }

    /// Queue all edges of u anew (15), and forget those that are no more.
    void renew(Node u) {
        for (End* end = &lists_[u].head; *end != none;) {
            if (is_alive(*end / 2)) {
                queue_if_above(*end / 2);
                end = &next(*end);
            } else {
                *end = next(*end);
                --lists_[u].length;
            }
        }
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
    std::vector<List> lists_;
    std::vector<Link> links_;
    PairMap<EndsOf> pairs_;
    EdgeQueue queue_;
};

}  // namespace partitioners
