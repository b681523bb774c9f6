// Local search by levels: where many nodes would have to move before anything is gained, groups of them move first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "linkage/numbers.hpp"
#include "multicut/costed_neighbours.hpp"
#include "multicut/local_search.hpp"
#include "topology/connected_components.hpp"

namespace partitioners {

/// The group of each node, 0…k-1: each is with that neighbour in its part to which the cost is positive and the largest for
/// each of the `sizes` of nodes; of equal ones, with the one of lowest `node ^ neighbour`, which makes pairs and no chains.
inline std::vector<std::int64_t> grouped(const CostedNeighbours& graph, std::span<const std::int64_t> labels,
                                         std::span<const std::int64_t> sizes) {
    UnionFind groups(labels.size());
    for (Node node = 0; node < labels.size(); ++node) {
        Node best = node;
        std::int64_t most = 0;
        for (const auto& [other, connects, cost] : graph[node]) {
            if (!connects || cost <= 0 || labels[other] != labels[node]) {
                continue;
            }
            const Wide one = Wide{cost} * sizes[best], least = Wide{most} * sizes[other];
            if (one > least || (one == least && (node ^ other) < (node ^ best))) {
                best = other;
                most = cost;
            }
        }
        groups.unite(node, best);
    }
    std::vector<std::int64_t> result(labels.size());
    number_parts(result, [&](std::size_t node) { return groups.find(static_cast<Node>(node)); });
    return result;
}

/// Improve `labels`, the part of each node, on the graph of groups, if that is smaller by over a twentieth, and then on the
/// graph itself. A node stands for as many of the first graph's as `sizes` say.
inline void improve_by_levels(const CostedNeighbours& graph, std::span<std::int64_t> labels,
                              std::span<const std::int64_t> sizes, Budget& budget) {
    const std::vector<std::int64_t> groups = grouped(graph, labels, sizes);
    const std::size_t n_groups = groups.empty() ? 0 : static_cast<std::size_t>(*std::ranges::max_element(groups)) + 1;
    if (20 * n_groups < 19 * labels.size()) {
        std::vector<std::int64_t> group_labels(n_groups), group_sizes(n_groups), ends, costs;
        const auto is_lifted = std::make_unique<bool[]>(graph.n_ends() / 2);
        for (Node node = 0; node < labels.size(); ++node) {
            const auto group = static_cast<std::size_t>(groups[node]);
            group_labels[group] = labels[node];
            group_sizes[group] += sizes[node];
            for (const auto& [other, connects, cost] : graph[node]) {
                if (node < other && groups[other] != groups[node]) {
                    ends.insert(ends.end(), {groups[node], groups[other]});
                    is_lifted[costs.size()] = !connects;
                    costs.push_back(cost);
                }
            }
        }
        const std::vector<std::int64_t> ones(costs.size(), 1);
        const FixedGraph edges{static_cast<std::int64_t>(n_groups), ends, costs, ones};
        improve_by_levels(CostedNeighbours(edges, {is_lifted.get(), costs.size()}), group_labels, group_sizes, budget);
        for (std::size_t node = 0; node < labels.size(); ++node) {
            labels[node] = group_labels[static_cast<std::size_t>(groups[node])];
        }
    }
    KernighanLin(graph, labels, budget).run();
}

/// Improve `labels`, 0…k-1, by levels where a part has more than `large` nodes: single ones move through smaller parts.
inline void improve(const CostedNeighbours& graph, std::span<std::int64_t> labels, std::int64_t large, Budget& budget) {
    std::vector<std::int64_t> sizes(labels.size());
    for (const std::int64_t label : labels) {
        ++sizes[static_cast<std::size_t>(label)];
    }
    if (std::ranges::any_of(sizes, [=](std::int64_t size) { return size > large; })) {
        improve_by_levels(graph, labels, std::vector<std::int64_t>(labels.size(), 1), budget);
    } else {
        KernighanLin(graph, labels, budget).run();
    }
}

}  // namespace partitioners
