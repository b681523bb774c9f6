// What the edges from each node to each part cost, kept while parts change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "multicut/costed_neighbours.hpp"

namespace partitioners {

class PartCosts {
public:
    /// The edges from a node to a part.
    struct Sum {
        std::int64_t cost = 0;
        std::uint32_t n_connecting = 0;
    };

    /// Nothing is kept where parts are so many that most nodes have no edge to most of them.
    PartCosts(const CostedNeighbours& graph, std::span<const std::int64_t> labels) : graph_(graph) {
        grow(labels.empty() ? 0 : static_cast<std::size_t>(*std::ranges::max_element(labels)) + 1);
        for (Node node = 0; are_kept() && node < labels.size(); ++node) {
            for (const auto& [other, connects, cost] : graph[node]) {
                Sum& sum = sums_[static_cast<std::size_t>(labels[other]) * graph.n_nodes() + node];
                sum.cost += cost;
                sum.n_connecting += connects;
            }
        }
    }

    bool are_kept() const { return !sums_.empty(); }

    /// Of a part of no nodes as well.
    Sum operator()(std::size_t part, Node node) const {
        const std::size_t place = part * graph_.n_nodes() + node;
        return place < sums_.size() ? sums_[place] : Sum{};
    }

    /// Take a node from one part into another.
    void move(Node node, std::size_t from, std::size_t to) {
        if (are_kept() && to * graph_.n_nodes() >= sums_.size()) {
            grow(to + 1);
        }
        if (!are_kept()) {
            return;
        }
        for (const auto& [other, connects, cost] : graph_[node]) {
            Sum& before = sums_[from * graph_.n_nodes() + other];
            Sum& after = sums_[to * graph_.n_nodes() + other];
            before.cost -= cost;
            before.n_connecting -= connects;
            after.cost += cost;
            after.n_connecting += connects;
        }
    }

private:
    void grow(std::size_t n_parts) {
        const std::size_t size = n_parts * graph_.n_nodes();
        sums_.resize(graph_.affords(size) ? size : 0);
    }

    const CostedNeighbours& graph_;
    std::vector<Sum> sums_;  ///< part by part
};

}  // namespace partitioners
