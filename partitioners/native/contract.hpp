// The whole way from a list of edges to labels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "contraction.hpp"
#include "edges.hpp"
#include "priority.hpp"

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
void contract_inner(const FixedGraph& graph, std::int64_t threshold, std::span<const bool> is_open,
                    std::span<std::int64_t> labels) {
    Contraction<Linkage, ByAffinity<Linkage>> contraction(live_graph<Linkage>(graph, threshold), {}, threshold);
    contraction.run_chains([=](Node node) { return is_open[node]; });
    for (std::size_t node = 0; node < labels.size(); ++node) {
        labels[node] = contraction.root(static_cast<Node>(node));
    }
}

}  // namespace partitioners
