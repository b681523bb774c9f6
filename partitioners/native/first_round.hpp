// The first round of a contraction of a grid, in a few passes over its values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "connected_components.hpp"
#include "contraction.hpp"
#include "fixed_grid.hpp"

namespace partitioners {

/// Pixels become nodes: those that edges of the highest value connect are one. So are, where `is_local`, those that edges
/// of any value above the threshold connect that is the highest at each of them: see chains.hpp.
class FirstRound {
public:
    /// Merges are recorded, between pixels, where `merges` is not null.
    FirstRound(const FixedGrid& grid, std::int64_t threshold, bool is_local, std::vector<Merge>* merges)
        : best_(grid.n_pixels(), FixedGrid::no_edge), is_blocked_(grid.n_pixels()) {
        UnionFind sets(grid.n_pixels());
        if (!grid.has_parallel()) {
            find_best(grid, is_local);
            unite_best(grid, threshold, sets);
        }
        number(grid, sets, merges);
    }

    Node n_nodes() const { return n_nodes_; }
    Node operator[](std::size_t pixel) const { return node_of_[pixel]; }
    /// Whether a node is more than one pixel.
    bool is_several(Node node) const { return is_several_[node]; }
    /// Whether its pixels lie in several tiles.
    bool is_spread(Node node) const { return is_spread_[node]; }
    /// The first node that begins in a tile, counted as `for_each_tile` does, or the number of nodes.
    Node begin(std::size_t tile) const { return begin_[tile]; }

private:
    void find_best(const FixedGrid& grid, bool is_local) {
        grid.for_each_row([this](std::size_t first, std::size_t other, const std::int32_t* values, std::size_t count) {
            for (const std::size_t start : {first, other}) {
                std::int32_t* const best = best_.data() + start;
                for (std::size_t index = 0; index < count; ++index) {
                    best[index] = std::max(best[index], values[index]);
                }
            }
        });
        if (!is_local && !best_.empty()) {
            std::ranges::fill(best_, *std::ranges::max_element(best_));
        }
    }

    /// Unite the pixels of edges that are best at both; block those that have a better one than their partner does.
    void unite_best(const FixedGrid& grid, std::int64_t threshold, UnionFind& sets) {
        grid.for_each_row([&](std::size_t first, std::size_t other, const std::int32_t* values, std::size_t count) {
            for (std::size_t index = 0; index < count; ++index) {
                const std::size_t u = first + index, v = other + index;
                const bool is_best_at_u = values[index] == best_[u], is_best_at_v = values[index] == best_[v];
                if (!(is_best_at_u | is_best_at_v) || values[index] <= threshold) {
                    continue;
                }
                if (is_best_at_u & is_best_at_v) {
                    sets.unite(static_cast<Node>(u), static_cast<Node>(v));
                } else {
                    is_blocked_[is_best_at_u ? u : v] = true;
                }
            }
        });
        for (std::size_t pixel = 0; pixel < best_.size(); ++pixel) {
            if (is_blocked_[pixel]) {
                is_blocked_[sets.find(static_cast<Node>(pixel))] = true;
            }
        }
    }

    /// Number the nodes tile by tile. What is connected to a blocked pixel stays apart.
    void number(const FixedGrid& grid, UnionFind& sets, std::vector<Merge>* merges) {
        node_of_.resize(best_.size());
        is_several_.resize(best_.size());
        is_spread_.resize(best_.size());
        LargeVector<Node> node_of_root(best_.size(), UINT32_MAX);
        grid.for_each_tile([&](const Tile& tile) {
            begin_.push_back(n_nodes_);
            for (std::int64_t y = tile.top; y < tile.bottom; ++y) {
                for (std::size_t pixel = grid.index(0, y, tile.left); pixel < grid.index(0, y, tile.right); ++pixel) {
                    const Node root = sets.find(static_cast<Node>(pixel));
                    Node& node = node_of_root[is_blocked_[root] ? pixel : root];
                    if (node == UINT32_MAX) {
                        node = n_nodes_++;
                    } else {
                        is_several_[node] = true;
                        is_spread_[node] = is_spread_[node] || node < begin_.back();
                    }
                    node_of_[pixel] = node;
                    if (merges && root != pixel && !is_blocked_[root]) {
                        merges->push_back({root, static_cast<Node>(pixel), best_[pixel]});
                    }
                }
            }
        });
        begin_.push_back(n_nodes_);
        best_ = {};
    }

    LargeVector<std::int32_t> best_;  ///< of each pixel, the value of its best edge
    std::vector<bool> is_blocked_;
    Node n_nodes_ = 0;
    LargeVector<Node> node_of_;
    std::vector<bool> is_several_, is_spread_;
    std::vector<Node> begin_;
};

}  // namespace partitioners
