// The graph of a level whose inherited segments are contracted: what lies inside of them needs no edges.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "planes.hpp"

namespace partitioners {

/// From each pixel to its partner: rows, columns.
using Offset = std::array<std::int64_t, 2>;

/// Call visit(channel, pixel, partner) for each pair of pixels in the image, in raster order per channel.
template <class Visit>
void for_each_pair(std::span<const Offset> offsets, Shape shape, Visit&& visit) {
    const auto height = static_cast<std::int64_t>(shape.height), width = static_cast<std::int64_t>(shape.width);
    for (std::size_t channel = 0; channel < offsets.size(); ++channel) {
        const auto [dy, dx] = offsets[channel];
        const std::int64_t bottom = std::min(height, height - dy), right = std::min(width, width - dx);
        for (std::int64_t y = std::max<std::int64_t>(0, -dy); y < bottom; ++y) {
            for (std::int64_t x = std::max<std::int64_t>(0, -dx); x < right; ++x) {
                const std::int64_t pixel = y * width + x;
                visit(channel, static_cast<std::size_t>(pixel), static_cast<std::size_t>(pixel + dy * width + dx));
            }
        }
    }
}

/// Write the node of each pixel, from 1 on: its segment, or after all segments the unlabelled pixels in raster order;
/// 0 for background. Return the number of nodes.
inline std::int32_t number_nodes(std::span<const std::int32_t> labels, std::span<std::int32_t> nodes) {
    std::int32_t count = std::max(0, *std::ranges::max_element(labels));
    for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
        nodes[pixel] = labels[pixel] < 0 ? ++count : labels[pixel];
    }
    return count;
}

inline bool are_linked(std::int32_t first, std::int32_t second) { return first > 0 && second > 0 && first != second; }

inline std::size_t count_edges(std::span<const std::int32_t> nodes, std::span<const Offset> offsets, Shape shape) {
    std::size_t count = 0;
    for_each_pair(offsets, shape, [&](std::size_t, std::size_t pixel, std::size_t partner) {
        count += are_linked(nodes[pixel], nodes[partner]);
    });
    return count;
}

/// Write the two ends of each edge between different nodes, parallel ones kept, and its weight. Nodes count from 0 here.
inline void write_edges(std::span<const std::int32_t> nodes, const Planes<float>& affinity,
                        std::span<const Offset> offsets, Shape shape, std::span<std::int64_t> ends,
                        std::span<float> weights) {
    std::size_t count = 0;
    for_each_pair(offsets, shape, [&](std::size_t channel, std::size_t pixel, std::size_t partner) {
        if (are_linked(nodes[pixel], nodes[partner])) {
            ends[2 * count] = nodes[pixel] - 1;
            ends[2 * count + 1] = nodes[partner] - 1;
            weights[count++] = affinity[channel][pixel];
        }
    });
}

}  // namespace partitioners
