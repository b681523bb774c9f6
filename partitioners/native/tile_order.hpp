// The pixels of a grid numbered tile by tile: those near each other have near numbers, so that work on a part of the
// image stays in the cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "connected_components.hpp"
#include "fixed_grid.hpp"

namespace partitioners {

class TileOrder {
public:
    explicit TileOrder(const FixedGrid& grid) : node_of_(grid.n_pixels()) {
        Node count = 0;
        grid.for_each_tile([&](const Tile& tile) {
            grid.for_each_pixel(tile, [&](std::size_t pixel) { node_of_[pixel] = count++; });
        });
    }

    Node operator[](std::size_t pixel) const { return node_of_[pixel]; }

    LargeVector<Node> pixels() const {
        LargeVector<Node> result(node_of_.size());
        for (std::size_t pixel = 0; pixel < node_of_.size(); ++pixel) {
            result[node_of_[pixel]] = static_cast<Node>(pixel);
        }
        return result;
    }

private:
    LargeVector<Node> node_of_;
};

}  // namespace partitioners
