// Greedy contraction: the one core behind GAEC and PA-GAEC. Node for node the result of
// partitioners/reference/contraction.py, whose line numbers of Deep Affinity Net's Algorithm 1 stand here too.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "bucket_queue.hpp"
#include "chains.hpp"
#include "live_graph.hpp"

namespace partitioners {

/// That v became part of u, at what the edge between them was worth.
struct Merge {
    Node u, v;
    std::int64_t height;  ///< in fixed point; with a lower threshold than this the two would also have merged
};

template <class Linkage, class Priority>
class Contraction {
public:
    using Edge = typename Linkage::Edge;
    using Worth = decltype(Priority::threshold(0));

    struct Queued {
        Worth worth;
        EdgeId edge;
        bool operator<(const Queued& other) const { return worth < other.worth; }
    };

    /// No two edges of the graph have both ends in common. Merges are recorded where `merges` is not null.
    Contraction(LiveGraph<Edge> graph, Priority priority, std::int64_t threshold, std::vector<Merge>* merges = nullptr)
        : priority_(std::move(priority)),
          threshold_(Priority::threshold(threshold)),
          graph_(std::move(graph)),
          merged_into_(graph_.n_nodes()),
          merges_(merges) {
        std::iota(merged_into_.begin(), merged_into_.end(), Node{0});
    }

    /// Merge until no edge is above the threshold; return for each node the one in which it ended (19).
    LargeVector<Node> run() {
        if constexpr (!Priority::renews && Linkage::reducible) {
            run_chains([](Node) { return false; });
        }
        fill_queue();  // 4
        const auto prepare = [this](std::vector<Queued>& items) { fetch(items); };
        while (const Queued* top = queue_.top(prepare)) {  // 5 to 7
            const Worth highest = top->worth;
            tied_.clear();
            for (; top && top->worth == highest; top = queue_.top(prepare)) {
                if (is_current(*top)) {
                    tied_.push_back(graph_.ends(top->edge));
                }
                queue_.pop();
            }
            merge_tied(highest);
        }
        for (Node node = 0; node < merged_into_.size(); ++node) {
            merged_into_[node] = root(node);
        }
        return std::move(merged_into_);
    }

    /// Merge what may be merged before anything else, whatever becomes of the nodes for which is_left(node) holds.
    template <class IsLeft>
    void run_chains(IsLeft&& is_left) {
        Chains<Contraction, Linkage::two_steps> chains(*this);
        for (Node node = 0; node < graph_.n_nodes(); ++node) {
            if (is_left(node)) {
                chains.leave(node);
            }
        }
        chains.run();
    }

    LiveGraph<Edge>& graph() { return graph_; }

    Worth threshold() const { return threshold_; }
    Worth worth(EdgeId edge) const {
        const auto [first, second] = graph_.ends(edge);
        return priority_(first, second, graph_[edge]);
    }

    /// What was removed or changed is still queued, and passed over (16).
    bool is_current(const Queued& queued) const {
        return graph_.is_alive(queued.edge) && worth(queued.edge) == queued.worth;
    }


    /// Make v part of u (8 to 14, 17, 18), in time linear in the edges of both. Call joined(kept, given up, other end) for
    /// each pair of edges that become one, visit(edge) for each edge of u in the end.
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

    /// Make the nodes that the pairs connect one, then join what became parallel, all at once. Of two nodes the one with
    /// fewer edges becomes part of the other: each edge moves at most log n times. Call absorbed(u, v) after each merge,
    /// moved(edge) for what did not join another, changed(edge) for what others joined in the end.
    template <class Absorbed, class Moved, class Changed>
    void merge_tied(const std::vector<std::pair<Node, Node>>& pairs, const Worth& worth, Absorbed&& absorbed,
                    Moved&& moved, Changed&& changed) {
        changed_.clear();
        for (auto [u, v] : pairs) {
            u = root(u);
            v = root(v);
            if (u != v) {
                if (graph_.degree(u) < graph_.degree(v)) {
                    std::swap(u, v);
                }
                unite(u, v, worth);  // 8
                priority_.merge(u, v);
                graph_.absorb(u, v, [this](EdgeId kept, EdgeId, Node) { changed_.push_back(kept); }, moved);
                absorbed(u, v);
            }
        }
        for (const EdgeId edge : changed_) {
            if (graph_.is_alive(edge)) {
                settle(edge);  // 14
                changed(edge);
            }
        }
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


    void queue_if_above(EdgeId edge) {
        if (const Worth value = worth(edge); threshold_ < value) {
            queue_.push({value, edge});
        }
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
        std::vector<Queued> sample;
        for (EdgeId edge = 0; edge < graph_.n_edges(); edge += BucketQueue<Queued>::per_sample) {
            sample.push_back({worth(edge), edge});
        }
        queue_ = BucketQueue<Queued>(std::move(sample));
        for (EdgeId edge = 0; edge < graph_.n_edges(); ++edge) {
            if (graph_.is_alive(edge)) {
                queue_if_above(edge);
            }
        }
    }

    void merge_tied(const Worth& worth) {
        merged_.clear();
        const auto absorbed = [this](Node u, Node) {
            if (graph_.degree(u) > few && !graph_.is_indexed(u)) {
                graph_.index(u);
            }
            merged_.push_back(u);
        };
        merge_tied(tied_, worth, absorbed, [](EdgeId) {}, [this](EdgeId edge) {
            if (!Priority::renews) {
                queue_if_above(edge);  // 15
            }
        });
        if constexpr (Priority::renews) {
            for (const Node u : merged_) {
                graph_.for_each_edge(root(u), [this](EdgeId edge, Node) { queue_if_above(edge); });  // 15
            }
        }
    }

    void unite(Node u, Node v, const Worth& worth) {
        merged_into_[v] = u;
        if constexpr (!Priority::renews) {
            if (merges_) {
                const std::int64_t height = Linkage::height(worth);
                const bool is_lower = Linkage::reducible || merges_->empty() || height < merges_->back().height;
                merges_->push_back({u, v, is_lower ? height : merges_->back().height});
            }
        }
    }

    Priority priority_;
    Worth threshold_;
    LiveGraph<Edge> graph_;
    LargeVector<Node> merged_into_;
    std::vector<Merge>* merges_;
    BucketQueue<Queued> queue_;
    std::vector<std::pair<Node, Node>> tied_;
    std::vector<EdgeId> changed_;
    std::vector<Node> merged_;
};

}  // namespace partitioners
