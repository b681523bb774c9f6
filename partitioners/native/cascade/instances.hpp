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
    std::vector<std::int32_t> numbers;
    std::int32_t count = 0;
    for (const std::int64_t pixels : count_pixels(runs)) {
        numbers.push_back(pixels >= std::max<std::int64_t>(min_size, 1) ? ++count : 0);
    }
    for (Run& run : runs) {
        run.label = numbers[static_cast<std::size_t>(run.label - 1)];
    }
    std::erase_if(runs, [](const Run& run) { return run.label == 0; });
    return count;
}

/// What is known of instances 1…n.
struct Instances {
    std::vector<std::int64_t> pixels;
    std::vector<std::int32_t> classes;
    std::vector<double> scores;
};

/// The mean probability of each class over each segment, those of one segment next to each other, averaged over `levels`,
/// finest first, each of half the height and width of the one before, rounded up: one of its pixels stands for all of those
/// below it. `width` is that of the finest.
inline std::vector<double> class_means(std::span<const Run> runs, std::size_t width,
                                       std::span<const Planes<float>> levels, std::span<const std::int64_t> pixels) {
    const std::size_t n_classes = levels.front().count;
    std::vector<double> means(pixels.size() * n_classes), sums(means.size());
    for (std::size_t halvings = 0, coarse = width; halvings < levels.size(); ++halvings, coarse = (coarse + 1) / 2) {
        segment_sums(runs, levels[halvings], std::span(sums), [=](const Run& run) {
            const std::size_t row = run.start / width, left = row * width;
            return [=](std::size_t pixel) { return (row >> halvings) * coarse + ((pixel - left) >> halvings); };
        });
        for (std::size_t index = 0; index < means.size(); ++index) {
            means[index] += sums[index] / static_cast<double>(pixels[index / n_classes]);
        }
    }
    for (double& mean : means) {
        mean /= static_cast<double>(levels.size());
    }
    return means;
}

/// Which of the classes (planes) that are things, one at least, is the most likely in the mean of `levels`, the first of
/// equal ones, and as score its probability.
inline Instances most_likely_things(std::span<const Run> runs, std::size_t width, std::span<const Planes<float>> levels,
                                    std::span<const bool> thing) {
    const auto first = static_cast<std::size_t>(std::ranges::find(thing, true) - thing.begin());
    std::size_t stop = thing.size();
    while (stop > first && !thing[stop - 1]) {
        --stop;
    }
    std::vector<Planes<float>> parts;  // other classes are not read
    for (const Planes<float>& level : levels) {
        parts.push_back({level.data + first * level.pixels, stop - first, level.pixels});
    }
    Instances found{count_pixels(runs), {}, {}};
    found.classes.resize(found.pixels.size());
    found.scores.resize(found.pixels.size(), -1.0);
    const std::vector<double> means = class_means(runs, width, parts, found.pixels);
    auto mean = means.begin();
    for (std::size_t segment = 0; segment < found.pixels.size(); ++segment) {
        for (std::size_t class_ = first; class_ < stop; ++class_, ++mean) {
            if (thing[class_] && *mean > found.scores[segment]) {
                found.scores[segment] = *mean;
                found.classes[segment] = static_cast<std::int32_t>(class_);
            }
        }
    }
    return found;
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
