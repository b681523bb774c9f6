// A contraction of a grid begun tile by tile, in memory that fits into the cache; what is left is a small graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "contraction.hpp"
#include "edges.hpp"
#include "first_round.hpp"
#include "fixed_grid.hpp"
#include "priority.hpp"

namespace partitioners {

/// Merges inside of tiles what may be merged before anything else, see chains.hpp: what leads out of a tile waits. The
/// linkage is one whose edges can be added up in any order.
template <class Linkage>
class Tiles {
public:
    using Edge = typename Linkage::Edge;

    Tiles(const FixedGrid& grid, const FirstRound& nodes, std::int64_t threshold, std::vector<Merge>* merges)
        : grid_(grid), nodes_(nodes), threshold_(threshold), merges_(merges), root_(nodes.n_nodes()),
          local_(nodes.n_nodes()) {
        std::size_t number = 0;
        grid.for_each_tile([&](const Tile& tile) {
            begin_ = nodes.begin(number++);
            end_ = nodes.begin(number);
            contract(tile);
        });
    }

    /// Merge the rest; return for each node of the first round the one in which it ended.
    LargeVector<Node> run() && {
        std::vector<Node> kept;  // what the nodes of the graph that is left were
        for (Node node = 0; node < root_.size(); ++node) {
            if (root_[node] == node) {
                local_[node] = static_cast<Node>(kept.size());
                kept.push_back(node);
            }
        }
        LiveGraph<Edge> graph(kept.size(), rest_.size());
        for (const auto& [u, v, edge] : rest_) {
            graph.add(local_[root_[u]], local_[root_[v]], edge);
        }
        rest_ = {};
        join_parallel<Linkage>(graph, [](Node) { return true; });
        std::vector<Merge> merges;
        const auto root = Whole(std::move(graph), {}, threshold_, merges_ ? &merges : nullptr).run();
        for (Node& node : root_) {
            node = kept[root[local_[node]]];
        }
        record(merges, [&](Node node) { return kept[node]; });
        return std::move(root_);
    }

private:
    using Whole = Contraction<Linkage, ByAffinity<Linkage>>;

    struct Link {
        Node u, v;
        Edge edge;
    };

    bool is_own(Node node) const { return node >= begin_ && node < end_; }
    /// Whether all edges of a node are those that the tile sees.
    bool is_active(Node node) const { return is_own(node) && !nodes_.is_spread(node); }

    void contract(const Tile& tile) {
        links_.clear();
        others_.clear();
        grid_.for_each_edge_from(tile, [&](std::size_t pixel, std::size_t other, std::int32_t value) {
            const Node u = nodes_[pixel], v = nodes_[other];
            if (u != v) {
                if (is_active(u) ? is_elsewhere(v) : nodes_.is_spread(v)) {  // seen by two tiles, or by none
                    rest_.push_back({u, v, {value, 1}});
                }
                link(u, v, value);
            }
        });
        grid_.for_each_edge_into(tile, [&](std::size_t pixel, std::size_t other, std::int32_t value) {
            if (nodes_[pixel] != nodes_[other]) {
                link(nodes_[pixel], nodes_[other], value);
            }
        });
        contract_links();
    }

    /// Whether a node is active in another tile.
    bool is_elsewhere(Node node) const { return !is_own(node) && !nodes_.is_spread(node); }

    void link(Node u, Node v, std::int32_t value) {
        if (is_active(u) || is_active(v)) {
            links_.push_back({local(u), local(v), {value, 1}});
        }
    }

    /// The number of a node in the graph of the tile: its own ones come first.
    Node local(Node node) {
        if (is_own(node)) {
            return node - begin_;
        }
        if (const Node known = local_[node]; known < others_.size() && others_[known] == node) {
            return end_ - begin_ + known;
        }
        local_[node] = static_cast<Node>(others_.size());
        others_.push_back(node);
        return end_ - begin_ + local_[node];
    }
    Node global(Node local) const { return local < end_ - begin_ ? begin_ + local : others_[local - (end_ - begin_)]; }

    void contract_links() {
        LiveGraph<Edge> graph(end_ - begin_ + others_.size(), links_.size());
        for (const auto& [u, v, edge] : links_) {
            graph.add(u, v, edge);
        }
        join_parallel<Linkage>(graph, [this](Node node) { return nodes_.is_several(global(node)); });
        std::vector<Merge> merges;
        Whole contraction(std::move(graph), {}, threshold_, merges_ ? &merges : nullptr);
        contraction.run_chains([this](Node node) { return !is_active(global(node)); });
        for (Node node = begin_; node < end_; ++node) {
            root_[node] = begin_ + contraction.root(node - begin_);
        }
        for (EdgeId edge = 0; edge < contraction.graph().n_edges(); ++edge) {
            const auto [u, v] = contraction.graph().ends(edge);
            if (u != v && !is_elsewhere(global(u)) && !is_elsewhere(global(v))) {
                rest_.push_back({global(u), global(v), contraction.graph()[edge]});
            }
        }
        record(merges, [this](Node node) { return begin_ + node; });
    }

    template <class NodeOf>
    void record(const std::vector<Merge>& merges, NodeOf&& node_of) {
        for (const auto& [u, v, height] : merges) {
            merges_->push_back({node_of(u), node_of(v), height});
        }
    }

    const FixedGrid& grid_;
    const FirstRound& nodes_;
    std::int64_t threshold_;
    std::vector<Merge>* merges_;
    Node begin_ = 0, end_ = 0;  ///< the nodes that begin in the tile
    LargeVector<Node> root_;    ///< in which each node ended
    LargeVector<Node> local_;   ///< of each node that is not the tile's own, where it is among the others
    std::vector<Node> others_;
    std::vector<Link> links_;  ///< the edges of the tile
    LargeVector<Link> rest_;   ///< the edges of the graph that is left, between nodes of the first round
};

}  // namespace partitioners
