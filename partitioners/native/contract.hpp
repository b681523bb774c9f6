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
    const auto root = Contraction<Linkage, Priority>(live_graph<Linkage>(graph, threshold), std::move(priority),
                                                     threshold, merges)
                          .run();
    std::ranges::copy(root, labels.begin());
}

}  // namespace partitioners
