// A contraction of a grid begun tile by tile, in memory that fits into the cache; what is left is a small graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "contraction.hpp"
#include "edges.hpp"
#include "fixed_grid.hpp"
#include "priority.hpp"
#include "tile_order.hpp"

namespace partitioners {

/// Merges inside of tiles what may be merged before anything else, see chains.hpp: what leads out of a tile waits. The
/// linkage is one whose edges can be added up in any order.
template <class Linkage>
class Tiles {
public:
    using Edge = typename Linkage::Edge;

    /// Merges are recorded, between nodes, where `merges` is not null.
    Tiles(const FixedGrid& grid, const TileOrder& nodes, std::int64_t threshold, std::vector<Merge>* merges)
        : grid_(grid),
          nodes_(nodes),
          threshold_(threshold),
          merges_(merges),
          root_(grid.n_pixels()),
          local_(grid.n_pixels()) {
        grid.for_each_tile([this](const Tile& tile) {
            begin_ = end_;
            end_ += static_cast<Node>(tile.n_pixels());
            contract(tile);
        });
    }

    /// Merge the rest; return for each node the one in which it ended.
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
        join_parallel<Linkage>(graph);
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

    void contract(const Tile& tile) {
        links_.clear();
        others_.clear();
        const auto link = [this](Node u, Node v, const Edge& edge) { links_.push_back({local(u), local(v), edge}); };
        grid_.for_each_edge_from(
            tile, [&](std::size_t pixel, std::size_t other, std::int32_t value, std::uint32_t order) {
                const Edge edge{value, 1, order};
                link(nodes_[pixel], nodes_[other], edge);
                if (!is_own(nodes_[other])) {  // two tiles see it, each with what it merged: it is kept as it is
                    rest_.push_back({nodes_[pixel], nodes_[other], edge});
                }
            });
        grid_.for_each_edge_into(
            tile, [&](std::size_t pixel, std::size_t other, std::int32_t value, std::uint32_t order) {
                link(nodes_[pixel], nodes_[other], {value, 1, order});
            });
        contract_links();
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

    void contract_links() {
        const Node n_own = end_ - begin_;
        LiveGraph<Edge> graph(n_own + others_.size(), links_.size());
        for (const auto& [u, v, edge] : links_) {
            graph.add(u, v, edge);
        }
        if (grid_.has_parallel()) {
            join_parallel<Linkage>(graph);
        }
        std::vector<Merge> merges;
        Whole contraction(std::move(graph), {}, threshold_, merges_ ? &merges : nullptr);
        contraction.run_chains([=](Node node) { return node >= n_own; });
        for (Node node = 0; node < n_own; ++node) {
            root_[begin_ + node] = begin_ + contraction.root(node);
        }
        for (EdgeId edge = 0; edge < contraction.graph().n_edges(); ++edge) {
            if (const auto [u, v] = contraction.graph().ends(edge); u != v && u < n_own && v < n_own) {
                rest_.push_back({begin_ + u, begin_ + v, contraction.graph()[edge]});
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
    const TileOrder& nodes_;
    std::int64_t threshold_;
    std::vector<Merge>* merges_;
    Node begin_ = 0, end_ = 0;  ///< the nodes of the tile
    LargeVector<Node> root_;    ///< in which each node ended
    LargeVector<Node> local_;   ///< of each node that is not the tile's own, where it is among the others
    std::vector<Node> others_;
    std::vector<Link> links_;  ///< the edges of the tile
    LargeVector<Link> rest_;   ///< the edges of the graph that is left
};

}  // namespace partitioners
