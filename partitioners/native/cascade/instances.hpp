// From segments of the finest level to the instances of an image. The same as partitioners/reference/instances.py.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cascade/runs.hpp"
#include "cascade/segment_statistics.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// Leave out segments of fewer pixels than `min_size` and count the others from 1 on. Return how many there are.
inline std::int32_t keep_large(std::vector<Run>& runs, std::int64_t min_size) {
    std::vector<std::int64_t> pixels;
    for (const Run& run : runs) {
        pixels.resize(std::max(pixels.size(), static_cast<std::size_t>(run.label) + 1));
        pixels[static_cast<std::size_t>(run.label)] += run.length;
    }
    std::vector<std::int32_t> number(pixels.size());
    std::int32_t count = 0;
    for (std::size_t label = 1; label < pixels.size(); ++label) {
        number[label] = pixels[label] >= std::max<std::int64_t>(min_size, 1) ? ++count : 0;
    }
    for (Run& run : runs) {
        run.label = number[static_cast<std::size_t>(run.label)];
    }
    std::erase_if(runs, [](const Run& run) { return run.label == 0; });
    return count;
}

/// Of each segment, which of the classes (planes) that are things is the most likely in the mean, the first of equal
/// ones, and its mean probability. At least one is a thing.
inline void most_likely_things(std::span<const Run> runs, const Planes<float>& semantic, std::span<const bool> thing,
                               std::span<std::int64_t> classes, std::span<double> scores) {
    std::vector<std::int64_t> pixels(classes.size());
    std::vector<double> means(classes.size() * semantic.count);
    for (const Run& run : runs) {
        pixels[static_cast<std::size_t>(run.label - 1)] += run.length;
    }
    segment_means(runs, semantic, pixels, std::span(means));
    std::ranges::fill(scores, -1.0);
    for (std::size_t index = 0; index < means.size(); ++index) {
        const std::size_t segment = index / semantic.count, class_ = index % semantic.count;
        if (thing[class_] && means[index] > scores[segment]) {
            scores[segment] = means[index];
            classes[segment] = static_cast<std::int64_t>(class_);
        }
    }
}

/// Write labels at image size: each pixel of the level becomes stride × stride pixels, cropped.
inline void enlarge(std::span<const Run> runs, std::size_t width, std::size_t stride, Shape image,
                    std::span<std::int32_t> result) {
    auto run = runs.begin();
    for (std::size_t y = 0; y < image.height; ++y) {
        const auto row = result.subspan(y * image.width, image.width);
        if (y % stride != 0) {
            std::ranges::copy(result.subspan((y - 1) * image.width, image.width), row.begin());
            continue;
        }
        std::ranges::fill(row, 0);
        for (const std::size_t start = y / stride * width; run != runs.end() && run->start < start + width; ++run) {
            const std::size_t left = (run->start - start) * stride;
            const std::size_t right = std::min(left + run->length * stride, image.width);
            std::fill(row.begin() + static_cast<std::ptrdiff_t>(left), row.begin() + static_cast<std::ptrdiff_t>(right),
                      run->label);
        }
    }
}

}  // namespace partitioners
