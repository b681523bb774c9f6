// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "constraint/constraints.hpp"
#include "schedule/bucket_queue.hpp"
#include "schedule/chains.hpp"
#include "schedule/frontier.hpp"
#include "topology/live_graph.hpp"

namespace partitioners {

/// That v became part of u, at what the edge between them was worth.
struct Merge {
    Node u, v;
    std::int64_t height;  ///< in fixed point; with a lower threshold than this the two would also have merged
};

template <class Linkage, class Priority, class Constraint = Unconstrained>
class Contraction {
public:
    using Edge = typename Linkage::Edge;
    using Worth = decltype(Priority::threshold(0));

    /// By what an edge goes before others: of equal worths, the smallest order goes first.
    struct Rank {
        Worth worth;
        std::uint32_t order;

        friend bool operator<(const Rank& first, const Rank& second) {
            return first.worth < second.worth || (first.worth == second.worth && first.order > second.order);
        }
    };

    struct Queued {
        Worth worth;
        std::uint32_t order;
        EdgeId edge;
        Queued(const Rank& rank, EdgeId edge_) : worth(rank.worth), order(rank.order), edge(edge_) {}
        Rank rank() const { return {worth, order}; }
        bool operator<(const Queued& other) const { return rank() < other.rank(); }
    };

    /// No two edges of the graph have both ends in common. Merges are recorded where `merges` is not null.
    Contraction(LiveGraph<Edge> graph, Priority priority, std::int64_t threshold, std::vector<Merge>* merges = nullptr,
                Constraint constraint = {})
        : constraint_(std::move(constraint)),
          priority_(std::move(priority)),
          threshold_(Priority::threshold(threshold)),
          graph_(std::move(graph)),
          merged_into_(graph_.n_nodes()),
          merges_(merges) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
    }

    /// Merge until no edge is above the threshold; return for each node the one in which it ended (19).
    LargeVector<Node> run() {
        if constexpr (!Priority::renews && Linkage::reducible && Linkage::commutes && !Constraint::constrains) {
            run_inner([](Node) { return false; });
        }
        NoFrontier all;
        run_queue(all);
        for (Node node = 0; node < merged_into_.size(); ++node) {
            merged_into_[node] = root(node);
        }
        return std::move(merged_into_);
    }

    /// Merge in the order of priorities, within a frontier, until no edge is above the threshold.
    template <class Within>
    void run_queue(Within& frontier) {
        for (Node node = 0; node < graph_.n_nodes(); ++node) {
            index_if_large(node);
        }
        fill_queue(frontier);  // 4
        const auto item_of = [&](EdgeId edge) {
            const auto [u, v] = graph_.ends(edge);
            return u == v || frontier.is_beyond(u, v) ? std::nullopt : queued(edge);
        };
        while (true) {
            const Queued* top = constraint_.is_done() ? nullptr : queue_.top(item_of);  // 5 to 7
            if (frontier.precede(top)) {
                continue;
            }
            if (!top) {
                return;
            }
            const Queued highest = *top;
            queue_.pop();
            fetch_later();
            if (is_current(highest)) {
                const auto [u, v] = graph_.ends(highest.edge);
                if (frontier.admits(u, v)) {
                    take_top(highest, frontier);
                }
            }
        }
    }

    /// Queue an edge, if it may be contracted now.
    template <class Within>
    void push(EdgeId edge, const Within& frontier) {
        if (const auto [u, v] = graph_.ends(edge); frontier.waits(u, v)) {
            return;
        }
        if (const auto item = queued(edge)) {
            queue_.push(*item);
        }
    }

    /// The lowest edge so far.
    const Rank& lowest() const { return *lowest_; }
    void reach(const Rank& rank) {
        if (!lowest_ || rank < *lowest_) {
            lowest_ = rank;
        }
    }

    Constraint& constraint() { return constraint_; }

    /// Merge what may be merged before anything else, whatever becomes of the nodes for which is_left(node) holds.
    template <class IsLeft>
    void run_inner(IsLeft&& is_left) {
        std::conditional_t<Linkage::commutes, Chains<Contraction>, Frontier<Contraction>> inner(*this);
        for (Node node = 0; node < graph_.n_nodes(); ++node) {
            if (is_left(node)) {
                inner.leave(node);
            }
        }
        if constexpr (Linkage::commutes) {
            inner.run();
        } else {
            run_queue(inner);
        }
    }

    LiveGraph<Edge>& graph() { return graph_; }
    const LiveGraph<Edge>& graph() const { return graph_; }

    Worth threshold() const { return threshold_; }
    Rank rank(EdgeId edge) const {
        const auto [first, second] = graph_.ends(edge);
        return {priority_(first, second, graph_[edge]), graph_[edge].order};
    }

    /// What was removed or changed is still queued, and passed over (16).
    bool is_current(const Queued& queued) const {
        if (!graph_.is_alive(queued.edge)) {
            return false;
        }
        const Rank now = rank(queued.edge);
        return now.order == queued.order && now.worth == queued.worth;
    }

    /// Make v part of u (8 to 14, 17, 18), in time linear in the edges of both. Call joined(kept, given up, other end)
    /// for each pair of edges that become one, visit(edge) for each edge of u in the end.
    template <class Joined, class Visit>
    void merge(Node u, Node v, const Worth& worth, Joined&& joined, Visit&& visit) {
        unite(u, v, worth);
        graph_.merge(u, v, joined, visit);
    }

    /// The same for an indexed u, in time linear in the edges of v: visit(edge) is called for those only.
    template <class Joined, class Visit>
    void absorb(Node u, Node v, const Worth& worth, Joined&& joined, Visit&& visit) {
        unite(u, v, worth);
        graph_.absorb(
            u, v,
            [&](EdgeId kept, EdgeId given_up, Node w) {
                joined(kept, given_up, w);
                visit(kept);
            },
            visit);
    }

    void settle(EdgeId edge) { Linkage::settle(graph_[edge]); }

    Node root(Node node) {
        while (merged_into_[node] != node) {
            node = merged_into_[node] = merged_into_[merged_into_[node]];
        }
        return node;
    }

private:
    /// Nodes of more edges are indexed.
    static constexpr std::size_t few = 32;

    /// An edge as it is queued, if it may be contracted.
    std::optional<Queued> queued(EdgeId edge) const {
        const Rank its = rank(edge);
        bool is_high = threshold_ < its.worth;
        if constexpr (Constraint::constrains) {
            const auto [u, v] = graph_.ends(edge);
            is_high = (is_high || constraint_.admits_all()) && !constraint_.forbids(edge, u, v);
        }
        return is_high ? std::optional<Queued>({its, edge}) : std::nullopt;
    }

    /// Bring into the cache what coming merges need: where lists are, some merges later these, last their edges.
    void fetch_later() const {
        if (const Queued* item = queue_.later(24)) {
            graph_.fetch_nodes(item->edge);
        }
        if (const Queued* item = queue_.later(16)) {
            graph_.fetch_lists(item->edge);
        }
        if (const Queued* item = queue_.later(8)) {
            graph_.fetch_edges(item->edge);
        }
    }

    void index_if_large(Node node) {
        if (graph_.degree(node) > few && !graph_.is_indexed(node)) {
            graph_.index(node);
        }
    }

    template <class Within>
    void fill_queue(const Within& frontier) {
        std::vector<Queued> sample;
        for (EdgeId edge = 0; edge < graph_.n_edges(); edge += BucketQueue<Queued>::per_sample) {
            sample.push_back({rank(edge), edge});
        }
        queue_ = BucketQueue<Queued>(std::move(sample));
        for (EdgeId edge = 0; edge < graph_.n_edges(); ++edge) {
            if (graph_.is_alive(edge)) {
                push(edge, frontier);
            }
        }
    }

    /// Merge the two ends of an edge, or forbid it.
    template <class Within>
    void take_top(const Queued& top, Within& frontier) {
        if constexpr (Constraint::constrains) {
            const auto [u, v] = graph_.ends(top.edge);
            if (priority_.repels(graph_[top.edge])) {
                constraint_.forbid(top.edge);
            }
            if (constraint_.forbids(top.edge, u, v)) {
                return;
            }
        }
        merge_top(top, frontier);
    }

    /// Merge the two ends of an edge. The one with fewer edges becomes part of the other: each edge moves at most log n
    /// times.
    template <class Within>
    void merge_top(const Queued& top, Within& frontier) {
        auto [u, v] = graph_.ends(top.edge);
        if (graph_.degree(u) < graph_.degree(v)) {
            std::swap(u, v);
        }
        index_if_large(u);
        if constexpr (!Linkage::reducible) {
            reach(top.rank());
        }
        unite(u, v, top.worth);  // 8
        frontier.merge(u, v);
        priority_.merge(u, v);
        constraint_.merge(u, v);
        const auto joined = [&](EdgeId kept, EdgeId given_up, Node) {  // 9 to 14, 17, 18
            settle(kept);
            constraint_.join(kept, given_up);
            if (!Priority::renews) {
                push(kept, frontier);  // 15
            }
        };
        graph_.absorb(u, v, joined, [](EdgeId) {});
        if constexpr (Priority::renews) {
            graph_.for_each_edge(u, [&](EdgeId edge, Node) { push(edge, frontier); });  // 15
        }
    }

    void unite(Node u, Node v, const Worth& worth) {
        merged_into_[v] = u;
        if constexpr (!Priority::renews) {
            if (merges_) {
                merges_->push_back({u, v, Linkage::height(Linkage::reducible ? worth : lowest_->worth)});
            }
        }
    }

    [[no_unique_address]] Constraint constraint_;
    Priority priority_;
    Worth threshold_;
    LiveGraph<Edge> graph_;
    LargeVector<Node> merged_into_;
    std::vector<Merge>* merges_;
    std::optional<Rank> lowest_;
    BucketQueue<Queued> queue_;
};

}  // namespace partitioners
