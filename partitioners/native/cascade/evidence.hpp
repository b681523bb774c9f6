// What several levels say of instances that were found. The same, bit by bit, as partitioners/reference/rescored.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cascade/runs.hpp"
#include "cascade/segment_statistics.hpp"
#include "support/prefetch.hpp"
#include "topology/planes.hpp"
#include "topology/region_graph.hpp"

namespace partitioners {

/// Add, to the means of each segment, those over its pixels on a level that is `halvings` times as coarse, each of whose
/// pixels stands for all of those below it. `width` is that of the finest level, `coarse` that of this one.
inline void add_means(std::span<const Run> runs, std::size_t width, const Planes<float>& semantic, std::size_t coarse,
                      std::size_t halvings, std::span<const std::int64_t> pixels, std::span<double> means) {
    std::vector<double> sums(means.size());
    segment_sums(runs, semantic, std::span(sums), [&](const Run& run) {
        const std::size_t row = run.start / width, left = row * width;
        return [=](std::size_t pixel) { return (row >> halvings) * coarse + ((pixel - left) >> halvings); };
    });
    for (std::size_t index = 0; index < means.size(); ++index) {
        means[index] += sums[index] / static_cast<double>(pixels[index / semantic.count]);
    }
}

/// Where two rows of labels next differ, from `start` on, or `stop`. Most pixels have neighbours of their own label: many
/// at a time.
inline std::size_t next_difference(const std::int32_t* first, const std::int32_t* second, std::size_t start,
                                   std::size_t stop) {
    constexpr std::size_t many = 16;
    for (bool differs = false; start + many <= stop; start += many) {
        for (std::size_t i = start; i < start + many; ++i) {
            differs |= first[i] != second[i];
        }
        if (differs) {
            break;
        }
    }
    while (start < stop && first[start] == second[start]) {
        ++start;
    }
    return start;
}

/// Write the mean of 1 − affinity over the pairs of pixels with one in a segment, 1…n, and one outside; 1 without any.
inline void border_certainty(std::span<const std::int32_t> labels, Shape shape, std::span<const Offset> offsets,
                             const Planes<float>& affinity, std::span<double> certainty) {
    const std::size_t count = certainty.size() + 1;
    std::vector<double> different(count), of_first(count), of_second(count);
    std::vector<std::int64_t> n_pairs(count);
    struct Pair {
        std::size_t first, second;
        const float* affinity;
    };
    std::vector<Pair> pairs;
    for (std::size_t channel = 0; channel < offsets.size(); ++channel) {
        pairs.clear();
        for_each_row(offsets.subspan(channel, 1), shape,
                     [&](std::size_t, std::size_t pixel, std::size_t partner, std::size_t n_pixels) {
                         const float* const values = &affinity[channel][pixel];
                         const std::int32_t *const first = &labels[pixel], *const second = &labels[partner];
                         const auto next = [&](std::size_t i) { return next_difference(first, second, i, n_pixels); };
                         for (std::size_t i = next(0); i < n_pixels; i = next(i + 1)) {
                             prefetch(values + i);
                             pairs.push_back(
                                 {static_cast<std::size_t>(first[i]), static_cast<std::size_t>(second[i]), values + i});
                         }
                     });
        for (const Pair& pair : pairs) {
            const auto difference = static_cast<double>(1 - *pair.affinity);
            of_first[pair.first] += difference;
            of_second[pair.second] += difference;
            ++n_pairs[pair.first];
            ++n_pairs[pair.second];
        }
        for (std::vector<double>* const sums : {&of_first, &of_second}) {
            std::ranges::transform(different, *sums, different.begin(), std::plus<>());
            std::ranges::fill(*sums, 0.0);
        }
    }
    for (std::size_t label = 1; label < count; ++label) {
        certainty[label - 1] = n_pairs[label] > 0 ? different[label] / static_cast<double>(n_pairs[label]) : 1;
    }
}

}  // namespace partitioners
