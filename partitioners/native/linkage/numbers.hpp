// Integers that hold sums over many edges exactly, and means of them.
#pragma once

#include <cstdint>
#include <limits>

#ifndef __SIZEOF_INT128__
#include <__msvc_int128.hpp>
#endif

namespace partitioners {

template <class Number>
double as_double(Number value) {
    return static_cast<double>(value);
}

#ifdef __SIZEOF_INT128__
__extension__ using Wide = __int128;
#else
using Wide = std::_Signed128;

inline double as_double(Wide value) {
    return static_cast<double>(static_cast<std::int64_t>(value >> 64)) * 0x1p64 +
           static_cast<double>(static_cast<std::uint64_t>(value));
}
#endif

/// Integers for sums of values, each times its size, for sums of sizes, and for products of two sizes.
struct Narrow64 {
    using Total = std::int64_t;
    using Size = std::uint32_t;
    using Product = std::uint64_t;
};
struct Wide128 {
    using Total = Wide;
    using Size = std::int64_t;
    using Product = Wide;
};

/// Whether graphs whose Σ |value| · size and Σ size are at most these can be contracted with narrow numbers.
constexpr bool is_narrow(Wide total, Wide size) {
    return total < Wide{1} << 62 && size <= std::numeric_limits<Narrow64::Size>::max();
}

/// A mean of numbers, compared exactly: quotient + remainder / size. Nearly always quotients decide.
template <class Numbers>
struct Mean {
    using Total = typename Numbers::Total;
    using Size = typename Numbers::Size;
    using Product = typename Numbers::Product;

    std::int64_t quotient;
    Size remainder;  ///< from 0 on, below the size
    Size size;

    static Mean of(Total total, Size size) {
        if (size == 1) {
            return {static_cast<std::int64_t>(total), 0, 1};
        }
        const auto divisor = static_cast<Total>(size);
        const bool is_rounded_up = total % divisor < 0;
        return {static_cast<std::int64_t>(total / divisor) - is_rounded_up,
                static_cast<Size>(total % divisor + (is_rounded_up ? divisor : 0)), size};
    }
    Total total() const {
        return static_cast<Total>(quotient) * static_cast<Total>(size) + static_cast<Total>(remainder);
    }

    friend bool operator==(const Mean& first, const Mean& second) {
        return first.quotient == second.quotient && crossed(first, second) == crossed(second, first);
    }
    friend bool operator<(const Mean& first, const Mean& second) {
        return first.quotient < second.quotient ||
               (first.quotient == second.quotient && crossed(first, second) < crossed(second, first));
    }

private:
    static Product crossed(const Mean& first, const Mean& second) {
        return static_cast<Product>(first.remainder) * static_cast<Product>(second.size);
    }
};

}  // namespace partitioners
