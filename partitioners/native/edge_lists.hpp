// The edges at each node, as circular linked lists through two arrays: joining two lists is one swap, and no list
// has memory of its own, of which millions of small ones would cost more than the contraction itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "edges.hpp"

namespace partitioners {

class EdgeLists {
public:
    EdgeLists(std::size_t n_nodes, std::size_t n_edges) : next_(2 * n_edges), last_(n_nodes, none), length_(n_nodes) {}

    /// The number of edges at a node, those that are no more and have not been swept out yet included.
    std::uint32_t length(Node node) const { return length_[node]; }

    /// Add an edge, not yet in any list, to the lists of both its ends.
    void add(std::uint32_t edge, Node first, Node second) {
        push(first, 2 * edge);
        push(second, 2 * edge + 1);
    }

    /// Call keep(edge) for each edge at a node, and take those out for which it returns false.
    template <class Keep>
    void sweep(Node node, Keep keep) {
        std::uint32_t before = last_[node];
        for (std::uint32_t left = length_[node]; left > 0; --left) {
            const std::uint32_t end = next_[before];
            if (keep(end / 2)) {
                before = end;
                continue;
            }
            next_[before] = next_[end];
            --length_[node];
            if (end == last_[node]) {
                last_[node] = length_[node] == 0 ? none : before;
            }
        }
    }

    /// Put the edges of `other` to those of `node`; `other` has none then.
    void append(Node node, Node other) {
        if (last_[other] == none) {
            return;
        }
        if (last_[node] != none) {
            std::swap(next_[last_[node]], next_[last_[other]]);
        }
        last_[node] = last_[other];
        last_[other] = none;
        length_[node] += std::exchange(length_[other], 0);
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;

    void push(Node node, std::uint32_t end) {
        const std::uint32_t last = last_[node];
        next_[end] = last == none ? end : std::exchange(next_[last], end);
        last_[node] = end;
        ++length_[node];
    }

    std::vector<std::uint32_t> next_;  ///< of end 2 · edge or 2 · edge + 1, the next end at the same node
    std::vector<std::uint32_t> last_;  ///< of each node
    std::vector<std::uint32_t> length_;
};

}  // namespace partitioners
