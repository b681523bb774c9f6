// The affinities of an image's or a volume's pixels in fixed point.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/huge_pages.hpp"

namespace partitioners {

/// Numbers along (depth, height, width). An image is a volume of depth 1, a row one of height 1 as well.
using Triple = std::array<std::int64_t, 3>;

/// Affinities of pixel p and pixel p + offset: (offsets, depth, height, width) numbers, one after the other.
template <class Float>
struct GridView {
    Triple shape;
    std::span<const Triple> offsets;
    const Float* affinity;
    const bool* mask;  ///< (depth, height, width), which pixels take part; null: all

    std::int64_t n_pixels() const { return shape[0] * shape[1] * shape[2]; }
};

/// A box of pixels; `to` is exclusive.
struct Tile {
    Triple from, to;

    std::int64_t n_pixels() const { return (to[0] - from[0]) * (to[1] - from[1]) * (to[2] - from[2]); }
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
        : shape_(grid.shape),
          offsets_(grid.offsets),
          n_pixels_(static_cast<std::size_t>(grid.n_pixels())),
          values_(grid.offsets.size() * n_pixels_) {
        for (const auto& [dz, dy, dx] : offsets_) {  // none of a longer one is used, which might overflow
            const auto along = [&](std::size_t axis, std::int64_t step) {
                return std::clamp(step, -shape_[axis], shape_[axis]);
            };
            shifts_.push_back((along(0, dz) * shape_[1] + along(1, dy)) * shape_[2] + along(2, dx));
        }
        for (std::size_t k = 0; k < offsets_.size(); ++k) {
            for_each_row(
                {{0, 0, 0}, shape_}, [&](std::int64_t z, std::int64_t y) { fill_row(grid, k, z, y, convert); });
        }
    }

    std::size_t n_values() const { return values_.size(); }
    std::size_t n_pixels() const { return n_pixels_; }

    /// Call visit(offset, (z, y, x) of the first pixel, value, index of the edge) for each edge, in their order.
    template <class Visit>
    void for_each_edge(Visit&& visit) const {
        for (std::size_t k = 0; k < offsets_.size(); ++k) {
            for_each_row({{0, 0, 0}, shape_}, [&](std::int64_t z, std::int64_t y) {
                const std::size_t row = k * n_pixels_ + pixel(z, y, 0);
                for (std::int64_t x = 0; x < shape_[2]; ++x) {
                    if (const std::size_t index = row + static_cast<std::size_t>(x); values_[index] != no_edge) {
                        visit(k, Triple{z, y, x}, values_[index], static_cast<std::uint32_t>(index));
                    }
                }
            });
        }
    }

    /// The two pixels of an edge.
    std::pair<std::uint32_t, std::uint32_t> ends(std::uint32_t edge) const {
        const auto n_pixels = static_cast<std::uint32_t>(n_pixels_);
        const std::uint32_t first = edge % n_pixels;
        return {first, first + static_cast<std::uint32_t>(shifts_[edge / n_pixels])};
    }

    /// Call visit(pixel, other pixel, value, index of the edge) for each edge whose first pixel is in a tile.
    template <class Visit>
    void for_each_edge_from(const Tile& tile, Visit&& visit) const {
        for_each_row(tile, [&](std::int64_t z, std::int64_t y) {
            const std::size_t row = pixel(z, y, 0);
            for (auto x = static_cast<std::size_t>(tile.from[2]); x < static_cast<std::size_t>(tile.to[2]); ++x) {
                for (std::size_t k = 0; k < offsets_.size(); ++k) {
                    visit_edge(k, row + x, visit);
                }
            }
        });
    }

    /// The same for those whose second pixel, but not the first, is in a tile.
    template <class Visit>
    void for_each_edge_into(const Tile& tile, Visit&& visit) const {
        const auto is_in = [&](std::size_t axis, std::int64_t at) {
            return at >= tile.from[axis] && at < tile.to[axis];
        };
        for (std::size_t k = 0; k < offsets_.size(); ++k) {
            Tile first = tile;  // of the first pixels
            for (std::size_t axis = 0; axis < 3; ++axis) {
                first.from[axis] = std::max<std::int64_t>(0, tile.from[axis] - offsets_[k][axis]);
                first.to[axis] = std::min(shape_[axis], tile.to[axis] - offsets_[k][axis]);
            }
            for_each_row(first, [&](std::int64_t z, std::int64_t y) {
                const bool beside = is_in(0, z) && is_in(1, y);
                for (std::int64_t x = first.from[2]; x < first.to[2]; ++x) {
                    if (beside && is_in(2, x)) {
                        x = tile.to[2] - 1;  // those in the tile are passed over
                    } else {
                        visit_edge(k, pixel(z, y, x), visit);
                    }
                }
            });
        }
    }

    /// Call visit(tile, its position among all) for tiles that cover the grid: what belongs to one fits into the cache.
    template <class Visit>
    void for_each_tile(Visit&& visit) const {
        const Triple side = tile_side();
        Triple count;
        for (std::size_t axis = 0; axis < 3; ++axis) {
            count[axis] = (shape_[axis] + side[axis] - 1) / side[axis];
        }
        for_each_row({{0, 0, 0}, count}, [&](std::int64_t z, std::int64_t y) {
            for (std::int64_t x = 0; x < count[2]; ++x) {
                const Triple at{z, y, x};
                Tile tile;
                for (std::size_t axis = 0; axis < 3; ++axis) {
                    tile.from[axis] = at[axis] * side[axis];
                    tile.to[axis] = std::min(shape_[axis], tile.from[axis] + side[axis]);
                }
                visit(tile, at);
            }
        });
    }

    /// About how many times an edge crosses from one tile to the next, on average.
    double crossings() const {
        double sum = 0;
        for (const Triple& offset : offsets_) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                if (const auto side = tile_side()[axis]; side < shape_[axis]) {
                    sum += std::abs(static_cast<double>(offset[axis])) / static_cast<double>(side);
                }
            }
        }
        return sum / static_cast<double>(std::max<std::size_t>(offsets_.size(), 1));
    }

    /// Call visit(pixel) for each pixel of a tile, in raster order.
    template <class Visit>
    void for_each_pixel(const Tile& tile, Visit&& visit) const {
        for_each_row(tile, [&](std::int64_t z, std::int64_t y) {
            for (std::int64_t x = tile.from[2]; x < tile.to[2]; ++x) {
                visit(pixel(z, y, x));
            }
        });
    }

    /// Whether two offsets join the same two pixels.
    bool has_parallel() const {
        return std::ranges::any_of(offsets_, [this](const Triple& offset) {
            const Triple opposite{-offset[0], -offset[1], -offset[2]};
            return std::ranges::count(offsets_, offset) + std::ranges::count(offsets_, opposite) > 1;
        });
    }

private:
    Triple tile_side() const { return shape_[0] == 1 ? Triple{1, 128, 128} : Triple{16, 32, 32}; }

    std::size_t pixel(std::int64_t z, std::int64_t y, std::int64_t x) const {
        return static_cast<std::size_t>((z * shape_[1] + y) * shape_[2] + x);
    }

    /// Call visit(z, y) for each row of a tile.
    template <class Visit>
    static void for_each_row(const Tile& tile, Visit&& visit) {
        for (std::int64_t z = tile.from[0]; z < tile.to[0]; ++z) {
            for (std::int64_t y = tile.from[1]; y < tile.to[1]; ++y) {
                visit(z, y);
            }
        }
    }

    template <class Visit>
    void visit_edge(std::size_t k, std::size_t first, Visit&& visit) const {
        const std::size_t index = k * n_pixels_ + first;
        if (const std::int32_t value = values_[index]; value != no_edge) {
            visit(first, first + static_cast<std::size_t>(shifts_[k]), value, static_cast<std::uint32_t>(index));
        }
    }

    template <class Float, class Convert>
    void fill_row(const GridView<Float>& grid, std::size_t k, std::int64_t z, std::int64_t y, Convert convert) {
        const std::size_t start = pixel(z, y, 0);
        std::int32_t* const row = values_.data() + k * n_pixels_ + start;
        const Float* const affinity = grid.affinity + k * n_pixels_ + start;
        const bool* const mask = grid.mask ? grid.mask + start : nullptr;
        const auto [dz, dy, dx] = offsets_[k];
        const std::int64_t width = shape_[2], shift = shifts_[k];
        const bool is_inside = z + dz >= 0 && z + dz < shape_[0] && y + dy >= 0 && y + dy < shape_[1];
        const std::int64_t from = is_inside ? std::clamp<std::int64_t>(-dx, 0, width) : 0;
        const std::int64_t to = is_inside ? std::clamp<std::int64_t>(width - dx, 0, width) : 0;
        std::fill(row, row + width, no_edge);
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

    Triple shape_;
    std::span<const Triple> offsets_;
    std::vector<std::int64_t> shifts_;  ///< of each offset, from a pixel's number to its partner's
    std::size_t n_pixels_;
    LargeVector<std::int32_t> values_;
};

}  // namespace partitioners
