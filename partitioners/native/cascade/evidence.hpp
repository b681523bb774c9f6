// What several levels say of instances that were found. The same, bit by bit, as partitioners/reference/rescored.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cascade/instances.hpp"
#include "cascade/runs.hpp"
#include "support/prefetch.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// Return the mean of 1 − affinity over the pairs of pixels with one in a segment, 1…count, and one outside; 1 without any.
inline std::vector<double> border_certainty(std::span<const Run> runs, std::span<const std::int32_t> labels,
                                            Shape shape, std::span<const Offset> offsets, const Planes<float>& affinity,
                                            std::size_t count) {
    std::vector<double> different(count), sums(count);
    std::vector<std::int64_t> n_pairs(count);
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
            }
            std::ranges::transform(different, sums, different.begin(), std::plus<>());
            std::ranges::fill(sums, 0.0);
        }
    }
    for (std::size_t segment = 0; segment < count; ++segment) {
        different[segment] = n_pairs[segment] > 0 ? different[segment] / static_cast<double>(n_pairs[segment]) : 1;
    }
    return different;
}

/// Decide classes and scores of segments by `levels` of class probabilities, as `most_likely_things` takes them. A score is
/// that probability times two factors: the certainty of the border, and n / (n + small) for n pixels.
inline Instances rescore(std::span<const std::int32_t> labels, Shape shape, std::span<const Planes<float>> levels,
                         std::span<const bool> thing, std::span<const Offset> offsets, const Planes<float>& affinity,
                         double small) {
    const std::vector<Run> runs = segment_runs(labels, shape);
    Instances found = most_likely_things(runs, shape.width, levels, thing);
    const auto certainty = border_certainty(runs, labels, shape, offsets, affinity, found.pixels.size());
    for (std::size_t segment = 0; segment < certainty.size(); ++segment) {
        const auto pixels = static_cast<double>(found.pixels[segment]);
        double& score = found.scores[segment];
        score = std::clamp(score * certainty[segment] * (pixels / (pixels + small)), 0.0, 1.0);
    }
    return found;
}

}  // namespace partitioners
