// The levels of a cascade, from coarse to fine: Algorithm 3 of Deep Affinity Net, whose lines are numbered. The same,
// pixel for pixel, as the steps that partitioners/cascade takes one by one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cascade/grouping.hpp"
#include "cascade/most_likely.hpp"
#include "cascade/pieces.hpp"
#include "cascade/relabelling.hpp"
#include "cascade/segment_statistics.hpp"
#include "cascade/upsampling.hpp"
#include "contraction/contract.hpp"
#include "linkage/dispatch.hpp"
#include "schedule/priority.hpp"
#include "topology/adjacency.hpp"
#include "topology/region_graph.hpp"

namespace partitioners {

/// The predictions on one level of a pyramid.
struct Predictions {
    Shape shape;
    std::vector<Offset> offsets;
    Planes<float> affinity, semantic, embedding;
};

/// GAEC, or where there is a `beta` PA-GAEC; the threshold is in fixed-point units.
struct Greedy {
    std::string linkage;
    std::int64_t threshold;
    std::optional<double> beta;
};

/// Edges between nodes, two ends of each one after the other, and what a contraction asks of them.
template <class Float>
struct Affinities {
    std::vector<std::int64_t> ends;
    std::vector<Float> weights;
    std::vector<std::int64_t> sizes;
};

/// The part of each of `n_nodes` nodes; `boxes` are theirs where there is a `beta`.
template <class Float>
std::vector<std::int64_t> contract(std::size_t n_nodes, const Affinities<Float>& edges, const Greedy& how,
                                   std::span<const std::int64_t> boxes = {}) {
    if (edges.weights.size() > INT32_MAX - 3) {  // 31 bits less three numbers of a special meaning
        throw std::invalid_argument("edges: expected at most 2147483644, got " + std::to_string(edges.weights.size()));
    }
    if (!std::ranges::all_of(edges.weights, [](Float weight) { return weight >= 0 && weight <= 1; })) {
        throw std::invalid_argument("affinity: expected values in [0, 1]");
    }
    std::vector<std::int64_t> values(edges.weights.size()), parts(n_nodes);
    with_linkage<Narrow64>(how.linkage, [&]<class Linkage>(std::type_identity<Linkage>) {
        std::ranges::transform(
            edges.weights, values.begin(), [](Float weight) { return Linkage::fixed(static_cast<double>(weight)); });
    });
    const FixedGraph graph{static_cast<std::int64_t>(n_nodes), edges.ends, values, edges.sizes};
    with_linkage(how.linkage, graph, [&]<class Linkage>(std::type_identity<Linkage>) {
        if (!how.beta) {
            contract<Linkage>(graph, ByAffinity<Linkage>(), how.threshold, parts);
        } else if constexpr (Linkage::reducible) {
            contract<Linkage>(graph, ByPosition<Linkage>(boxes, *how.beta), how.threshold, parts);
        } else {
            throw std::invalid_argument("linkage: expected wpgma or average, got " + how.linkage);
        }
    });
    return parts;
}

/// Make labels the segments of a level: inherited ones are nodes, unlabelled pixels single nodes. Return their runs.
inline std::vector<Run> cut(const Predictions& level, std::span<std::int32_t> labels, const Greedy& how) {
    const auto n_nodes = static_cast<std::size_t>(number_nodes(labels, labels));
    const std::size_t n_edges = count_edges(labels, level.offsets, level.shape);
    Affinities<float> edges{
        std::vector<std::int64_t>(2 * n_edges), std::vector<float>(n_edges), std::vector<std::int64_t>(n_edges, 1)};
    write_edges(labels, level.affinity, level.offsets, level.shape, edges.ends, edges.weights);
    std::vector<Run> runs = segment_runs(labels, level.shape);
    relabel(runs, level.shape, contract(n_nodes, edges, how), labels);
    return runs;
}

/// The means of some channels over each segment, one after the other.
inline std::vector<double> finite_means(const char* name, std::span<const Run> runs, const Planes<float>& channels,
                                        std::span<const std::int64_t> pixels) {
    std::vector<double> means(pixels.size() * channels.count);
    segment_means(runs, channels, pixels, std::span<double>(means));
    if (!std::ranges::all_of(means, [](double value) { return std::isfinite(value); })) {
        throw std::invalid_argument(std::string(name) + ": expected finite values");
    }
    return means;
}

/// Unite those segments that look as if they belong together (39 to 41).
inline void group(const Predictions& level, std::vector<Run>& runs, std::span<std::int32_t> labels, const Greedy& how) {
    const std::vector<std::int64_t> pixels = count_pixels(runs);
    const std::size_t count = pixels.size();
    std::vector<std::int64_t> boxes(4 * count);
    bounding_boxes(runs, level.shape.width, boxes);
    const auto semantic = finite_means("semantic", runs, level.semantic, pixels);
    const auto embedding = finite_means("embedding", runs, level.embedding, pixels);
    const Looks looks(count, {semantic, level.semantic.count}, {embedding, level.embedding.count});
    Affinities<double> edges;
    const auto make_room = [&](std::size_t n_pairs) {
        edges.ends.reserve(2 * n_pairs);
        edges.weights.reserve(n_pairs);
        edges.sizes.reserve(n_pairs);
    };
    const auto add = [&](std::size_t u, std::size_t v) {
        edges.ends.push_back(static_cast<std::int64_t>(u));
        edges.ends.push_back(static_cast<std::int64_t>(v));
        edges.weights.push_back(looks.affinity(u, v));
        edges.sizes.push_back(pixels[u] * pixels[v]);
    };
    with_linkage<Narrow64>(how.linkage, [&]<class Linkage>(std::type_identity<Linkage>) {
        if constexpr (Linkage::reducible) {
            const Reach reach(looks, scale, how.threshold);
            make_room(reach.n_pairs());
            reach.for_each_pair(add);
        } else {  // all pairs count
            make_room(count > 0 ? count * (count - 1) / 2 : 0);
            for_each_pair_of(count, add);
        }
    });
    relabel(runs, level.shape, contract(count, edges, how, boxes), labels);
}

/// Free the pixels of those segments inside of which more than a share of the affinities is below one half.
inline void free_disputed(const Predictions& level, std::span<std::int32_t> labels, double share) {
    const std::vector<Run> runs = segment_runs(labels, level.shape);
    std::vector<std::int64_t> inside(count_pixels(runs).size()), below(inside.size());
    for (std::size_t channel = 0; channel < level.offsets.size(); ++channel) {
        const auto affinity = level.affinity[channel];
        for (const Run& run : runs) {
            const Partners partners = partners_of(run, level.offsets[channel], level.shape);
            std::int32_t equal = 0, low = 0;
            for (std::size_t i = 0; i < partners.count; ++i) {
                const bool is_inside = labels[partners.partner + i] == run.label;
                equal += is_inside;
                low += is_inside & (affinity[partners.pixel + i] < 0.5F);
            }
            inside[static_cast<std::size_t>(run.label - 1)] += equal;
            below[static_cast<std::size_t>(run.label - 1)] += low;
        }
    }
    for (const Run& run : runs) {
        const auto segment = static_cast<std::size_t>(run.label - 1);
        if (static_cast<double>(below[segment]) > share * static_cast<double>(inside[segment])) {
            std::fill_n(&labels[run.start], run.length, unlabelled);
        }
    }
}

/// Write the labels with which a level begins: those of the next coarser one, but for disputed segments, or none. `thing`
/// tells which classes are things.
inline void inherit(const Predictions& level, std::span<const bool> thing, std::span<const std::int32_t> coarser,
                    double disputed, std::span<std::int32_t> labels) {
    const std::unique_ptr<bool[]> flags(new bool[labels.size()]);
    const std::span<bool> things(flags.get(), labels.size());
    is_thing(level.semantic, thing, things);
    if (coarser.empty()) {
        std::ranges::fill(labels, unlabelled);
    } else {
        upsample(coarser, things, level.shape, labels);
        if (disputed < 1) {
            free_disputed(level, labels, disputed);
        }
    }
    for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
        const std::int32_t least = things[pixel] ? unlabelled : background;  // of stuff that inherits no label
        labels[pixel] = std::max(labels[pixel], least);
    }
}

/// Segments under `small` pixels are taken apart, see pieces.hpp.
struct Pieces {
    std::int64_t small;
    double threshold;
};

/// The steps of a cascade.
struct Steps {
    Greedy affinity;
    std::optional<Greedy> grouping;
    bool cuts_last = true;  ///< without, the result is what the last level inherits
    double disputed = 1;    ///< of more affinities below one half inside of it, a segment is not inherited
    std::optional<Pieces> pieces;
    std::optional<Greedy> regrouping;  ///< of the last level
};

/// Write the labels of the last of some levels, coarsest first, each with half the height and width of the next, rounded
/// up. `thing` tells which classes are things.
inline void descend(std::span<const Predictions> levels, std::span<const bool> thing, const Steps& steps,
                    std::span<std::int32_t> result) {
    std::vector<std::int32_t> coarser;
    std::vector<Run> runs;
    for (const Predictions& level : levels) {  // 31
        const bool is_last = &level == &levels.back();
        std::vector<std::int32_t> own(is_last ? 0 : level.shape.size());
        const std::span<std::int32_t> labels = is_last ? result : own;
        inherit(level, thing, coarser, steps.disputed, labels);  // 32, 33
        if (steps.cuts_last || !is_last) {                       // 35
            runs = cut(level, labels, steps.affinity);           // 34, 38
            if (steps.grouping) {
                group(level, runs, labels, *steps.grouping);  // 39 to 41
            }
        }
        coarser = std::move(own);
    }
    const Predictions& last = levels.back();
    if (steps.pieces) {
        runs = join_small(runs, result, Neighbourhood(last.offsets, last.shape, last.affinity), steps.pieces->small,
                          steps.pieces->threshold);
    }
    if (steps.regrouping) {
        group(last, runs, result, *steps.regrouping);
    }
}

}  // namespace partitioners
