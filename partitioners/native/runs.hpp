// Labels as runs: what lies side by side in a row and has one label is visited at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "planes.hpp"

namespace partitioners {

/// Pixels start…stop-1, in raster order, of segment `label - 1`.
struct Run {
    std::size_t start;
    std::uint32_t length;
    std::int32_t label;
};

/// Call visit(run) for each run of labels above 0, in raster order.
template <class Visit>
void for_each_run(std::span<const std::int32_t> labels, Shape shape, Visit&& visit) {
    for (std::size_t row = 0; row < shape.size(); row += shape.width) {
        for (std::size_t start = row, stop; start < row + shape.width; start = stop) {
            const std::int32_t label = labels[start];
            for (stop = start + 1; stop < row + shape.width && labels[stop] == label;) {
                ++stop;
            }
            if (label > 0) {
                visit(Run{start, static_cast<std::uint32_t>(stop - start), label});
            }
        }
    }
}

inline std::vector<Run> runs_of(std::span<const std::int32_t> labels, Shape shape) {
    std::size_t count = 0;
    for_each_run(labels, shape, [&](const Run&) { ++count; });
    std::vector<Run> runs;
    runs.reserve(count);
    for_each_run(labels, shape, [&](const Run& run) { runs.push_back(run); });
    return runs;
}

}  // namespace partitioners
