// What forbids merges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "topology/pair_map.hpp"

namespace partitioners {

/// Nothing does.
struct Unconstrained {
    static constexpr bool constrains = false;

    static bool forbids(EdgeId, Node, Node) { return false; }
    static void join(EdgeId, EdgeId) {}
    static void merge(Node, Node) {}
    static bool is_done() { return false; }
};

/// Edges may be forbidden, and stay so whatever becomes parallel to them; parts have a largest size, below the smallest
/// size they are small, and so many are left at least.
class Constraints {
public:
    static constexpr bool constrains = true;

    struct Limits {
        std::int64_t n_parts, largest, smallest;
    };

    Constraints(std::size_t n_edges, std::vector<std::int64_t> sizes, Limits limits)
        : is_forbidden_(n_edges), sizes_(std::move(sizes)), n_parts_(sizes_.size()), limits_(limits) {}

    void forbid(EdgeId edge) { is_forbidden_[edge] = true; }
    /// From now on one of each two parts that merge is small, and no edge is too low.
    void let_only_small_merge() { only_small_ = true; }
    bool admits_all() const { return only_small_; }

    bool forbids(EdgeId edge, Node u, Node v) const {
        return is_forbidden_[edge] || sizes_[v] > limits_.largest - sizes_[u] ||
               (only_small_ && sizes_[u] >= limits_.smallest && sizes_[v] >= limits_.smallest);
    }
    void join(EdgeId kept, EdgeId given_up) { is_forbidden_[kept] = is_forbidden_[kept] || is_forbidden_[given_up]; }
    void merge(Node u, Node v) {
        sizes_[u] += sizes_[v];
        --n_parts_;
    }
    bool is_done() const { return n_parts_ <= static_cast<std::size_t>(limits_.n_parts); }

private:
    std::vector<bool> is_forbidden_;
    std::vector<std::int64_t> sizes_;
    std::size_t n_parts_;
    Limits limits_;
    bool only_small_ = false;
};

}  // namespace partitioners
