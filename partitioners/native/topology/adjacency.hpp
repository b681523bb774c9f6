// The neighbours of nodes, in the order of the edges to them: of a list of edges, and of the grid of a level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "topology/planes.hpp"

namespace partitioners {

/// Neighbours by a list of edges: `ends` holds pairs of nodes, `weights` one affinity per pair.
class Adjacency {
public:
    Adjacency(std::size_t n_nodes, std::span<const std::int64_t> ends, std::span<const double> weights)
        : ends_(ends), weights_(weights), start_(n_nodes + 1), edges_(ends.size()) {
        for (const std::int64_t node : ends) {
            ++start_[static_cast<std::size_t>(node) + 1];
        }
        std::partial_sum(start_.begin(), start_.end(), start_.begin());
        std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
        for (std::size_t end = 0; end < ends.size(); ++end) {
            edges_[next[static_cast<std::size_t>(ends[end])]++] = end / 2;
        }
    }

    /// Call visit(neighbour, affinity).
    template <class Visit>
    void for_each(std::size_t node, Visit&& visit) const {
        for (std::size_t index = start_[node]; index < start_[node + 1]; ++index) {
            const std::size_t edge = edges_[index];
            const std::int64_t sum = ends_[2 * edge] + ends_[2 * edge + 1];
            visit(static_cast<std::size_t>(sum - static_cast<std::int64_t>(node)), weights_[edge]);
        }
    }

private:
    std::span<const std::int64_t> ends_;
    std::span<const double> weights_;
    std::vector<std::size_t> start_;
    std::vector<std::size_t> edges_;
};

/// Neighbours by offsets: of each channel, the affinity of a pixel and the one that its offset leads to.
class Neighbourhood {
public:
    Neighbourhood(std::span<const Offset> offsets, Shape shape, const Planes<float>& affinity = {})
        : shape_(shape), affinity_(affinity) {
        for (std::size_t channel = 0; channel < offsets.size(); ++channel) {
            const auto [dy, dx] = offsets[channel];
            const Step onward{dy, dx, channel, false}, back{-dy, -dx, channel, true};
            const bool back_first = dy > 0 || (dy == 0 && dx > 0);
            steps_.push_back(back_first ? back : onward);
            steps_.push_back(back_first ? onward : back);
        }
    }

    /// Call visit(neighbour, affinity).
    template <class Visit>
    void for_each(std::size_t pixel, Visit&& visit) const {
        for_each_step(pixel, [&](std::size_t neighbour, const Step& step) {
            visit(neighbour, affinity_[step.channel][step.stands_there ? neighbour : pixel]);
        });
    }

    /// Whether is_one(neighbour) holds for one at least.
    template <class IsOne>
    bool has(std::size_t pixel, IsOne&& is_one) const {
        bool found = false;
        for_each_step(pixel, [&](std::size_t neighbour, const Step&) { found = found || is_one(neighbour); });
        return found;
    }

private:
    struct Step {
        std::int64_t dy, dx;
        std::size_t channel;
        bool stands_there;  ///< the affinity, at the neighbour
    };

    template <class Visit>
    void for_each_step(std::size_t pixel, Visit&& visit) const {
        const std::size_t row = pixel / shape_.width, column = pixel % shape_.width;
        for (const Step& step : steps_) {
            const std::size_t y = row + static_cast<std::size_t>(step.dy),
                              x = column + static_cast<std::size_t>(step.dx);
            if (y < shape_.height && x < shape_.width) {  // a negative one has become large
                visit(y * shape_.width + x, step);
            }
        }
    }

    Shape shape_;
    Planes<float> affinity_;
    std::vector<Step> steps_;
};

}  // namespace partitioners
