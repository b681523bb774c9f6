// Segments too small to have looks of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "association/association.hpp"
#include "cascade/runs.hpp"
#include "cascade/upsampling.hpp"
#include "topology/adjacency.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// Take segments under `small` pixels apart: each pixel joins a neighbour by greedy association, in raster order, or
/// becomes background. The other segments are numbered 1…k in the order that they had. Return the new runs.
inline std::vector<Run> join_small(std::span<const Run> runs, std::span<std::int32_t> labels,
                                   const Neighbourhood& neighbours, std::int64_t small, double threshold) {
    std::vector<std::int32_t> numbers;
    std::int32_t count = 0;
    for (const std::int64_t pixels : count_pixels(runs)) {
        numbers.push_back(pixels < small ? unlabelled : ++count);
    }
    std::vector<Run> result;  // pieces pixel by pixel
    std::vector<std::int64_t> pixels;
    for (const Run& run : runs) {
        const std::int32_t number = numbers[static_cast<std::size_t>(run.label - 1)];
        std::fill_n(&labels[run.start], run.length, number);
        if (number != unlabelled) {
            result.push_back({run.start, run.length, number});
            continue;
        }
        for (std::size_t pixel = run.start; pixel < run.start + run.length; ++pixel) {
            result.push_back({pixel, 1, unlabelled});
            pixels.push_back(static_cast<std::int64_t>(pixel));
        }
    }
    associate(neighbours, pixels, threshold, std::int32_t{1}, labels);
    for (Run& run : result) {
        run.label = labels[run.start] = std::max(labels[run.start], background);
    }
    std::erase_if(result, [](const Run& run) { return run.label == background; });
    return result;
}

}  // namespace partitioners
