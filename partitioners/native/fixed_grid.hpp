// The affinities of an image's pixels in fixed point.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "huge_pages.hpp"
#include "planes.hpp"

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

/// A rectangle of pixels; bottom and right are exclusive.
struct Tile {
    std::int64_t top, bottom, left, right;
};

/// The edges of a grid: of pixel p and the offset k, values[k * n_pixels + p], or `no_edge`. That is the order of the
/// edges of its graph.
class FixedGrid {
public:
    static constexpr std::int32_t no_edge = INT32_MIN;

    /// `convert` makes a fixed-point number below 2^31 of an affinity. Throws std::invalid_argument where an edge is
    /// not in [0, 1].
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

    std::size_t n_values() const { return values_.size(); }
    std::size_t n_pixels() const { return static_cast<std::size_t>(height_ * width_); }

    /// Call visit(pixel, other pixel, value, index of the edge) for each edge whose first pixel is in a tile.
    template <class Visit>
    void for_each_edge_from(const Tile& tile, Visit&& visit) const {
        for (std::int64_t y = tile.top; y < tile.bottom; ++y) {
            for (std::int64_t x = tile.left; x < tile.right; ++x) {
                for (std::size_t k = 0; k < offsets_.size(); ++k) {
                    visit_edge(k, y, x, visit);
                }
            }
        }
    }

    /// The same for those whose second pixel, but not the first, is in a tile.
    template <class Visit>
    void for_each_edge_into(const Tile& tile, Visit&& visit) const {
        for (std::size_t k = 0; k < offsets_.size(); ++k) {
            const auto [dy, dx] = offsets_[k];
            const Tile from{std::max<std::int64_t>(0, tile.top - dy), std::min(height_, tile.bottom - dy),
                            std::max<std::int64_t>(0, tile.left - dx), std::min(width_, tile.right - dx)};
            for (std::int64_t y = from.top; y < from.bottom; ++y) {
                const bool beside = y >= tile.top && y < tile.bottom;
                for (std::int64_t x = from.left; x < from.right; ++x) {
                    if (beside && x >= tile.left && x < tile.right) {
                        x = tile.right - 1;  // those in the tile are passed over
                    } else {
                        visit_edge(k, y, x, visit);
                    }
                }
            }
        }
    }

    /// Call visit(tile) for square tiles that cover the grid.
    template <class Visit>
    void for_each_tile(Visit&& visit) const {
        constexpr std::int64_t side = 128;  // so that what belongs to a tile fits into the cache
        for (std::int64_t top = 0; top < height_; top += side) {
            for (std::int64_t left = 0; left < width_; left += side) {
                visit(Tile{top, std::min(height_, top + side), left, std::min(width_, left + side)});
            }
        }
    }

    /// Whether two offsets join the same two pixels.
    bool has_parallel() const {
        return std::ranges::any_of(offsets_, [this](const Offset& one) {
            return std::ranges::count_if(offsets_, [&](const Offset& other) {
                       return (other.dy == one.dy && other.dx == one.dx) ||
                              (other.dy == -one.dy && other.dx == -one.dx);
                   }) > 1;
        });
    }

    std::size_t index(std::size_t k, std::int64_t y, std::int64_t x) const {
        return k * n_pixels() + static_cast<std::size_t>(y * width_ + x);
    }

private:
    template <class Visit>
    void visit_edge(std::size_t k, std::int64_t y, std::int64_t x, Visit&& visit) const {
        if (const std::int32_t value = values_[index(k, y, x)]; value != no_edge) {
            visit(index(0, y, x), index(0, y + offsets_[k].dy, x + offsets_[k].dx), value,
                  static_cast<std::uint32_t>(index(k, y, x)));
        }
    }

    struct Range {
        std::int64_t from, to;
    };

    /// The x of those pixels of a row that have a partner in the image.
    Range inside(std::size_t k, std::int64_t y) const {
        const auto [dy, dx] = offsets_[k];
        if (y + dy < 0 || y + dy >= height_) {
            return {0, 0};
        }
        return {std::clamp<std::int64_t>(-dx, 0, width_), std::clamp<std::int64_t>(width_ - dx, 0, width_)};
    }

    template <class Float, class Convert>
    void fill_row(const GridView<Float>& grid, std::size_t k, std::int64_t y, Convert convert) {
        std::int32_t* const row = values_.data() + index(k, y, 0);
        const Float* const affinity = grid.affinity + index(k, y, 0);
        const bool* const mask = grid.mask ? grid.mask + y * width_ : nullptr;
        const std::int64_t shift = offsets_[k].dy * width_ + offsets_[k].dx;
        const auto [from, to] = inside(k, y);
        std::fill(row, row + width_, no_edge);
        bool is_valid = true;
        for (std::int64_t x = from; x < to; ++x) {
            const bool is_edge = !mask || (mask[x] && mask[x + shift]);
            const double value = is_edge ? static_cast<double>(affinity[x]) : 0.0;
            is_valid &= value >= 0 && value <= 1;
            row[x] = is_edge ? static_cast<std::int32_t>(convert(value)) : no_edge;
        }
        if (!is_valid) {
            throw std::invalid_argument("affinity: expected values in [0, 1]");
        }
    }

    std::int64_t height_, width_;
    std::span<const Offset> offsets_;
    LargeVector<std::int32_t> values_;
};

}  // namespace partitioners
