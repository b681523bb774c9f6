// How a C++ program cuts an image by its affinities: prints the labels of a grid of two by four pixels.
#include <array>
#include <cstdint>
#include <cstdio>

#include "contraction/grid.hpp"

int main() {
    using Linkage = partitioners::Average<partitioners::Narrow64>;
    const std::array<partitioners::Triple, 2> offsets{{{0, 0, 1}, {0, 1, 0}}};
    const std::array<float, 16> affinity{0.9f, 0.1f, 0.8f, 0,    0.7f, 0.2f, 0.9f, 0,   // to the right
                                         0.8f, 0.9f, 0.2f, 0.3f, 0,    0,    0,    0};  // down
    std::array<std::int64_t, 8> labels;
    const partitioners::GridView<float> grid{{1, 2, 4}, offsets, affinity.data(), nullptr};
    partitioners::contract<Linkage>(grid, Linkage::fixed(0.5), labels);
    for (const std::int64_t label : labels) {
        std::printf("%d ", static_cast<int>(label));
    }
}
