// Contraction of the graph of an image's pixels, straight from its affinities.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "contraction.hpp"
#include "edges.hpp"
#include "fixed_point.hpp"
#include "planes.hpp"
#include "priority.hpp"
#include "tile_order.hpp"

namespace partitioners {

/// Affinities of pixel p and pixel p + offset: (offsets, height, width) numbers, one after the other.
template <class Float>
struct GridView {
    std::int64_t height, width;
    std::span<const Offset> offsets;
    const Float* affinity;
    const bool* mask;  ///< (height, width), which pixels take part; null: all

    std::int64_t n_pixels() const { return height * width; }
};

/// The edges of a grid in fixed point: of pixel p and the offset k, values[k * n_pixels + p], or `no_edge`.
class FixedGrid {
public:
    static constexpr std::int32_t no_edge = INT32_MIN;

    /// `convert` makes a fixed-point number below 2^31 of an affinity. Throws std::invalid_argument where an edge is not
    /// in [0, 1].
    template <class Float, class Convert>
    FixedGrid(const GridView<Float>& grid, Convert convert)
        : height_(grid.height),
          width_(grid.width),
          offsets_(grid.offsets),
          values_(grid.offsets.size() * static_cast<std::size_t>(grid.n_pixels())) {
        for (std::size_t k = 0; k < offsets_.size(); ++k) {
            for (std::int64_t y = 0; y < height_; ++y) {
                fill_row(grid, k, y, convert);
            }
        }
    }

    TileOrder order() const { return {height_, width_}; }
    std::int64_t n_pixels() const { return height_ * width_; }
    std::int32_t highest() const { return values_.empty() ? no_edge : *std::ranges::max_element(values_); }

    /// Call visit(pixel, other pixel, value) for each edge, pixels numbered in the order of tiles.
    template <class Visit>
    void for_each_edge(Visit&& visit) const {
        const TileOrder order = this->order();
        order.for_each_row([&](std::int64_t y, std::int64_t from, std::int64_t to) {
            const Node first = order(y, from);
            for (std::int64_t x = from; x < to; ++x) {
                for (std::size_t k = 0; k < offsets_.size(); ++k) {
                    const std::int32_t value = values_[index(k, y, x)];
                    if (value != no_edge) {
                        const auto [dy, dx] = offsets_[k];
                        visit(first + static_cast<Node>(x - from), order(y + dy, x + dx), value);
                    }
                }
            }
        });
    }

    /// Whether two offsets join the same two pixels.
    bool has_parallel() const {
        for (const auto [dy, dx] : offsets_) {
            if (std::ranges::count_if(offsets_, [=](const Offset& other) {
                    return (other.dy == dy && other.dx == dx) || (other.dy == -dy && other.dx == -dx);
                }) > 1) {
                return true;
            }
        }
        return false;
    }

private:
    std::size_t index(std::size_t k, std::int64_t y, std::int64_t x) const {
        return k * static_cast<std::size_t>(n_pixels()) + static_cast<std::size_t>(y * width_ + x);
    }

    template <class Float, class Convert>
    void fill_row(const GridView<Float>& grid, std::size_t k, std::int64_t y, Convert convert) {
        std::int32_t* const row = &values_[index(k, y, 0)];
        const auto [dy, dx] = offsets_[k];
        const bool is_inside = y + dy >= 0 && y + dy < height_;
        const std::int64_t from = is_inside ? std::clamp<std::int64_t>(-dx, 0, width_) : width_;
        const std::int64_t to = is_inside ? std::max(from, std::clamp<std::int64_t>(width_ - dx, 0, width_)) : width_;
        std::fill(row, row + from, no_edge);
        std::fill(row + to, row + width_, no_edge);
        const Float* const affinity = grid.affinity + index(k, y, 0);
        for (std::int64_t x = from; x < to; ++x) {
            row[x] = static_cast<std::int32_t>(convert(static_cast<double>(affinity[x])));
        }
        bool is_valid = true;
        for (std::int64_t x = from; !grid.mask && x < to; ++x) {
            is_valid &= affinity[x] >= 0 && affinity[x] <= 1;
        }
        for (std::int64_t x = from; grid.mask && x < to; ++x) {
            if (!grid.mask[y * width_ + x] || !grid.mask[(y + dy) * width_ + x + dx]) {
                row[x] = no_edge;
            } else {
                is_valid &= affinity[x] >= 0 && affinity[x] <= 1;
            }
        }
        if (!is_valid) {
            throw std::invalid_argument("affinity: expected values in [0, 1]");
        }
    }

    std::int64_t height_, width_;
    std::span<const Offset> offsets_;
    LargeVector<std::int32_t> values_;
};

/// What the pixels of a grid are after the first step of a contraction, which one pass over the edges does: those that
/// are tied at the highest value are one node.
class Plateaus {
public:
    Plateaus(const FixedGrid& grid, std::int64_t threshold) : height(grid.highest()) {
        UnionFind sets(static_cast<std::size_t>(grid.n_pixels()));
        if (height > threshold && !grid.has_parallel()) {
            grid.for_each_edge([&](Node pixel, Node other, std::int32_t value) {
                if (value == height) {
                    sets.unite(pixel, other);
                }
            });
        }
        node_of_ = std::move(sets).numbers(n_nodes_);
    }

    Node n_nodes() const { return n_nodes_; }
    Node operator[](Node pixel) const { return node_of_[pixel]; }

    const std::int32_t height;

private:
    Node n_nodes_ = 0;
    LargeVector<Node> node_of_;
};

/// The graph of a grid's plateaus.
template <class Linkage>
LiveGraph<typename Linkage::Edge> live_graph(const FixedGrid& grid, const Plateaus& nodes) {
    const auto for_each_edge = [&](auto&& visit) {
        grid.for_each_edge([&](Node pixel, Node other, std::int32_t value) {
            if (nodes[pixel] != nodes[other]) {
                visit(nodes[pixel], nodes[other], value);
            }
        });
    };
    std::size_t n_edges = 0;
    for_each_edge([&](Node, Node, std::int32_t) { ++n_edges; });
    LiveGraph<typename Linkage::Edge> live(nodes.n_nodes(), n_edges);
    for_each_edge([&](Node u, Node v, std::int32_t value) { live.add(u, v, {value, 1}); });
    if (nodes.n_nodes() < grid.n_pixels() || grid.has_parallel()) {
        join_parallel<Linkage>(live);
    }
    return live;
}

/// Between pixels in raster order, what was recorded between nodes: first the merges inside plateaus.
inline std::vector<Merge> merges_of_pixels(const Plateaus& nodes, const TileOrder& order, std::vector<Merge> merges) {
    std::vector<Node> pixel_of(nodes.n_nodes(), UINT32_MAX);
    std::vector<Merge> result;
    Node pixel = 0;
    order.for_each_row([&](std::int64_t y, std::int64_t from, std::int64_t to) {
        for (std::int64_t x = from; x < to; ++x, ++pixel) {
            const Node here = order.raster(y, x);
            if (Node& first = pixel_of[nodes[pixel]]; first == UINT32_MAX) {
                first = here;
            } else {
                result.push_back({first, here, nodes.height});
            }
        }
    });
    for (const auto& [u, v, height] : merges) {
        result.push_back({pixel_of[u], pixel_of[v], height});
    }
    return result;
}

/// Write into `labels` for each pixel its part, 0…k-1 in the order of their first pixels; record the merges if asked to.
template <class Linkage, class Float>
void contract_grid(const GridView<Float>& view, std::int64_t threshold, std::span<std::int64_t> labels,
                   std::vector<Merge>* merges = nullptr) {
    using Priority = ByAffinity<Linkage>;
    auto fixed = std::make_optional<FixedGrid>(view, [](double affinity) { return Linkage::fixed(affinity); });
    const Plateaus nodes(*fixed, threshold);
    auto live = live_graph<Linkage>(*fixed, nodes);
    fixed.reset();  // its memory is needed
    const LargeVector<Node> root = Contraction<Linkage, Priority>(std::move(live), {}, threshold, merges).run();
    const TileOrder order(view.height, view.width);
    std::vector<Node> number(nodes.n_nodes(), UINT32_MAX);
    Node count = 0;
    for (std::int64_t y = 0; y < view.height; ++y) {
        for (std::int64_t x = 0; x < view.width; ++x) {
            Node& label = number[root[nodes[order(y, x)]]];
            if (label == UINT32_MAX) {
                label = count++;
            }
            labels[order.raster(y, x)] = label;
        }
    }
    if (merges) {
        *merges = merges_of_pixels(nodes, order, std::move(*merges));
    }
}

}  // namespace partitioners
