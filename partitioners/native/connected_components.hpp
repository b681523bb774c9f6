// Connected components by union-find with path halving, linked by index (the smaller root wins).
// Source: Tarjan and van Leeuwen, "Worst-case analysis of set union algorithms", JACM 1984.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace partitioners {

/// A forest of disjoint sets over 0…n-1 whose roots are the smallest members.
class UnionFind {
public:
    explicit UnionFind(std::int64_t n_nodes) : parent_(static_cast<std::size_t>(n_nodes)) {
        std::iota(parent_.begin(), parent_.end(), std::int64_t{0});
    }

    std::int64_t find(std::int64_t node) {
        while (parent(node) != node) {
            node = parent(node) = parent(parent(node));
        }
        return node;
    }

    void unite(std::int64_t first, std::int64_t second) {
        first = find(first);
        second = find(second);
        if (first < second) {
            parent(second) = first;
        } else {
            parent(first) = second;
        }
    }

private:
    std::int64_t& parent(std::int64_t node) { return parent_[static_cast<std::size_t>(node)]; }

    std::vector<std::int64_t> parent_;
};

/// Writes into `labels` (one per node) the component of each node, numbered by their smallest nodes.
/// `edges` holds pairs of nodes one after the other; all lie in [0, labels.size()).
inline void connected_components(std::span<const std::int64_t> edges, std::span<std::int64_t> labels) {
    const auto n_nodes = static_cast<std::int64_t>(labels.size());
    UnionFind sets(n_nodes);
    for (std::size_t i = 0; i + 1 < edges.size(); i += 2) {
        sets.unite(edges[i], edges[i + 1]);
    }
    std::int64_t count = 0;
    for (std::int64_t node = 0; node < n_nodes; ++node) {
        const std::int64_t root = sets.find(node);  // never after `node`, so its label is known
        labels[static_cast<std::size_t>(node)] = root == node ? count++ : labels[static_cast<std::size_t>(root)];
    }
}

}  // namespace partitioners
