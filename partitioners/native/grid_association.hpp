// Greedy association on the grid of a level, without a list of edges: Algorithm 4 of Deep Affinity Net, whose line
// numbers stand here. Pixel for pixel the result of partitioners/reference/gas.py on the graph of the grid.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "planes.hpp"
#include "region_graph.hpp"

namespace partitioners {

/// The neighbours of pixels, in the order of the edges to them.
class Neighbourhood {
public:
    Neighbourhood(std::span<const Offset> offsets, Shape shape) : shape_(shape) {
        for (std::size_t channel = 0; channel < offsets.size(); ++channel) {
            const auto [dy, dx] = offsets[channel];
            const Step onward{dy, dx, channel, false}, back{-dy, -dx, channel, true};
            const bool back_first = dy > 0 || (dy == 0 && dx > 0);
            steps_.push_back(back_first ? back : onward);
            steps_.push_back(back_first ? onward : back);
        }
    }

    /// Call visit(neighbour, channel, the pixel of the two at which their affinity stands).
    template <class Visit>
    void for_each(std::size_t pixel, Visit&& visit) const {
        const std::size_t row = pixel / shape_.width, column = pixel % shape_.width;
        for (const auto& [dy, dx, channel, stands_there] : steps_) {
            const std::size_t y = row + static_cast<std::size_t>(dy), x = column + static_cast<std::size_t>(dx);
            if (y < shape_.height && x < shape_.width) {  // a negative one has become large
                const std::size_t neighbour = y * shape_.width + x;
                visit(neighbour, channel, stands_there ? neighbour : pixel);
            }
        }
    }

private:
    struct Step {
        std::int64_t dy, dx;
        std::size_t channel;
        bool stands_there;
    };
    Shape shape_;
    std::vector<Step> steps_;
};

/// The unlabelled pixels (-1) that have a neighbour other than background (0): a label can reach no others.
inline std::vector<std::int64_t> reachable(std::span<const std::int32_t> labels, const Neighbourhood& neighbours) {
    std::vector<std::int64_t> found;
    for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
        bool has_neighbour = false;
        if (labels[pixel] < 0) {
            neighbours.for_each(pixel, [&](std::size_t other, std::size_t, std::size_t) {
                has_neighbour = has_neighbour || labels[other] != 0;
            });
        }
        if (has_neighbour) {
            found.push_back(static_cast<std::int64_t>(pixel));
        }
    }
    return found;
}

/// Give unlabelled pixels, visited in `order`, the label of the neighbour of largest affinity.
inline void associate(const Planes<float>& affinity, const Neighbourhood& neighbours,
                      std::span<const std::int64_t> order, double threshold, std::span<std::int32_t> labels) {
    std::vector<std::int64_t> waiting(order.begin(), order.end());
    for (std::size_t before = waiting.size() + 1; waiting.size() < before;) {  // 44
        before = waiting.size();
        std::erase_if(waiting, [&](std::int64_t node) {  // 45
            const auto pixel = static_cast<std::size_t>(node);
            double best = -1;
            std::int32_t label = -1;
            neighbours.for_each(pixel, [&](std::size_t other, std::size_t channel, std::size_t stands) {  // 46, 47
                if (labels[other] > 0 && affinity[channel][stands] > best) {
                    best = affinity[channel][stands];
                    label = labels[other];
                }
            });
            if (best < threshold) {  // 48, 49
                return false;
            }
            labels[pixel] = label;  // 50, 51
            return true;
        });
    }
}

}  // namespace partitioners
