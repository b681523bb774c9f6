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
/// becomes background. The other segments are numbered 1…k in the order that they had.
inline void join_small(std::span<std::int32_t> labels, Shape shape, const Neighbourhood& neighbours, std::int64_t small,
                       double threshold) {
    const std::vector<Run> runs = segment_runs(labels, shape);
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(std::ranges::max(labels)) + 1);
    for (const Run& run : runs) {
        sizes[static_cast<std::size_t>(run.label)] += run.length;
    }
    std::vector<std::int32_t> numbers(sizes.size());
    std::int32_t count = 0;
    for (std::size_t label = 1; label < sizes.size(); ++label) {
        numbers[label] = sizes[label] < small ? unlabelled : ++count;
    }
    std::vector<std::int64_t> pixels;
    for (const Run& run : runs) {
        const std::int32_t number = numbers[static_cast<std::size_t>(run.label)];
        std::fill_n(&labels[run.start], run.length, number);
        for (std::size_t pixel = run.start; number == unlabelled && pixel < run.start + run.length; ++pixel) {
            pixels.push_back(static_cast<std::int64_t>(pixel));
        }
    }
    associate(neighbours, pixels, threshold, std::int32_t{1}, labels);
    for (const std::int64_t pixel : pixels) {
        std::int32_t& label = labels[static_cast<std::size_t>(pixel)];
        label = std::max(label, background);
    }
}

}  // namespace partitioners
