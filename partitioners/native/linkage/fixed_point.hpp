// From affinities to fixed-point numbers, as in partitioners/linkage.py, to the last bit. All is written so
// that compilers make vector code of it, and without what may differ between mathematical libraries. Where compilers
// contract a product and a sum to one operation, that must be switched off (-ffp-contract=off).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace partitioners {

constexpr double scale = 0x1p26;
constexpr double epsilon = 1e-6;

/// The nearest number of units, the even one of two, for |value| below 2^25.
inline std::int64_t fixed_point(double value) {
    constexpr double magic = 0x1.8p52;  // to which only whole numbers can be added
    return std::bit_cast<std::int64_t>(value * scale + magic) - std::bit_cast<std::int64_t>(magic);
}

/// log(a / (1 - a)) of an affinity clipped by epsilon.
inline double log_odds(double affinity) {
    const double clipped = std::min(std::max(affinity, epsilon), 1 - epsilon);
    const auto bits = std::bit_cast<std::uint64_t>(clipped / (1 - clipped));
    const double fraction =
        std::bit_cast<double>((bits & 0x000F'FFFF'FFFF'FFFFu) | 0x3FE0'0000'0000'0000u);  // [1/2, 1)
    const double exponent = std::bit_cast<double>(bits >> 52 | 0x4330'0000'0000'0000u) - (0x1p52 + 1022);
    const bool is_low = fraction < 0.7071067811865476;
    const double near_one = is_low ? 2 * fraction : fraction;
    const double s = (near_one - 1) / (near_one + 1), z = s * s;  // log(x) = 2 artanh((x - 1) / (x + 1))
    double series = 1.0 / 13;
    for (const int odd : {11, 9, 7, 5, 3, 1}) {
        series = series * z + 1.0 / odd;
    }
    return (is_low ? exponent - 1 : exponent) * 0.6931471805599453 + 2 * s * series;
}

}  // namespace partitioners
