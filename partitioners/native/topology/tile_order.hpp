// The pixels of a grid numbered tile by tile: those near each other have near numbers, so that work on a part of the
// image stays in the cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "topology/connected_components.hpp"
#include "topology/fixed_grid.hpp"

namespace partitioners {

/// A tile and its place along a curve through all tiles. Source: Morton, "A computer oriented geodetic data base", IBM 1966.
struct PlacedTile {
    Tile tile;
    std::uint64_t place;  ///< bit i of its position along each of three axes, from bit 3 i on
};

class TileOrder {
public:
    explicit TileOrder(const FixedGrid& grid) : node_of_(grid.n_pixels()) {
        grid.for_each_tile([&](const Tile& tile, const Triple& at) { tiles_.push_back({tile, interleaved(at)}); });
        std::ranges::sort(tiles_, {}, &PlacedTile::place);
        Node count = 0;
        for (const PlacedTile& placed : tiles_) {
            grid.for_each_pixel(placed.tile, [&](std::size_t pixel) { node_of_[pixel] = count++; });
        }
    }

    Node operator[](std::size_t pixel) const { return node_of_[pixel]; }

    const std::vector<PlacedTile>& tiles() const { return tiles_; }

    LargeVector<Node> pixels() const {
        LargeVector<Node> result(node_of_.size());
        for (std::size_t pixel = 0; pixel < node_of_.size(); ++pixel) {
            result[node_of_[pixel]] = static_cast<Node>(pixel);
        }
        return result;
    }

private:
    static std::uint64_t interleaved(const Triple& at) {
        std::uint64_t result = 0;
        for (std::size_t bit = 0; bit < 21; ++bit) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                result |= (static_cast<std::uint64_t>(at[axis]) >> bit & 1) << (3 * bit + 2 - axis);
            }
        }
        return result;
    }

    LargeVector<Node> node_of_;
    std::vector<PlacedTile> tiles_;
};

}  // namespace partitioners
