// Linkages: what becomes of two edges when a contraction makes them parallel. The same numbers, operation by
// operation, as partitioners/reference/linkage.py, which says where each comes from.
#pragma once

#include <cstdint>

namespace partitioners {

/// Fixed-point units per unit of affinity or of log-odds.
inline constexpr double scale = 67108864.0;

/// The mean of the two edges' affinities, whatever stands behind them (Deep Affinity Net, Algorithm 1, line 14).
struct Wpgma {
    static constexpr bool reducible = true;

    struct Edge {
        double value;
    };

    template <class Total>
    static Edge start(Total total, std::int64_t size) {
        return {static_cast<double>(total) / static_cast<double>(size)};
    }
    static Edge merge(const Edge& first, const Edge& second) { return {(first.value + second.value) / 2}; }
    static double affinity(const Edge& edge) { return edge.value / scale; }
};

/// The mean of all pixel edges behind an edge. Total holds Σ |value| · size of the whole graph.
template <class Total>
struct Average {
    static constexpr bool reducible = true;

    struct Edge {
        Total total;
        std::int64_t size;
    };

    static Edge start(Total total, std::int64_t size) { return {total, size}; }
    static Edge merge(const Edge& first, const Edge& second) {
        return {first.total + second.total, first.size + second.size};
    }
    static double affinity(const Edge& edge) {
        return static_cast<double>(edge.total) / static_cast<double>(edge.size) / scale;
    }
};

/// The sum of the log-odds of all pixel edges behind an edge (Keuper et al., ICCV 2015).
template <class Total>
struct Sum {
    static constexpr bool reducible = false;

    struct Edge {
        Total total;
    };

    static Edge start(Total total, std::int64_t) { return {total}; }
    static Edge merge(const Edge& first, const Edge& second) { return {first.total + second.total}; }
    static double affinity(const Edge& edge) { return static_cast<double>(edge.total) / scale; }
};

}  // namespace partitioners
