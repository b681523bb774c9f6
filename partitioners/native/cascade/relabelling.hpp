// Label maps renumbered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cascade/runs.hpp"
#include "topology/planes.hpp"

namespace partitioners {

/// Unite segments: in `runs` and at their pixels in `labels`, `label` becomes the number of parts[label - 1], counted from 1
/// by first pixel, or background (0) where that part is negative. Parts lie below the number of segments.
inline void relabel(std::vector<Run>& runs, Shape shape, std::span<const std::int64_t> parts,
                    std::span<std::int32_t> labels) {
    std::vector<std::int32_t> numbers(parts.size());
    std::int32_t count = 0;
    std::vector<Run> united;
    for (const Run& run : runs) {
        const std::int64_t part = parts[static_cast<std::size_t>(run.label - 1)];
        std::int32_t number = 0;
        if (part >= 0) {
            std::int32_t& known = numbers[static_cast<std::size_t>(part)];
            number = known == 0 ? known = ++count : known;
        }
        std::fill_n(&labels[run.start], run.length, number);
        const bool goes_on = !united.empty() && united.back().label == number && run.start % shape.width != 0 &&
                             united.back().start + united.back().length == run.start;
        if (goes_on) {
            united.back().length += run.length;
        } else if (number > 0) {
            united.push_back({run.start, run.length, number});
        }
    }
    runs = std::move(united);
}

/// Number labels 0…k-1 by first occurrence; negative ones become -1.
inline void renumber(std::span<const std::int64_t> labels, std::span<std::int64_t> result) {
    std::int64_t count = 0;
    const auto write = [&](auto&& number) {  // of each label, its number plus 1
        for (std::size_t index = 0; index < labels.size(); ++index) {
            result[index] = -1;
            if (labels[index] >= 0) {
                std::int64_t& known = number[static_cast<std::size_t>(labels[index])];
                result[index] = (known == 0 ? known = ++count : known) - 1;
            }
        }
    };
    std::int64_t largest = 0;
    for (const std::int64_t label : labels) {
        largest = std::max(largest, label);
    }
    if (static_cast<std::size_t>(largest) / 2 > labels.size()) {
        write(std::unordered_map<std::size_t, std::int64_t>());
    } else {
        write(std::vector<std::int64_t>(static_cast<std::size_t>(largest) + 1));
    }
}

}  // namespace partitioners
