// A stable sort by whole-number keys, digit by digit from the least significant one. Source: Knuth, "The Art of Computer
// Programming", volume 3, section 5.2.5.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "support/huge_pages.hpp"

namespace partitioners {

/// Sort items by `key`, an unsigned number below 2^bits; its lowest `skipped` bits play no part.
template <class Item>
void radix_sort(LargeVector<Item>& items, int skipped, int bits) {
    constexpr int digit_bits = 10;
    constexpr std::size_t n_digits = std::size_t{1} << digit_bits;
    LargeVector<Item> other(items.size());
    for (int shift = skipped; shift < bits; shift += digit_bits) {
        const auto digit = [=](const Item& item) { return static_cast<std::size_t>(item.key >> shift) % n_digits; };
        std::array<std::size_t, n_digits> start{};
        for (const Item& item : items) {
            ++start[digit(item)];
        }
        if (!items.empty() && start[digit(items[0])] == items.size()) {
            continue;  // all are equal
        }
        std::size_t count = 0;
        for (std::size_t& each : start) {
            count += std::exchange(each, count);
        }
        for (const Item& item : items) {
            other[start[digit(item)]++] = item;
        }
        std::swap(items, other);
    }
}

}  // namespace partitioners
