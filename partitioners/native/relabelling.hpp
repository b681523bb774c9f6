// Label maps renumbered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace partitioners {

/// Unite segments: pixels of segment `label - 1` get the number of parts[label - 1], counted from 1 by first pixel.
/// Background (0), unlabelled pixels (-1) and segments of a negative part become background. Parts lie below the
/// number of segments.
inline void relabel(std::span<const std::int32_t> labels, std::span<const std::int64_t> parts,
                    std::span<std::int32_t> result) {
    std::vector<std::int32_t> number(parts.size());
    std::int32_t count = 0;
    for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
        const std::int64_t part = labels[pixel] > 0 ? parts[static_cast<std::size_t>(labels[pixel] - 1)] : -1;
        if (part < 0) {
            result[pixel] = 0;
            continue;
        }
        std::int32_t& known = number[static_cast<std::size_t>(part)];
        result[pixel] = known == 0 ? known = ++count : known;
    }
}

}  // namespace partitioners
