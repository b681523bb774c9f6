// Labels from one pyramid level to the next finer one: Fig. 4 of Deep Affinity Net. The same as
// partitioners/reference/upsampling.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "topology/planes.hpp"

namespace partitioners {

constexpr std::int32_t background = 0, unlabelled = -1;

/// Write one row of the finer level. Each of its pixels has one neighbour to the side that comes from another label
/// than itself, and one above or below: that is `beyond`.
inline void upsample_row(std::span<const std::int32_t> labels, std::span<const std::int32_t> beyond,
                         std::span<const bool> is_thing, std::span<std::int32_t> result) {
    for (std::size_t x = 0; x < labels.size(); ++x) {
        const std::int32_t label = labels[x];
        const std::int32_t left = labels[x - (x > 0)], right = labels[x + (x + 1 < labels.size())];
        const bool inside = label == beyond[x];
        const auto write = [&](std::size_t at, std::int32_t beside) {
            const bool enters = label == background && is_thing[at];
            result[at] = inside && label == beside && !enters ? label : unlabelled;
        };
        write(2 * x, left);
        if (2 * x + 1 < result.size()) {
            write(2 * x + 1, right);
        }
    }
}

/// `labels` are those of ceil(height / 2) × ceil(width / 2) pixels, `is_thing` and `result` of `shape`.
inline void upsample(std::span<const std::int32_t> labels, std::span<const bool> is_thing, Shape shape,
                     std::span<std::int32_t> result) {
    const std::size_t height = (shape.height + 1) / 2, width = (shape.width + 1) / 2;
    for (std::size_t y = 0; y < shape.height; ++y) {
        const std::size_t row = y / 2;
        const std::size_t beyond = y % 2 == 0 ? row - (row > 0) : row + (row + 1 < height);
        upsample_row(labels.subspan(row * width, width), labels.subspan(beyond * width, width),
                     is_thing.subspan(y * shape.width, shape.width), result.subspan(y * shape.width, shape.width));
    }
}

}  // namespace partitioners
