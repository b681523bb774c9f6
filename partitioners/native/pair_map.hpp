// A map from pairs of nodes to edges: open addressing with linear probing, no erasure, dead entries left out on growth.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "edges.hpp"

namespace partitioners {

/// From unordered pairs of different nodes to edge numbers. It stores no pairs: `Ends` tells the two nodes of an edge
/// as they are now, the smaller one first. An edge that moves to another pair must be written there.
template <class Ends>
class PairMap {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    PairMap(std::size_t n_pairs, Ends ends) : ends_(std::move(ends)), slots_(size_for(n_pairs)) {}

    /// The edge of a pair, `none` where the pair is new: a place to write it, at once.
    std::uint32_t& operator()(Node u, Node v) {
        if (2 * used_ >= slots_.size()) {
            renew();
        }
        const Pair pair = std::minmax(u, v);
        const std::uint32_t hash = hash_of(pair);
        std::size_t place = start(hash);
        while (slots_[place].edge != none && !(slots_[place].hash == hash && ends_(slots_[place].edge) == pair)) {
            place = next(place);
        }
        used_ += slots_[place].edge == none;
        slots_[place].hash = hash;
        return slots_[place].edge;
    }

private:
    using Pair = std::pair<Node, Node>;  ///< the smaller one first
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t edge = none;
    };

    static std::size_t size_for(std::size_t n_pairs) { return std::bit_ceil(3 * n_pairs + 2); }

    static std::uint32_t hash_of(const Pair& pair) {
        // Fibonacci hashing: the upper bits of a product with 2^64 over the golden ratio spread neighbours in a grid.
        const std::uint64_t key = std::uint64_t{pair.first} << 32 | pair.second;
        return static_cast<std::uint32_t>((key * 0x9E3779B97F4A7C15u) >> 32);
    }

    std::size_t start(std::uint32_t hash) const {
        return static_cast<std::size_t>((std::uint64_t{hash} * slots_.size()) >> 32);
    }
    std::size_t next(std::size_t place) const { return (place + 1) & (slots_.size() - 1); }

    bool is_current(const Slot& slot) const {
        return slot.edge != none && hash_of(ends_(slot.edge)) == slot.hash;
    }

    void renew() {
        const auto n_current = std::ranges::count_if(slots_, [this](const Slot& slot) { return is_current(slot); });
        std::vector<Slot> old(size_for(static_cast<std::size_t>(n_current)));
        std::swap(old, slots_);
        used_ = static_cast<std::size_t>(n_current);
        for (const Slot& slot : old) {
            if (is_current(slot)) {
                std::size_t place = start(slot.hash);
                while (slots_[place].edge != none) {
                    place = next(place);
                }
                slots_[place] = slot;
            }
        }
    }

    Ends ends_;
    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace partitioners
