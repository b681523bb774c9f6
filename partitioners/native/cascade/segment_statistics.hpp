// What segments look like: size, bounding box, sums over their pixels. The same, bit by bit, as
// partitioners/reference/segments.py: sums are in double precision, and pixels are added in raster order.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cascade/runs.hpp"
#include "support/prefetch.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// Write (top, left, bottom, right) of each segment, bottom and right exclusive, one after the other.
inline void bounding_boxes(std::span<const Run> runs, std::size_t width, std::span<std::int64_t> boxes) {
    for (std::size_t start = 0; start < boxes.size(); start += 4) {
        std::ranges::copy(std::array<std::int64_t, 4>{INT64_MAX, INT64_MAX, -1, -1}, &boxes[start]);
    }
    for (const Run& run : runs) {
        const auto top = static_cast<std::int64_t>(run.start / width);
        const auto left = static_cast<std::int64_t>(run.start % width);
        std::int64_t* const box = &boxes[4 * static_cast<std::size_t>(run.label - 1)];
        box[0] = std::min(box[0], top);
        box[1] = std::min(box[1], left);
        box[2] = std::max(box[2], top + 1);
        box[3] = std::max(box[3], left + std::int64_t{run.length});
    }
}

/// Of each pixel of a run, where its values are: at the pixel itself.
inline auto own_places(const Run&) {
    return [](std::size_t pixel) { return pixel; };
}

/// Add `count` planes from `first` on. Several at once, as each sum waits for the one before; meanwhile comes what the next
/// run needs.
template <std::size_t count, class T, class Places>
void add_planes(std::span<const Run> runs, const Planes<T>& planes, std::size_t first, std::span<double> sums,
                Places&& places) {
    constexpr std::size_t line = 64 / sizeof(T);  // of the cache
    std::array<const T*, count> plane;
    for (std::size_t i = 0; i < count; ++i) {
        plane[i] = planes[first + i].data();
    }
    for (std::size_t index = 0; index < runs.size(); ++index) {
        const Run &run = runs[index], &next = runs[std::min(index + 1, runs.size() - 1)];
        const auto place = places(run), next_place = places(next);
        for (std::size_t pixel = next.start; pixel < next.start + next.length; pixel += line) {
            for (std::size_t i = 0; i < count; ++i) {
                prefetch(plane[i] + next_place(pixel));
            }
        }
        double* const total = &sums[static_cast<std::size_t>(run.label - 1) * planes.count + first];
        std::array<double, count> sum;
        std::copy_n(total, count, sum.begin());
        for (std::size_t pixel = run.start; pixel < run.start + run.length; ++pixel) {
            for (std::size_t i = 0; i < count; ++i) {
                sum[i] += static_cast<double>(plane[i][place(pixel)]);
            }
        }
        std::copy_n(sum.begin(), count, total);
    }
}

/// Write the sums of all planes, those of one segment next to each other; places(run)(pixel) tells where values are.
template <class T, class Places>
void segment_sums(std::span<const Run> runs, const Planes<T>& planes, std::span<double> sums, Places&& places) {
    std::ranges::fill(sums, 0.0);
    std::size_t first = 0;
    for (; first + 8 <= planes.count; first += 8) {
        add_planes<8>(runs, planes, first, sums, places);
    }
    for (; first + 2 <= planes.count; first += 2) {
        add_planes<2>(runs, planes, first, sums, places);
    }
    if (first < planes.count) {
        add_planes<1>(runs, planes, first, sums, places);
    }
}

/// The same over the segments' pixels. A segment without pixels has no mean: its values are not numbers.
template <class T>
void segment_means(std::span<const Run> runs, const Planes<T>& planes, std::span<const std::int64_t> pixels,
                   std::span<double> means) {
    segment_sums(runs, planes, means, own_places);
    for (std::size_t index = 0; index < means.size(); ++index) {
        means[index] /= static_cast<double>(pixels[index / planes.count]);
    }
}

}  // namespace partitioners
