// Where the most likely class is a thing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "planes.hpp"

namespace partitioners {

/// Of equally likely classes the first one counts. `thing` tells of each class (plane) whether it is one.
/// Blocks of pixels are small enough for the nearest cache, so that each probability is read from memory once.
inline void is_thing(const Planes<float>& semantic, std::span<const bool> thing, std::span<bool> result) {
    constexpr std::size_t block = 1024;
    std::array<std::array<float, block>, 2> best;  // of stuff, of things
    for (std::size_t start = 0; start < semantic.pixels; start += block) {
        const std::size_t count = std::min(block, semantic.pixels - start);
        for (auto& values : best) {
            values.fill(-1);
        }
        for (std::size_t channel = 0; channel < semantic.count; ++channel) {
            const float* values = semantic[channel].data() + start;
            float* highest = best[thing[channel]].data();
            for (std::size_t i = 0; i < count; ++i) {
                highest[i] = std::max(highest[i], values[i]);
            }
        }
        for (std::size_t i = 0; i < count; ++i) {
            result[start + i] = best[1][i] > best[0][i];
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (best[1][i] == best[0][i]) {
                std::size_t first = 0;
                while (first + 1 < semantic.count && semantic[first][start + i] != best[0][i]) {
                    ++first;
                }
                result[start + i] = thing[first];
            }
        }
    }
}

}  // namespace partitioners
