// An order of an image's pixels in which those near each other have near numbers, so that work on a part of the image
// stays in the cache: square tiles in raster order, each in raster order inside.
#pragma once

#include <algorithm>
#include <cstdint>

#include "connected_components.hpp"

namespace partitioners {

class TileOrder {
public:
    static constexpr std::int64_t side = 64;

    TileOrder(std::int64_t height, std::int64_t width) : height_(height), width_(width) {}

    Node operator()(std::int64_t y, std::int64_t x) const {
        const std::int64_t top = y / side * side, left = x / side * side;
        const std::int64_t rows = std::min(side, height_ - top), columns = std::min(side, width_ - left);
        return static_cast<Node>(top * width_ + rows * left + (y - top) * columns + x - left);
    }

    Node raster(std::int64_t y, std::int64_t x) const { return static_cast<Node>(y * width_ + x); }

    /// Call visit(y, x from, x to) for each row of each tile, so that numbers ascend.
    template <class Visit>
    void for_each_row(Visit&& visit) const {
        for (std::int64_t top = 0; top < height_; top += side) {
            for (std::int64_t left = 0; left < width_; left += side) {
                for (std::int64_t y = top; y < std::min(height_, top + side); ++y) {
                    visit(y, left, std::min(width_, left + side));
                }
            }
        }
    }

private:
    std::int64_t height_, width_;
};

}  // namespace partitioners
