// Segments too small to have looks of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "association/association.hpp"
#include "cascade/relabelling.hpp"
#include "cascade/runs.hpp"
#include "cascade/upsampling.hpp"
#include "topology/adjacency.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// Take segments under `small` pixels apart: each pixel joins a neighbour by greedy association, in raster order, or
/// becomes background. Segments are numbered 1…k by their first pixels in the end.
inline void join_small(std::span<std::int32_t> labels, Shape shape, const Neighbourhood& neighbours, std::int64_t small,
                       double threshold) {
    std::vector<std::int64_t> sizes;
    for_each_run(labels, shape, [&](const Run& run) {
        const auto label = static_cast<std::size_t>(std::max(run.label, background));
        sizes.resize(std::max(sizes.size(), label + 1));
        sizes[label] += run.length;
    });
    std::vector<std::int64_t> pixels;
    for_each_run(labels, shape, [&](const Run& run) {
        if (run.label > background && sizes[static_cast<std::size_t>(run.label)] < small) {
            std::fill_n(&labels[run.start], run.length, unlabelled);
            for (std::size_t pixel = run.start; pixel < run.start + run.length; ++pixel) {
                pixels.push_back(static_cast<std::int64_t>(pixel));
            }
        }
    });
    associate(neighbours, pixels, threshold, std::int32_t{1}, labels);
    std::vector<std::int64_t> parts(sizes.empty() ? 0 : sizes.size() - 1);
    std::iota(parts.begin(), parts.end(), 0);
    relabel(labels, shape, parts, labels);
}

}  // namespace partitioners
