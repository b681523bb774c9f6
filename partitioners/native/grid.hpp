// Contraction of the graph of an image's pixels, straight from its affinities.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "contraction.hpp"
#include "edges.hpp"
#include "first_round.hpp"
#include "fixed_grid.hpp"
#include "priority.hpp"
#include "tiles.hpp"

namespace partitioners {

/// The graph that a grid is after the first round.
template <class Linkage>
LiveGraph<typename Linkage::Edge> live_graph(const FixedGrid& grid, const FirstRound& nodes) {
    LiveGraph<typename Linkage::Edge> live(nodes.n_nodes(), grid.n_values());  // room that is not used costs nothing
    grid.for_each_edge([&](std::size_t pixel, std::size_t other, std::int32_t value) {
        if (nodes[pixel] != nodes[other]) {
            live.add(nodes[pixel], nodes[other], {value, 1});
        }
    });
    const bool has_parallel = grid.has_parallel();
    join_parallel<Linkage>(live, [&](Node node) { return has_parallel || nodes.is_several(node); });
    return live;
}

/// For each node of the first round, the one in which it ended; merges are recorded between those.
template <class Linkage>
LargeVector<Node> contract_nodes(std::optional<FixedGrid> grid, const FirstRound& nodes, std::int64_t threshold,
                                 std::vector<Merge>* merges) {
    if constexpr (Linkage::reducible && !Linkage::two_steps) {
        Tiles<Linkage> tiles(*grid, nodes, threshold, merges);
        grid.reset();  // its memory is needed
        return std::move(tiles).run();
    } else {
        auto graph = live_graph<Linkage>(*grid, nodes);
        grid.reset();
        return Contraction<Linkage, ByAffinity<Linkage>>(std::move(graph), {}, threshold, merges).run();
    }
}

/// Write into `labels` for each pixel its part, 0…k-1 in the order of their first pixels; record the merges, between
/// pixels, if asked to.
template <class Linkage, class Float>
void contract_grid(const GridView<Float>& view, std::int64_t threshold, std::span<std::int64_t> labels,
                   std::vector<Merge>* merges = nullptr) {
    std::optional<FixedGrid> grid(std::in_place, view, [](double affinity) { return Linkage::fixed(affinity); });
    const FirstRound nodes(*grid, threshold, Linkage::reducible && !Linkage::two_steps, merges);
    std::vector<Merge> later;
    const auto root = contract_nodes<Linkage>(std::move(grid), nodes, threshold, merges ? &later : nullptr);
    LargeVector<Node> number(nodes.n_nodes(), UINT32_MAX), first_pixel(merges ? nodes.n_nodes() : 0, UINT32_MAX);
    Node count = 0;
    for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
        Node& label = number[root[nodes[pixel]]];
        label = label == UINT32_MAX ? count++ : label;
        labels[pixel] = label;
        if (merges) {
            first_pixel[nodes[pixel]] = std::min(first_pixel[nodes[pixel]], static_cast<Node>(pixel));
        }
    }
    for (const auto& [u, v, height] : later) {
        merges->push_back({first_pixel[u], first_pixel[v], height});
    }
}

}  // namespace partitioners
