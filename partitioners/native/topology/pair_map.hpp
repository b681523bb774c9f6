// A map from pairs of nodes to edges: open addressing with linear probing, no erasure.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "support/huge_pages.hpp"
#include "topology/connected_components.hpp"

namespace partitioners {

using EdgeId = std::uint32_t;

/// From unordered pairs of different nodes to edge numbers.
class PairMap {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    /// The edge of a pair, or `none`.
    std::uint32_t find(Node u, Node v) { return at(key(u, v)).edge; }

    /// A place to write the edge of a pair.
    std::uint32_t& operator()(Node u, Node v) {
        if (2 * used_ >= slots_.size()) {
            grow();
        }
        Slot& slot = at(key(u, v));
        if (slot.pair == empty) {
            slot.pair = key(u, v);
            ++used_;
        }
        return slot.edge;
    }

private:
    struct Slot {
        std::uint64_t pair;
        std::uint32_t edge;
    };
    static constexpr std::uint64_t empty = UINT64_MAX;  // no pair: nodes differ

    static std::uint64_t key(Node u, Node v) { return u < v ? std::uint64_t{u} << 32 | v : std::uint64_t{v} << 32 | u; }

    Slot& at(std::uint64_t pair) {
        // Fibonacci hashing: the upper bits of a product with 2^64 over the golden ratio spread neighbours in a grid.
        const int bits = std::countr_zero(slots_.size());
        std::size_t place = (pair * 0x9E3779B97F4A7C15u) >> (64 - bits);
        while (slots_[place].pair != pair && slots_[place].pair != empty) {
            place = (place + 1) & (slots_.size() - 1);
        }
        return slots_[place];
    }

    void grow() {
        LargeVector<Slot> old(2 * slots_.size(), Slot{empty, none});
        std::swap(old, slots_);
        for (const Slot& slot : old) {
            if (slot.pair != empty) {
                at(slot.pair) = slot;
            }
        }
    }

    LargeVector<Slot> slots_ = LargeVector<Slot>(2, Slot{empty, none});
    std::size_t used_ = 0;
};

}  // namespace partitioners
