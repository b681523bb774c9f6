// The whole way from a graph to labels: join parallel edges, merge in rounds as far as that pays, then by a queue.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "contraction.hpp"
#include "edges.hpp"
#include "priority.hpp"
#include "reciprocal.hpp"

namespace partitioners {

/// Whether rounds of reciprocal-best merges give the same as the queue: no average exceeds both that it came from.
template <class Linkage, class Total, class Priority>
inline constexpr bool may_merge_in_rounds = std::is_same_v<Priority, ByAffinity<Average<Total>>>;

/// Write into `labels` for each node one of its part.
template <class Linkage, class Total, class Priority>
void contract(const FixedGraph& graph, Priority priority, std::int64_t threshold, std::span<std::int64_t> labels) {
    auto edges = bundle<Linkage, Total>(graph, threshold);
    if constexpr (may_merge_in_rounds<Linkage, Total, Priority>) {
        const ReciprocalRounds<Total> rounds(edges, labels.size(), threshold);
        auto left = Contraction<Linkage, Total, Priority>(edges, rounds.n_nodes(), priority, threshold).run();
        std::ranges::copy(rounds.expand(std::move(left)), labels.begin());
    } else {
        Contraction<Linkage, Total, Priority> queue(edges, labels.size(), priority, threshold);
        std::ranges::copy(queue.run(), labels.begin());
    }
}

}  // namespace partitioners
