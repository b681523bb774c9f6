// What decides which edge is contracted first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace partitioners {

/// The largest affinity first: GAEC.
template <class Linkage>
struct ByAffinity {
    static constexpr bool renews = false;  ///< whether a merge changes all edges of the merged node
    using Edge = typename Linkage::Edge;

    auto operator()(std::size_t, std::size_t, const Edge& edge) const { return Linkage::worth(edge); }
    static auto threshold(std::int64_t fixed) { return Linkage::worth(Edge{fixed, 1, 0}); }
    static bool repels(const Edge&) { return false; }
    void merge(std::size_t, std::size_t) {}
};

/// The edge whose worth is furthest from 0 first: GASP (Bailoni et al., arXiv 1906.11713).
template <class Linkage>
struct ByStrength {
    static constexpr bool renews = false;
    using Edge = typename Linkage::Edge;

    auto operator()(std::size_t, std::size_t, const Edge& edge) const { return Linkage::worth(edge.absolute()); }
    static auto threshold(std::int64_t) { return Linkage::worth(Edge{0, 1, 0}); }
    static bool repels(const Edge& edge) { return edge.is_negative(); }
    void merge(std::size_t, std::size_t) {}
};

/// Affinities weighed down by distance: PA-GAEC, A ⊙ D of Algorithm 2 of Deep Affinity Net.
template <class Linkage>
class ByPosition {
public:
    static constexpr bool renews = true;
    using Edge = typename Linkage::Edge;

    /// `boxes` holds (top, left, bottom, right) of each node, one after the other.
    ByPosition(std::span<const std::int64_t> boxes, double beta) : boxes_(boxes.begin(), boxes.end()), beta_(beta) {}

    /// A · D, with D of line 23.
    double operator()(std::size_t u, std::size_t v, const Edge& edge) const {
        return Linkage::mean(edge) * (along(u, v, 0) * along(u, v, 1));
    }
    static double threshold(std::int64_t fixed) { return static_cast<double>(fixed); }
    static bool repels(const Edge&) { return false; }

    /// Give u the box around both (line 28).
    void merge(std::size_t u, std::size_t v) {
        for (std::size_t side = 0; side < 2; ++side) {
            box(u, side) = std::min(box(u, side), box(v, side));
            box(u, side + 2) = std::max(box(u, side + 2), box(v, side + 2));
        }
    }

private:
    std::int64_t& box(std::size_t node, std::size_t side) { return boxes_[4 * node + side]; }
    std::int64_t box(std::size_t node, std::size_t side) const { return boxes_[4 * node + side]; }

    double along(std::size_t u, std::size_t v, std::size_t axis) const {
        const std::int64_t extent = std::max(box(u, axis + 2) - box(u, axis), box(v, axis + 2) - box(v, axis));
        const std::int64_t twice = (box(u, axis) + box(u, axis + 2)) - (box(v, axis) + box(v, axis + 2));
        const std::int64_t distance = std::abs(twice);
        return distance > extent ? std::pow(static_cast<double>(extent) / static_cast<double>(distance), beta_) : 1.0;
    }

    std::vector<std::int64_t> boxes_;
    double beta_;
};

}  // namespace partitioners
