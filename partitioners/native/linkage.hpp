// Linkages: what becomes of two edges when a contraction makes them parallel. The same numbers, operation by
// operation, as partitioners/reference/linkage.py, which says where each comes from. All are in fixed-point units.
#pragma once

#include <algorithm>
#include <cstdint>

namespace partitioners {

__extension__ using Wide = __int128;

/// A mean of numbers that are compared exactly, as total over size.
template <class Total>
struct Mean {
    Total total;
    std::int64_t size;

    friend bool operator==(const Mean& first, const Mean& second) { return !(first < second) && !(second < first); }
    friend bool operator<(const Mean& first, const Mean& second) {
        if constexpr (sizeof(Total) > sizeof(std::int64_t)) {  // the products below need not fit
            const Total whole = first.total / first.size, other = second.total / second.size;
            if (whole != other) {
                return whole < other;
            }
            return first.total % first.size * second.size < second.total % second.size * first.size;
        }
        return static_cast<Wide>(first.total) * second.size < static_cast<Wide>(second.total) * first.size;
    }
};

/// The mean of the two edges' affinities, whatever stands behind them (Deep Affinity Net, Algorithm 1, line 14).
struct Wpgma {
    static constexpr bool reducible = true;
    static constexpr bool two_steps = true;  ///< whether the order of two adjacent merges matters

    struct Edge {
        std::int64_t value;
        std::int64_t order;  ///< the smallest index of an original edge behind this one: it decides ties
    };

    template <class Total>
    static Edge start(Total total, std::int64_t size, std::int64_t order) {
        return {static_cast<std::int64_t>(total / size), order};
    }
    static Edge merge(const Edge& first, const Edge& second) {
        return {(first.value + second.value) >> 1, std::min(first.order, second.order)};
    }
    static std::int64_t worth(const Edge& edge) { return edge.value; }
    static double rounded(const Edge& edge) { return static_cast<double>(edge.value); }
};

/// The mean of all pixel edges behind an edge. Total holds Σ |value| · size of the whole graph.
template <class Total>
struct Average {
    static constexpr bool reducible = true;
    static constexpr bool two_steps = false;

    struct Edge {
        Total total;
        std::int64_t size;
        std::int64_t order;
    };

    static Edge start(Total total, std::int64_t size, std::int64_t order) { return {total, size, order}; }
    static Edge merge(const Edge& first, const Edge& second) {
        return {first.total + second.total, first.size + second.size, std::min(first.order, second.order)};
    }
    static Mean<Total> worth(const Edge& edge) { return {edge.total, edge.size}; }
    static double rounded(const Edge& edge) {
        return static_cast<double>(edge.total) / static_cast<double>(edge.size);
    }
};

/// The sum of the log-odds of all pixel edges behind an edge (Keuper et al., ICCV 2015).
template <class Total>
struct Sum {
    static constexpr bool reducible = false;

    struct Edge {
        Total total;
        std::int64_t order;
    };

    static Edge start(Total total, std::int64_t, std::int64_t order) { return {total, order}; }
    static Edge merge(const Edge& first, const Edge& second) {
        return {first.total + second.total, std::min(first.order, second.order)};
    }
    static Total worth(const Edge& edge) { return edge.total; }
};

}  // namespace partitioners
