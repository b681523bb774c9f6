// Integers that hold sums over many edges exactly, and means of them.
#pragma once

#include <cstdint>
#include <limits>

#ifndef __SIZEOF_INT128__
#include <__msvc_int128.hpp>
#endif

namespace partitioners {

#ifdef __SIZEOF_INT128__
__extension__ using Wide = __int128;
#else
using Wide = std::_Signed128;
#endif

/// Integers for sums of values, each times its size, and for sums of sizes.
struct Narrow64 {
    using Total = std::int64_t;
    using Size = std::uint32_t;
};
struct Wide128 {
    using Total = Wide;
    using Size = std::int64_t;
};

/// Whether graphs whose Σ |value| · size and Σ size are at most these can be contracted with narrow numbers.
constexpr bool is_narrow(Wide total, Wide size) {
    return total < Wide{1} << 62 && size <= std::numeric_limits<Narrow64::Size>::max();
}

/// A mean of numbers, compared exactly: total over size.
template <class Numbers>
struct Mean {
    typename Numbers::Total total;
    typename Numbers::Size size;

    friend bool operator==(const Mean& first, const Mean& second) { return compare(first, second) == 0; }
    friend bool operator<(const Mean& first, const Mean& second) { return compare(first, second) < 0; }

    /// Negative, zero or positive, as the first is smaller than the second, equal or larger.
    friend Wide compare(const Mean& first, const Mean& second) {
        if constexpr (sizeof(total) > sizeof(std::int64_t)) {  // the products below need not fit
            const Wide difference = first.total / first.size - second.total / second.size;
            if (difference != 0) {
                return difference;
            }
            return first.total % first.size * second.size - second.total % second.size * first.size;
        } else {
            return static_cast<Wide>(first.total) * second.size - static_cast<Wide>(second.total) * first.size;
        }
    }
};

}  // namespace partitioners
