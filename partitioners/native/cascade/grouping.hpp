// The affinities of segments by what they look like: A_s ⊙ A_g of Deep Affinity Net (Algorithm 3, lines 39 and 40).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "topology/connected_components.hpp"

namespace partitioners {

/// Call visit(u, v), u < v, for all pairs below a count, in the order (0, 1), (0, 2), … (1, 2), …
template <class Visit>
void for_each_pair_of(std::size_t count, Visit&& visit) {
    for (std::size_t u = 0; u < count; ++u) {
        for (std::size_t v = u + 1; v < count; ++v) {
            visit(u, v);
        }
    }
}

/// Rows of a matrix, one per segment.
struct Rows {
    std::span<const double> values;
    std::size_t length;
    std::span<const double> operator[](std::size_t row) const { return values.subspan(row * length, length); }
};

/// Mean class distributions and mean embeddings of `count` segments.
class Looks {
public:
    Looks(std::size_t count, Rows semantic, Rows embedding)
        : semantic_(semantic), embedding_(embedding), entropies_(count) {
        for (std::size_t segment = 0; segment < count; ++segment) {
            for (const double probability : semantic_[segment]) {
                entropies_[segment] += bits(probability);
            }
        }
    }

    std::size_t count() const { return entropies_.size(); }
    const Rows& embedding() const { return embedding_; }

    /// The squared distance of two embeddings, or, where it is above `limit`, some number above it.
    double squared_distance(std::size_t u, std::size_t v, double limit) const {
        constexpr std::size_t block = 8;
        const auto first = embedding_[u], second = embedding_[v];
        double sum = 0;
        for (std::size_t start = 0; start < first.size() && sum <= limit; start += block) {
            for (std::size_t channel = start; channel < std::min(start + block, first.size()); ++channel) {
                const double difference = first[channel] - second[channel];
                sum += difference * difference;
            }
        }
        return sum;
    }

    /// A_s · A_g: 1 minus the Jensen-Shannon divergence in bits, times the Gaussian of equation 2.
    double affinity(std::size_t u, std::size_t v, double squared_distance) const {
        const auto first = semantic_[u], second = semantic_[v];
        double mixed = 0;
        for (std::size_t channel = 0; channel < first.size(); ++channel) {
            mixed += bits((first[channel] + second[channel]) / 2);
        }
        const double divergence = mixed - (entropies_[u] + entropies_[v]) / 2;
        return std::clamp(1 - divergence, 0.0, 1.0) * std::exp(-std::numbers::ln2 * squared_distance);
    }
    double affinity(std::size_t u, std::size_t v) const {
        return affinity(u, v, squared_distance(u, v, std::numeric_limits<double>::infinity()));
    }

private:
    static double bits(double probability) { return probability > 0 ? -probability * std::log2(probability) : 0; }

    Rows semantic_, embedding_;
    std::vector<double> entropies_;
};

/// The segments in order of the channel of the embedding in which they lie furthest apart.
class Line {
public:
    explicit Line(const Looks& looks) : segments_(looks.count()), positions_(looks.count()) {
        const std::size_t widest = widest_channel(looks);
        std::iota(segments_.begin(), segments_.end(), std::size_t{0});
        const auto position = [&](std::size_t segment) {
            return looks.embedding().length == 0 ? 0.0 : looks.embedding()[segment][widest];
        };
        std::ranges::sort(segments_, {}, position);
        std::ranges::transform(segments_, positions_.begin(), position);
    }

    /// Call visit(u, v) once for each pair whose squared distance can be at most `limit`.
    template <class Visit>
    void for_each_pair(double limit, Visit&& visit) const {
        for (std::size_t i = 0; i < segments_.size(); ++i) {
            for (std::size_t j = i + 1; j < segments_.size(); ++j) {
                const double apart = positions_[j] - positions_[i];
                if (apart * apart > limit) {
                    break;
                }
                visit(segments_[i], segments_[j]);
            }
        }
    }

private:
    static std::size_t widest_channel(const Looks& looks) {
        std::size_t widest = 0;
        double extent = -1;
        const std::size_t n_channels =
            looks.count() > 1 ? looks.embedding().length : 0;  // no segment: any number of them
        for (std::size_t channel = 0; channel < n_channels; ++channel) {
            double low = INFINITY, high = -INFINITY;
            for (std::size_t segment = 0; segment < looks.count(); ++segment) {
                low = std::min(low, looks.embedding()[segment][channel]);
                high = std::max(high, looks.embedding()[segment][channel]);
            }
            if (high - low > extent) {
                extent = high - low;
                widest = channel;
            }
        }
        return widest;
    }

    std::vector<std::size_t> segments_;
    std::vector<double> positions_;
};

/// Which pairs of segments a greedy contraction of reducible linkage can touch: no merge lifts an affinity above the
/// larger of the two that it came from, so segments in different connected components of the affinities above the
/// threshold never meet.
class Reach {
public:
    /// Affinities are above the threshold if `scale` times them, rounded, is above `threshold`. As A_s is at most 1,
    /// only near embeddings come into question.
    Reach(const Looks& looks, double scale, std::int64_t threshold)
        : members_(looks.count()), component_(looks.count()) {
        const double slack = 1e-6;
        const double limit = std::log2(scale / (static_cast<double>(threshold) + 0.5)) + slack;
        UnionFind sets(looks.count());
        Line(looks).for_each_pair(limit, [&](std::size_t u, std::size_t v) {
            const auto first = static_cast<Node>(u), second = static_cast<Node>(v);
            const double distance = looks.squared_distance(u, v, limit);
            if (distance <= limit && sets.find(first) != sets.find(second) &&
                std::nearbyint(looks.affinity(u, v, distance) * scale) > static_cast<double>(threshold)) {
                sets.unite(first, second);
            }
        });
        for (std::size_t segment = 0; segment < looks.count(); ++segment) {
            component_[segment] = sets.find(static_cast<Node>(segment));
            members_[component_[segment]].push_back(segment);
        }
    }

    /// Call visit(u, v), u < v, for all pairs of each component, in the order (0, 1), (0, 2), … (1, 2), …
    template <class Visit>
    void for_each_pair(Visit&& visit) const {
        for (std::size_t u = 0; u < component_.size(); ++u) {
            const auto& members = members_[component_[u]];
            for (auto v = std::ranges::upper_bound(members, u); v != members.end(); ++v) {
                visit(u, *v);
            }
        }
    }

    std::size_t n_pairs() const {
        std::size_t count = 0;
        for (const auto& members : members_) {
            count += members.size() * (members.size() - 1) / 2 * (members.size() > 1);
        }
        return count;
    }

private:
    std::vector<std::vector<std::size_t>> members_;
    std::vector<std::size_t> component_;
};

}  // namespace partitioners
