// Greedy association: Algorithm 4 of Deep Affinity Net, whose line numbers stand here. Node for node the result of
// partitioners/reference/gas.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "topology/adjacency.hpp"

namespace partitioners {

/// Give nodes without a label, which is negative, that of the neighbour of largest affinity; they are visited in `order`,
/// again and again. Labels from `first` on spread.
template <class Neighbours, class Label>
void associate(const Neighbours& neighbours, std::span<const std::int64_t> order, double threshold, Label first,
               std::span<Label> labels) {
    std::vector<std::size_t> waiting;
    for (const std::int64_t node : order) {
        if (const auto v = static_cast<std::size_t>(node); labels[v] < 0) {
            waiting.push_back(v);
        }
    }
    for (std::size_t before = 0; before != waiting.size();) {  // 44
        before = waiting.size();
        std::erase_if(waiting, [&](std::size_t v) {  // 45
            double best = -1;
            Label label = -1;
            neighbours.for_each(v, [&](std::size_t u, double affinity) {  // 46, 47
                if (labels[u] >= first && affinity > best) {
                    best = affinity;
                    label = labels[u];
                }
            });
            if (best < threshold) {  // 48, 49
                return false;
            }
            labels[v] = label;  // 50, 51
            return true;
        });
    }
}

/// The unlabelled pixels (-1) that have a neighbour other than background (0): a label can reach no others.
inline std::vector<std::int64_t> reachable(std::span<const std::int32_t> labels, const Neighbourhood& neighbours) {
    std::vector<std::int64_t> pixels;
    for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
        if (labels[pixel] < 0 && neighbours.has(pixel, [&](std::size_t other) { return labels[other] != 0; })) {
            pixels.push_back(static_cast<std::int64_t>(pixel));
        }
    }
    return pixels;
}

}  // namespace partitioners
