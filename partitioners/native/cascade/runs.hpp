// Label maps as runs: what lies side by side in a row and has one label is seen at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "topology/planes.hpp"

namespace partitioners {

/// `length` pixels from `start` on, in raster order.
struct Run {
    std::size_t start;
    std::uint32_t length;
    std::int32_t label;
};

/// Where the run that begins at `start` ends, at `stop` at the latest. Most runs are long: many pixels at a time.
inline std::size_t run_end(std::span<const std::int32_t> labels, std::size_t start, std::size_t stop) {
    constexpr std::size_t many = 16;
    const std::int32_t label = labels[start];
    std::size_t end = start + 1;
    for (std::int32_t differing = 0; end + many <= stop; end += many) {
        for (std::size_t i = 0; i < many; ++i) {
            differing |= labels[end + i] ^ label;
        }
        if (differing != 0) {
            break;
        }
    }
    while (end < stop && labels[end] == label) {
        ++end;
    }
    return end;
}

/// Call visit(run) for each run, in raster order.
template <class Visit>
void for_each_run(std::span<const std::int32_t> labels, Shape shape, Visit&& visit) {
    for (std::size_t row = 0; row < shape.size(); row += shape.width) {
        for (std::size_t start = row, end; start < row + shape.width; start = end) {
            end = run_end(labels, start, row + shape.width);
            visit(Run{start, static_cast<std::uint32_t>(end - start), labels[start]});
        }
    }
}

/// The runs of labels above 0.
inline std::vector<Run> segment_runs(std::span<const std::int32_t> labels, Shape shape) {
    std::vector<Run> runs;
    for_each_run(labels, shape, [&](const Run& run) {
        if (run.label > 0) {
            runs.push_back(run);
        }
    });
    return runs;
}

/// Those of a run's pixels that have a partner: the first of each, and how many follow each other.
struct Partners {
    std::size_t pixel, partner, count;
};

inline Partners partners_of(const Run& run, Offset offset, Shape shape) {
    const auto height = static_cast<std::int64_t>(shape.height), width = static_cast<std::int64_t>(shape.width);
    const auto start = static_cast<std::int64_t>(run.start), row = start / width, column = start % width;
    const std::int64_t left = std::max(column, -offset.dx), right = std::min(column + run.length, width - offset.dx);
    if (left >= right || row + offset.dy < 0 || row + offset.dy >= height) {
        return {0, 0, 0};
    }
    const std::int64_t pixel = row * width + left, partner = pixel + offset.dy * width + offset.dx;
    return {static_cast<std::size_t>(pixel), static_cast<std::size_t>(partner), static_cast<std::size_t>(right - left)};
}

/// How many pixels the segments 1…n have, one after the other; n is the largest label.
inline std::vector<std::int64_t> count_pixels(std::span<const Run> runs) {
    std::vector<std::int64_t> pixels;
    for (const Run& run : runs) {
        pixels.resize(std::max(pixels.size(), static_cast<std::size_t>(run.label)));
        pixels[static_cast<std::size_t>(run.label - 1)] += run.length;
    }
    return pixels;
}

}  // namespace partitioners
