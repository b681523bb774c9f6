// What several levels say of instances that were found. The same, bit by bit, as partitioners/reference/rescored.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include "cascade/instances.hpp"
#include "cascade/runs.hpp"
#include "linkage/fixed_point.hpp"
#include "support/prefetch.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// How sure affinities are of a segment: the mean over the pairs of pixels with both in it, in fixed point, times that of
/// 1 − affinity over those with one in it and one outside; a mean of none is 1.
inline std::vector<double> certainties(std::span<const Run> runs, std::span<const std::int32_t> labels, Shape shape,
                                       std::span<const Offset> offsets, const Planes<float>& affinity,
                                       std::size_t count) {
    std::vector<double> different(count), sums(count);
    std::vector<std::int64_t> n_pairs(count), inner(count), n_inner(count);
    struct Pair {
        std::size_t segment;
        const float* affinity;
    };
    std::vector<Pair> pairs;
    for (std::size_t channel = 0; channel < offsets.size(); ++channel) {
        const auto [dy, dx] = offsets[channel];
        for (const bool is_first : {true, false}) {  // of the pair
            pairs.clear();
            for (const Run& run : runs) {
                const auto segment = static_cast<std::size_t>(run.label - 1);
                const Partners partners = partners_of(run, is_first ? Offset{dy, dx} : Offset{-dy, -dx}, shape);
                const float* const values = &affinity[channel][is_first ? partners.pixel : partners.partner];
                if (is_first) {
                    inner[segment] +=
                        std::transform_reduce(values, values + partners.count, std::int64_t{0}, std::plus<>(),
                                              [](float value) { return fixed_point(static_cast<double>(value)); });
                    n_inner[segment] += static_cast<std::int64_t>(partners.count);
                }
                for (std::size_t i = 0; i < partners.count; ++i) {
                    if (const std::size_t at = partners.partner + i - run.start; at < run.length) {
                        i += run.length - at - 1;  // as many partners are in the run itself
                        continue;
                    }
                    if (labels[partners.partner + i] != run.label) {
                        prefetch(values + i);
                        pairs.push_back({segment, values + i});
                    }
                }
            }
            for (const Pair& pair : pairs) {
                sums[pair.segment] += static_cast<double>(1 - *pair.affinity);
                ++n_pairs[pair.segment];
                if (is_first) {  // it is no inner one
                    inner[pair.segment] -= fixed_point(static_cast<double>(*pair.affinity));
                    --n_inner[pair.segment];
                }
            }
            std::ranges::transform(different, sums, different.begin(), std::plus<>());
            std::ranges::fill(sums, 0.0);
        }
    }
    const auto mean = [](double total, std::int64_t n, double unit) {
        return n > 0 ? total / static_cast<double>(n) / unit : 1;
    };
    for (std::size_t segment = 0; segment < count; ++segment) {
        different[segment] = mean(static_cast<double>(inner[segment]), n_inner[segment], scale) *
                             mean(different[segment], n_pairs[segment], 1);
    }
    return different;
}

/// Decide classes and scores of segments by `levels` of class probabilities, as `most_likely_things` takes them. A score is
/// that probability times two factors: the certainty of the segment, and n / (n + small) for n pixels.
inline Instances rescore(std::span<const std::int32_t> labels, Shape shape, std::span<const Planes<float>> levels,
                         std::span<const bool> thing, std::span<const Offset> offsets, const Planes<float>& affinity,
                         double small) {
    const std::vector<Run> runs = segment_runs(labels, shape);
    Instances found = most_likely_things(runs, shape.width, levels, thing);
    const auto certainty = certainties(runs, labels, shape, offsets, affinity, found.pixels.size());
    for (std::size_t segment = 0; segment < certainty.size(); ++segment) {
        const auto pixels = static_cast<double>(found.pixels[segment]);
        double& score = found.scores[segment];
        score = std::clamp(score * certainty[segment] * (pixels / (pixels + small)), 0.0, 1.0);
    }
    return found;
}

}  // namespace partitioners
