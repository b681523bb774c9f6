// Where the most likely class is a thing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "topology/planes.hpp"

namespace partitioners {

/// The class of a pixel, of equally likely ones the first.
inline std::size_t most_likely_class(const Planes<float>& semantic, std::size_t pixel, float probability) {
    std::size_t channel = 0;
    while (channel + 1 < semantic.count && semantic[channel][pixel] != probability) {
        ++channel;
    }
    return channel;
}

/// `thing` tells of each class (plane) whether it is one. Block by block, so that each probability is read from memory
/// once and the largest ones so far are in the cache.
inline void is_thing(const Planes<float>& semantic, std::span<const bool> thing, std::span<bool> result) {
    constexpr std::size_t block = 8192;
    std::array<float, block> stuff, things;
    for (std::size_t start = 0; start < semantic.pixels; start += block) {
        const std::size_t count = std::min(block, semantic.pixels - start);
        stuff.fill(-1);
        things.fill(-1);
        for (std::size_t channel = 0; channel < semantic.count; ++channel) {
            const float* const values = &semantic[channel][start];
            float* const largest = thing[channel] ? things.data() : stuff.data();
            for (std::size_t i = 0; i < count; ++i) {
                largest[i] = std::max(largest[i], values[i]);
            }
        }
        bool tied = false;
        for (std::size_t i = 0; i < count; ++i) {
            result[start + i] = things[i] > stuff[i];
            tied |= things[i] == stuff[i];
        }
        for (std::size_t i = 0; tied && i < count; ++i) {
            if (things[i] == stuff[i]) {
                result[start + i] = thing[most_likely_class(semantic, start + i, stuff[i])];
            }
        }
    }
}

}  // namespace partitioners
