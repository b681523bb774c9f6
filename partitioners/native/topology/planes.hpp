// Channels of an image, one plane after the other, as the algorithms on pyramid levels read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace partitioners {

struct Shape {
    std::size_t height, width;
    std::size_t size() const { return height * width; }
};

/// From a pixel to its partner.
struct Offset {
    std::int64_t dy, dx;
};

/// `count` planes of `pixels` values each.
template <class T>
struct Planes {
    const T* data;
    std::size_t count, pixels;
    std::span<const T> operator[](std::size_t channel) const { return {data + channel * pixels, pixels}; }
};

}  // namespace partitioners
