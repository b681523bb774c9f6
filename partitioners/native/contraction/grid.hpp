// Contraction of the graph of an image's pixels, straight from its affinities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "contraction/contraction.hpp"
#include "contraction/tiles.hpp"
#include "schedule/priority.hpp"
#include "topology/connected_components.hpp"
#include "topology/edges.hpp"
#include "topology/fixed_grid.hpp"
#include "topology/tile_order.hpp"

namespace partitioners {

template <class Linkage>
LiveGraph<typename Linkage::Edge> live_graph(const FixedGrid& grid, const TileOrder& nodes) {
    LargeVector<typename LiveGraph<typename Linkage::Edge>::Edge> edges;
    edges.reserve(grid.n_values());
    for (const auto& [tile, place] : nodes.tiles()) {
        grid.for_each_edge_from(
            tile, [&](std::size_t pixel, std::size_t other, std::int32_t value, std::uint32_t order) {
                edges.push_back({{nodes[pixel], nodes[other]}, {value, 1, order}});
            });
    }
    LiveGraph<typename Linkage::Edge> live(grid.n_pixels(), std::move(edges));
    if (grid.has_parallel()) {
        join_parallel<Linkage>(live);
    }
    return live;
}

/// For each node, the one in which it ended; merges are recorded between nodes. What is not contracted tile by tile uses one
/// thread.
template <class Linkage>
LargeVector<Node> contract_nodes(std::optional<FixedGrid> grid, const TileOrder& nodes, std::int64_t threshold,
                                 std::vector<Merge>* merges, unsigned n_threads) {
    if constexpr (!Linkage::reducible) {
        // One tile needs no bounds; where many edges leave a tile, too much would wait for what they lead to.
        if (const double crossings = grid->crossings(); crossings == 0 || crossings > 0.02) {
            auto graph = live_graph<Linkage>(*grid, nodes);
            grid.reset();
            return Contraction<Linkage, ByAffinity<Linkage>>(std::move(graph), {}, threshold, merges).run();
        }
    }
    Tiles<Linkage> tiles(*grid, nodes, threshold, merges, n_threads);
    grid.reset();  // its memory is needed
    return std::move(tiles).run();
}

/// Write into `labels` for each pixel its part, 0…k-1 in the order of their first pixels; record the merges, between
/// pixels, if asked to. The number of threads changes nothing but the time.
template <class Linkage, class Float>
void contract(const GridView<Float>& view, std::int64_t threshold, std::span<std::int64_t> labels,
              std::vector<Merge>* merges = nullptr, unsigned n_threads = 1) {
    std::optional<FixedGrid> grid(std::in_place, view, [](double affinity) { return Linkage::fixed(affinity); });
    const TileOrder nodes(*grid);
    const auto root = contract_nodes<Linkage>(std::move(grid), nodes, threshold, merges, n_threads);
    number_parts(labels, [&](std::size_t pixel) { return root[nodes[pixel]]; });
    if (merges) {
        const auto pixel_of = nodes.pixels();
        for (auto& [u, v, height] : *merges) {
            u = pixel_of[u];
            v = pixel_of[v];
        }
    }
}

}  // namespace partitioners
