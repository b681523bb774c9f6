// Linkages: what becomes of edges when a contraction makes them parallel. The same numbers, operation by operation, as
// partitioners/linkage.py, which says where each comes from. All are in fixed-point units.
#pragma once

#include <algorithm>
#include <cstdint>

#include "linkage/fixed_point.hpp"
#include "linkage/numbers.hpp"

namespace partitioners {

/// An edge with the mean of the values behind it, and the smallest index among them: it decides ties.
template <class Numbers>
struct MeanEdge {
    Mean<Numbers> mean;
    std::uint32_t order;

    MeanEdge() = default;
    MeanEdge(typename Numbers::Total total, typename Numbers::Size size, std::uint32_t order_)
        : mean(Mean<Numbers>::of(total, size)), order(order_) {}
    void add(const MeanEdge& other) {
        mean = Mean<Numbers>::of(mean.total() + other.mean.total(), mean.size + other.mean.size);
        order = std::min(order, other.order);
    }
    bool is_negative() const { return mean.quotient < 0; }
    MeanEdge absolute() const { return is_negative() ? MeanEdge(-mean.total(), mean.size, order) : *this; }
};

/// An edge with the sum of the values behind it, and their number.
template <class Numbers>
struct SumEdge {
    typename Numbers::Total total;
    typename Numbers::Size size;
    std::uint32_t order;

    SumEdge() = default;
    SumEdge(typename Numbers::Total total_, typename Numbers::Size size_, std::uint32_t order_)
        : total(total_), size(size_), order(order_) {}
    void add(const SumEdge& other) {
        total += other.total;
        size += other.size;
        order = std::min(order, other.order);
    }
    bool is_negative() const { return total < 0; }
    SumEdge absolute() const { return is_negative() ? SumEdge(-total, size, order) : *this; }
};

/// The mean of the edges' affinities, whatever stands behind them (Deep Affinity Net, Algorithm 1, line 14).
template <class NumbersOf>
struct Wpgma {
    using Numbers = NumbersOf;
    using Edge = SumEdge<Numbers>;
    static constexpr bool reducible = true;
    static constexpr bool commutes = false;  ///< whether two merges next to each other may come in any order

    /// Make one edge of all that were added up: its size is 1 then.
    static void settle(Edge& edge) { edge = {Mean<Numbers>::of(edge.total, edge.size).quotient, 1, edge.order}; }
    static SumEdge<Numbers> sum(const Edge& edge) { return edge; }
    static std::int64_t worth(const Edge& edge) { return static_cast<std::int64_t>(edge.total); }
    static double mean(const Edge& edge) { return static_cast<double>(worth(edge)); }
    static std::int64_t fixed(double affinity) { return fixed_point(affinity); }
    static std::int64_t height(std::int64_t worth) { return worth; }
};

/// The mean of all pixel edges behind an edge.
template <class NumbersOf>
struct Average {
    using Numbers = NumbersOf;
    using Edge = MeanEdge<Numbers>;
    static constexpr bool reducible = true;
    static constexpr bool commutes = true;

    static void settle(Edge&) {}
    static SumEdge<Numbers> sum(const Edge& edge) { return {edge.mean.total(), edge.mean.size, edge.order}; }
    static Mean<Numbers> worth(const Edge& edge) { return edge.mean; }
    static double mean(const Edge& edge) { return as_double(edge.mean.total()) / as_double(edge.mean.size); }
    static std::int64_t fixed(double affinity) { return fixed_point(affinity); }
    /// Rounded up: it is above the same whole numbers.
    static std::int64_t height(const Mean<Numbers>& worth) { return worth.quotient + (worth.remainder > 0); }
};

/// The sum of the log-odds of all pixel edges behind an edge (Keuper et al., ICCV 2015).
template <class NumbersOf>
struct Sum {
    using Numbers = NumbersOf;
    static constexpr bool reducible = false;
    static constexpr bool commutes = true;

#pragma pack(push, 4)  // else a sixth of an edge were padding
    struct Edge {
        typename Numbers::Total total;
        std::uint32_t order;

        Edge() = default;
        Edge(typename Numbers::Total total_, typename Numbers::Size, std::uint32_t order_)
            : total(total_), order(order_) {}
        void add(const Edge& other) {
            total += other.total;
            order = std::min(order, other.order);
        }
        bool is_negative() const { return total < 0; }
        Edge absolute() const { return is_negative() ? Edge(-total, 1, order) : *this; }
    };
#pragma pack(pop)

    static void settle(Edge&) {}
    static SumEdge<Numbers> sum(const Edge& edge) { return {edge.total, 1, edge.order}; }
    static typename Numbers::Total worth(const Edge& edge) { return edge.total; }
    static std::int64_t fixed(double affinity) { return fixed_point(log_odds(affinity)); }
    static std::int64_t height(typename Numbers::Total worth) {
        return static_cast<std::int64_t>(std::min<typename Numbers::Total>(worth, INT64_MAX));
    }
};

/// One of the edges that became parallel: what `Choose` makes of two values. Sizes play no part. (Bailoni et al., arXiv
/// 1906.11713.)
template <class NumbersOf, class Choose>
struct Extreme {
    using Numbers = NumbersOf;
    static constexpr bool reducible = true;
    static constexpr bool commutes = true;

    struct Edge {
        std::int64_t total;
        std::uint32_t order;

        Edge() = default;
        /// The total is a value times its size.
        Edge(typename Numbers::Total total_, typename Numbers::Size size, std::uint32_t order_)
            : total(static_cast<std::int64_t>(total_ / static_cast<typename Numbers::Total>(size))), order(order_) {}
        void add(const Edge& other) {
            total = Choose()(total, other.total);
            order = std::min(order, other.order);
        }
        bool is_negative() const { return total < 0; }
        Edge absolute() const { return is_negative() ? Edge(-total, 1, order) : *this; }
    };

    static void settle(Edge&) {}
    static std::int64_t worth(const Edge& edge) { return edge.total; }
    static std::int64_t height(std::int64_t worth) { return worth; }
};

struct Larger {
    std::int64_t operator()(std::int64_t first, std::int64_t second) const { return std::max(first, second); }
};
struct Smaller {
    std::int64_t operator()(std::int64_t first, std::int64_t second) const { return std::min(first, second); }
};
/// The one further from 0, of two as far from it the one above.
struct Stronger {
    std::int64_t operator()(std::int64_t first, std::int64_t second) const {
        const std::int64_t sum = first + second;
        return sum == 0 ? std::max(first, second) : sum > 0 ? std::max(first, second) : std::min(first, second);
    }
};

}  // namespace partitioners
