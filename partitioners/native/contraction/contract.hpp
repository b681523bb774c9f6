// The whole way from a list of edges to labels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "contraction/contraction.hpp"
#include "schedule/priority.hpp"
#include "topology/edges.hpp"

namespace partitioners {

/// Write into `labels` for each node one of its part; record the merges if asked to.
template <class Linkage, class Priority>
void contract(const FixedGraph& graph, Priority priority, std::int64_t threshold, std::span<std::int64_t> labels,
              std::vector<Merge>* merges = nullptr) {
    const auto root =
        Contraction<Linkage, Priority>(live_graph<Linkage>(graph, threshold), std::move(priority), threshold, merges)
            .run();
    std::ranges::copy(root, labels.begin());
}

/// The same after those merges alone that hold whatever edges open nodes have beyond this graph.
template <class Linkage>
void contract(const FixedGraph& graph, std::int64_t threshold, std::span<const bool> is_open,
              std::span<std::int64_t> labels) {
    Contraction<Linkage, ByAffinity<Linkage>> contraction(live_graph<Linkage>(graph, threshold), {}, threshold);
    contraction.run_inner([=](Node node) { return is_open[node]; });
    for (std::size_t node = 0; node < labels.size(); ++node) {
        labels[node] = contraction.root(static_cast<Node>(node));
    }
}

/// The same where lifted edges add to what others are worth, but are not contracted by themselves.
template <class Linkage>
void contract_lifted(const FixedGraph& graph, std::int64_t threshold, std::span<const bool> is_lifted,
                     std::span<std::int64_t> labels) {
    LiveGraph<typename Linkage::Edge> live(
        static_cast<std::size_t>(graph.n_nodes), edges_in_reach<Linkage>(graph, threshold, true));
    Lifted lifted(is_lifted);
    join_parallel<Linkage>(live, [&](EdgeId kept, EdgeId given_up) { lifted.join(kept, given_up); });
    const auto root =
        Contraction<Linkage, ByAffinity<Linkage>, Lifted>(std::move(live), {}, threshold, nullptr, std::move(lifted))
            .run();
    std::ranges::copy(root, labels.begin());
}

/// The same within limits; the ends of `apart`, pairs of nodes, never become one part, and `sizes` are those of the nodes.
/// With ByStrength, edges below 0 keep parts apart as soon as they are the strongest; the threshold is 0 then. In the end
/// small parts merge with others, by the highest edge first.
template <class Linkage, class Priority>
void contract(const FixedGraph& graph, Priority priority, std::int64_t threshold, std::span<const std::int64_t> apart,
              std::vector<std::int64_t> sizes, const Constraints::Limits& limits, std::span<std::int64_t> labels) {
    auto edges = edges_in_reach<Linkage>(graph, threshold, limits.smallest > 1);
    const auto first = static_cast<EdgeId>(edges.size());
    for (std::size_t end = 0; end < apart.size(); end += 2) {
        const auto order = static_cast<std::uint32_t>(graph.values.size() + end / 2);
        edges.push_back({{static_cast<Node>(apart[end]), static_cast<Node>(apart[end + 1])}, {0, 1, order}});
    }
    LiveGraph<typename Linkage::Edge> live(static_cast<std::size_t>(graph.n_nodes), std::move(edges));
    Constraints constraints(live.n_edges(), std::move(sizes), limits);
    for (EdgeId edge = first; edge < live.n_edges(); ++edge) {
        constraints.forbid(edge);
    }
    join_parallel<Linkage>(live, [&](EdgeId kept, EdgeId given_up) { constraints.join(kept, given_up); });
    Contraction<Linkage, Priority, Constraints> contraction(
        std::move(live), std::move(priority), threshold, nullptr, std::move(constraints));
    const auto root = contraction.run();
    std::ranges::copy(root, labels.begin());
    if (limits.smallest > 1) {
        contraction.constraint().let_only_small_merge();
        const auto cleaned =
            Contraction<Linkage, ByAffinity<Linkage>, Constraints>(
                std::move(contraction.graph()), {}, threshold, nullptr, std::move(contraction.constraint()))
                .run();
        std::ranges::transform(root, labels.begin(), [&](Node node) { return cleaned[node]; });
    }
}

}  // namespace partitioners
