// Label maps as runs: what lies side by side in a row and has one label is seen at once.
#pragma once

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
    for (bool differs = false; end + many <= stop; end += many) {
        for (std::size_t i = 0; i < many; ++i) {
            differs |= labels[end + i] != label;
        }
        if (differs) {
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

}  // namespace partitioners
