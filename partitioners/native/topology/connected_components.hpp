// Connected components by union-find with path halving, linked by index (the smaller root wins).
// Source: Tarjan and van Leeuwen, "Worst-case analysis of set union algorithms", JACM 1984.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

#include "support/huge_pages.hpp"

namespace partitioners {

using Node = std::uint32_t;

/// A forest of disjoint sets over 0…n-1 whose roots are the smallest members.
class UnionFind {
public:
    explicit UnionFind(std::size_t n_nodes) : parent_(n_nodes) { std::iota(parent_.begin(), parent_.end(), Node{0}); }

    Node find(Node node) {
        while (parent_[node] != node) {
            node = parent_[node] = parent_[parent_[node]];
        }
        return node;
    }

    void unite(Node first, Node second) {
        first = find(first);
        second = find(second);
        if (first < second) {
            parent_[second] = first;
        } else {
            parent_[first] = second;
        }
    }

private:
    LargeVector<Node> parent_;
};

/// Write into `labels` for each element the number of its part, 0…k-1 in the order of their first elements; part_of(element)
/// is below the number of elements.
template <class PartOf>
void number_parts(std::span<std::int64_t> labels, PartOf&& part_of) {
    LargeVector<Node> number(labels.size(), UINT32_MAX);
    Node count = 0;
    for (std::size_t element = 0; element < labels.size(); ++element) {
        Node& label = number[part_of(element)];
        label = label == UINT32_MAX ? count++ : label;
        labels[element] = label;
    }
}

/// Writes into `labels` (one per node) the component of each node, numbered by their smallest nodes.
/// `edges` holds pairs of nodes one after the other; all lie in [0, labels.size()).
inline void connected_components(std::span<const std::int64_t> edges, std::span<std::int64_t> labels) {
    UnionFind sets(labels.size());
    for (std::size_t i = 0; i + 1 < edges.size(); i += 2) {
        sets.unite(static_cast<Node>(edges[i]), static_cast<Node>(edges[i + 1]));
    }
    std::int64_t count = 0;
    for (std::size_t node = 0; node < labels.size(); ++node) {
        const Node root = sets.find(static_cast<Node>(node));  // never after `node`, so its label is known
        labels[node] = root == node ? count++ : labels[root];
    }
}

}  // namespace partitioners
