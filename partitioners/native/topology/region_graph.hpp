// The graph of a level whose inherited segments are contracted: what lies inside of them needs no edges.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "topology/planes.hpp"

namespace partitioners {

/// Call visit(channel, pixel, partner, count) for each row of pixels whose partners are in the image, in raster order
/// per channel: the first of each, and how many follow each other.
template <class Visit>
void for_each_row(std::span<const Offset> offsets, Shape shape, Visit&& visit) {
    const auto height = static_cast<std::int64_t>(shape.height), width = static_cast<std::int64_t>(shape.width);
    for (std::size_t channel = 0; channel < offsets.size(); ++channel) {
        const auto [dy, dx] = offsets[channel];
        const std::int64_t left = std::max<std::int64_t>(0, -dx), right = std::min(width, width - dx);
        for (std::int64_t y = std::max<std::int64_t>(0, -dy); left < right && y < std::min(height, height - dy); ++y) {
            const std::int64_t pixel = y * width + left, partner = pixel + dy * width + dx;
            visit(channel, static_cast<std::size_t>(pixel), static_cast<std::size_t>(partner),
                  static_cast<std::size_t>(right - left));
        }
    }
}

/// Write the node of each pixel, from 1 on: its segment, or after all segments the unlabelled pixels in raster order;
/// 0 for background. Return the number of nodes. `nodes` may be `labels`.
inline std::int32_t number_nodes(std::span<const std::int32_t> labels, std::span<std::int32_t> nodes) {
    std::int32_t count = 0;
    for (const std::int32_t label : labels) {
        count = std::max(count, label);
    }
    constexpr std::size_t many = 64;  // where most pixels have a label, many are passed over at once
    for (std::size_t start = 0; start < labels.size(); start += many) {
        const std::size_t stop = std::min(start + many, labels.size());
        std::int32_t least = 0;
        for (std::size_t pixel = start; pixel < stop; ++pixel) {
            least = std::min(least, labels[pixel]);
            nodes[pixel] = labels[pixel];
        }
        for (std::size_t pixel = start; least < 0 && pixel < stop; ++pixel) {
            nodes[pixel] = labels[pixel] < 0 ? ++count : labels[pixel];
        }
    }
    return count;
}

/// Whether an edge links two nodes.
inline bool are_linked(std::int32_t first, std::int32_t second) {
    return (first > 0) & (second > 0) & (first != second);
}

inline std::size_t count_linked(const std::int32_t* first, const std::int32_t* second, std::size_t count) {
    std::int32_t linked = 0;
    for (std::size_t i = 0; i < count; ++i) {
        linked += are_linked(first[i], second[i]);
    }
    return static_cast<std::size_t>(linked);
}

inline std::size_t count_edges(std::span<const std::int32_t> nodes, std::span<const Offset> offsets, Shape shape) {
    std::size_t edges = 0;
    for_each_row(offsets, shape, [&](std::size_t, std::size_t pixel, std::size_t partner, std::size_t count) {
        edges += count_linked(&nodes[pixel], &nodes[partner], count);
    });
    return edges;
}

/// Write the two ends of each edge between different nodes, parallel ones kept, and its weight; nodes count from 0.
inline void write_edges(std::span<const std::int32_t> nodes, const Planes<float>& affinity,
                        std::span<const Offset> offsets, Shape shape, std::span<std::int64_t> ends,
                        std::span<float> weights) {
    constexpr std::size_t many = 64;  // most pixels have no edge: many are passed over at once
    std::size_t edge = 0;
    for_each_row(offsets, shape, [&](std::size_t channel, std::size_t pixel, std::size_t partner, std::size_t count) {
        for (std::size_t start = 0; start < count; start += many) {
            const std::size_t stop = std::min(start + many, count);
            if (count_linked(&nodes[pixel + start], &nodes[partner + start], stop - start) == 0) {
                continue;
            }
            for (std::size_t i = start; i < stop; ++i) {
                const std::int32_t first = nodes[pixel + i], second = nodes[partner + i];
                if (are_linked(first, second)) {
                    ends[2 * edge] = first - 1;
                    ends[2 * edge + 1] = second - 1;
                    weights[edge++] = affinity[channel][pixel + i];
                }
            }
        }
    });
}

}  // namespace partitioners
