// The whole way from a graph to labels: join parallel edges, then contract.
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

/// Write into `labels` for each node one of its part.
template <class Linkage, class Total, class Priority>
void contract(const FixedGraph& graph, Priority priority, std::int64_t threshold, std::span<std::int64_t> labels) {
    Contraction<Linkage, Total, Priority> contraction(bundle<Linkage, Total>(graph, threshold), labels.size(),
                                                      std::move(priority), threshold);
    std::ranges::copy(contraction.run(), labels.begin());
}

}  // namespace partitioners
