// Python bindings of the cascade and its steps: arguments are validated, the interpreter lock is released.
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "association/association.hpp"
#include "cascade/cascade.hpp"
#include "cascade/evidence.hpp"
#include "cascade/grouping.hpp"
#include "cascade/instances.hpp"
#include "cascade/most_likely.hpp"
#include "cascade/relabelling.hpp"
#include "cascade/segment_statistics.hpp"
#include "cascade/upsampling.hpp"
#include "python/arguments.hpp"
#include "python/bindings.hpp"
#include "topology/planes.hpp"
#include "topology/region_graph.hpp"

using namespace partitioners;

namespace {

using Labels = Array<std::int32_t>;

template <class T>
Planes<T> planes(const Array<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.shape(0)),
            static_cast<std::size_t>(array.shape(1) * array.shape(2))};
}

/// The shape of a label map, refused if it is empty or its pixels cannot be numbered in 32 bits.
Shape level_shape(const std::string& name, const py::array& labels) {
    check_shape(name, labels, {any, any});
    if (labels.size() == 0 || labels.size() >= INT32_MAX / 2) {
        throw py::value_error(name + ": expected 1 to 1073741822 pixels, got " + std::to_string(labels.size()));
    }
    return {static_cast<std::size_t>(labels.shape(0)), static_cast<std::size_t>(labels.shape(1))};
}

void check_labels(const Labels& labels, std::int64_t low, std::int64_t high) {
    check_within("labels", view(labels), low, high);
}

Array<bool> thing_pixels(const Array<float>& semantic, const Array<bool>& thing) {
    check_shape("semantic", semantic, {any, any, any});
    check_shape("thing", thing, {semantic.shape(0)});
    if (semantic.shape(0) == 0) {
        throw py::value_error("semantic: expected at least one class, got none");
    }
    Array<bool> result({semantic.shape(1), semantic.shape(2)});
    const auto out = mutable_view(result);
    py::gil_scoped_release unlocked;
    is_thing(planes(semantic), view(thing), out);
    return result;
}

Labels upsample_labels(const Labels& labels, const Array<bool>& thing) {
    const Shape shape = level_shape("is_thing", thing);
    check_shape("labels", labels, {(thing.shape(0) + 1) / 2, (thing.shape(1) + 1) / 2});
    Labels result({thing.shape(0), thing.shape(1)});
    const auto out = mutable_view(result);
    py::gil_scoped_release unlocked;
    upsample(view(labels), view(thing), shape, out);
    return result;
}

/// What is shared by all steps that work on the grid of a level.
struct Grid {
    Shape shape;
    Planes<float> affinity;
    std::vector<Offset> offsets;

    Grid(const Labels& labels, const Array<float>& affinities, const Integers& pairs)
        : shape(level_shape("labels", labels)), offsets(offsets_of(pairs)) {
        check_shape("affinity", affinities, {pairs.shape(0), labels.shape(0), labels.shape(1)});
        affinity = planes(affinities);
    }
};

py::tuple region_graph_of(const Labels& labels, const Array<float>& affinity, const Integers& offsets) {
    const Grid grid(labels, affinity, offsets);
    Labels nodes({labels.shape(0), labels.shape(1)});
    const auto numbers = mutable_view(nodes);
    std::int32_t n_nodes = 0;
    std::size_t n_edges = 0;
    {
        py::gil_scoped_release unlocked;
        check_labels(labels, unlabelled, labels.size());
        n_nodes = number_nodes(view(labels), numbers);
        n_edges = count_edges(numbers, grid.offsets, grid.shape);
    }
    Integers edges({static_cast<py::ssize_t>(n_edges), py::ssize_t{2}});
    Array<float> weights(static_cast<py::ssize_t>(n_edges));
    const auto ends = mutable_view(edges);
    const auto values = mutable_view(weights);
    {
        py::gil_scoped_release unlocked;
        write_edges(view(nodes), grid.affinity, grid.offsets, grid.shape, ends, values);
    }
    return py::make_tuple(n_nodes, nodes, edges, weights);
}

Labels united(const Labels& labels, const Integers& parts) {
    const Shape shape = level_shape("labels", labels);
    check_shape("parts", parts, {any});
    Labels result({labels.shape(0), labels.shape(1)});
    const auto out = mutable_view(result);
    py::gil_scoped_release unlocked;
    check_labels(labels, INT32_MIN, parts.size());
    check_within("parts", view(parts), INT64_MIN, parts.size() - 1);
    std::ranges::fill(out, background);
    std::vector<Run> runs = segment_runs(view(labels), shape);
    relabel(runs, shape, view(parts), out);
    return result;
}

Integers reachable_pixels(const Labels& labels, const Integers& offsets) {
    const Shape shape = level_shape("labels", labels);
    const auto pairs = offsets_of(offsets);
    std::vector<std::int64_t> found;
    {
        py::gil_scoped_release unlocked;
        found = reachable(view(labels), Neighbourhood(pairs, shape));
    }
    return Integers(static_cast<py::ssize_t>(found.size()), found.data());
}

Labels grow(const Labels& labels, const Array<float>& affinity, const Integers& offsets, const Integers& order,
            double threshold) {
    const Grid grid(labels, affinity, offsets);
    check_shape("order", order, {any});
    check_not_nan("threshold", threshold);
    Labels result({labels.shape(0), labels.shape(1)});
    const auto out = mutable_view(result);
    py::gil_scoped_release unlocked;
    check_within("order", view(order), 0, labels.size() - 1);
    std::ranges::copy(view(labels), out.begin());
    associate(Neighbourhood(grid.offsets, grid.shape, grid.affinity), view(order), threshold, std::int32_t{1}, out);
    return result;
}

template <class T>
Doubles means_of(const std::vector<Run>& runs, const Array<T>& channels, const Integers& pixels) {
    Doubles means({pixels.shape(0), channels.shape(0)});
    const auto out = mutable_view(means);
    py::gil_scoped_release unlocked;
    segment_means(std::span<const Run>(runs), planes(channels), view(pixels), out);
    return means;
}

template <class T>
py::tuple statistics(const Labels& labels, const Array<T>& semantic, const Array<T>& embedding) {
    const Shape shape = level_shape("labels", labels);
    check_shape("semantic", semantic, {any, labels.shape(0), labels.shape(1)});
    check_shape("embedding", embedding, {any, labels.shape(0), labels.shape(1)});
    std::vector<Run> runs;
    std::vector<std::int64_t> counts;
    {
        py::gil_scoped_release unlocked;
        check_labels(labels, 0, labels.size());
        runs = segment_runs(view(labels), shape);
        counts = count_pixels(runs);
    }
    const auto n_segments = static_cast<py::ssize_t>(counts.size());
    const Integers pixels(n_segments, counts.data());
    Integers boxes({n_segments, py::ssize_t{4}});
    bounding_boxes(runs, shape.width, mutable_view(boxes));
    return py::make_tuple(pixels, boxes, means_of(runs, semantic, pixels), means_of(runs, embedding, pixels));
}

void check_finite(const std::string& name, const Doubles& values) {
    if (!std::ranges::all_of(view(values), [](double value) { return std::isfinite(value); })) {
        throw py::value_error(name + ": expected finite values");
    }
}

Looks looks_of(const Doubles& semantic, const Doubles& embedding) {
    check_shape("semantic", semantic, {any, any});
    if (semantic.shape(0) > INT32_MAX || (semantic.shape(0) > 0 && semantic.shape(1) == 0)) {
        throw py::value_error("semantic: expected at most 2147483647 segments, of at least one class, got shape " +
                              shape_of(semantic));
    }
    check_shape("embedding", embedding, {semantic.shape(0), any});
    check_finite("semantic", semantic);
    check_finite("embedding", embedding);
    const auto rows = [](const Doubles& array) { return Rows{view(array), static_cast<std::size_t>(array.shape(1))}; };
    return {static_cast<std::size_t>(semantic.shape(0)), rows(semantic), rows(embedding)};
}

/// The affinities of those pairs that `pairs` visits, n_pairs of them.
template <class Pairs>
py::tuple affinities_of(const Looks& looks, std::size_t n_pairs, Pairs&& pairs) {
    Integers edges({static_cast<py::ssize_t>(n_pairs), py::ssize_t{2}});
    Doubles weights(static_cast<py::ssize_t>(n_pairs));
    std::int64_t* end = edges.mutable_data();
    double* weight = weights.mutable_data();
    {
        py::gil_scoped_release unlocked;
        pairs([&](std::size_t u, std::size_t v) {
            *end++ = static_cast<std::int64_t>(u);
            *end++ = static_cast<std::int64_t>(v);
            *weight++ = looks.affinity(u, v);
        });
    }
    return py::make_tuple(edges, weights);
}

py::tuple all_pairs(const Doubles& semantic, const Doubles& embedding) {
    const Looks looks = looks_of(semantic, embedding);
    const std::size_t n = looks.count();
    return affinities_of(looks, n > 0 ? n * (n - 1) / 2 : 0, [n](auto&& visit) { for_each_pair_of(n, visit); });
}

py::tuple pairs_in_reach(const Doubles& semantic, const Doubles& embedding, double scale, std::int64_t threshold) {
    if (!(scale > 0) || std::isinf(scale) || threshold < 0) {
        throw py::value_error("scale, threshold: expected a scale above 0 and a threshold of at least 0");
    }
    const Looks looks = looks_of(semantic, embedding);
    const Reach reach = [&] {
        py::gil_scoped_release unlocked;
        return Reach(looks, scale, threshold);
    }();
    return affinities_of(looks, reach.n_pairs(), [&](auto&& visit) { reach.for_each_pair(visit); });
}

void check_thing(const Array<bool>& thing, py::ssize_t n_classes) {
    check_shape("thing", thing, {n_classes});
    if (!std::ranges::count(view(thing), true)) {
        throw py::value_error("thing: expected at least one, got none");
    }
}

Labels classes_of(const Instances& found) {
    return Labels(static_cast<py::ssize_t>(found.classes.size()), found.classes.data());
}

Array<float> scores_of(const Instances& found) {
    Array<float> scores(static_cast<py::ssize_t>(found.scores.size()));
    std::ranges::transform(found.scores, scores.mutable_data(), [](double score) { return static_cast<float>(score); });
    return scores;
}

py::tuple instances(const Labels& labels, const Array<float>& semantic, const Array<bool>& thing, std::int64_t min_size,
                    std::int64_t stride, std::int64_t height, std::int64_t width) {
    const Shape shape = level_shape("labels", labels);
    check_shape("semantic", semantic, {any, labels.shape(0), labels.shape(1)});
    check_shape("thing", thing, {semantic.shape(0)});
    if (stride < 1 || height < 1 || width < 1 || (height - 1) / stride + 1 != labels.shape(0) ||
        (width - 1) / stride + 1 != labels.shape(1)) {
        throw py::value_error("stride, height, width: expected an image of as many pixels as labels, over the stride");
    }
    std::vector<Run> runs;
    {
        py::gil_scoped_release unlocked;
        check_labels(labels, 0, labels.size());
        runs = segment_runs(view(labels), shape);
        keep_large(runs, min_size);
    }
    if (!runs.empty()) {
        check_thing(thing, semantic.shape(0));
    }
    Labels image({height, width});
    const auto out = mutable_view(image);
    const std::vector<Planes<float>> levels{planes(semantic)};
    Instances found;
    {
        py::gil_scoped_release unlocked;
        found = most_likely_things(runs, shape.width, levels, view(thing));
        enlarge(runs, shape.width, static_cast<std::size_t>(stride),
                {static_cast<std::size_t>(height), static_cast<std::size_t>(width)}, out);
    }
    return py::make_tuple(image, classes_of(found), scores_of(found));
}

py::tuple rescored(const Labels& labels, const std::vector<Array<float>>& semantics, const Array<bool>& thing,
                   const Array<float>& affinity, const Integers& offsets, double small) {
    const Grid grid(labels, affinity, offsets);
    if (semantics.empty() || semantics.size() > 31) {
        throw py::value_error("semantics: expected 1 to 31 levels, got " + std::to_string(semantics.size()));
    }
    py::ssize_t height = labels.shape(0), width = labels.shape(1);
    std::vector<Planes<float>> levels;
    for (const Array<float>& semantic : semantics) {
        check_shape(
            "semantics", semantic, {semantics.front().ndim() == 3 ? semantics.front().shape(0) : any, height, width});
        levels.push_back(planes(semantic));
        height = (height + 1) / 2;
        width = (width + 1) / 2;
    }
    check_thing(thing, semantics.front().shape(0));
    if (!(small >= 0)) {
        throw py::value_error("small: expected at least 0, got " + std::to_string(small));
    }
    const Instances found = [&] {
        py::gil_scoped_release unlocked;
        check_labels(labels, 0, labels.size());
        return rescore(view(labels), grid.shape, levels, view(thing), grid.offsets, grid.affinity, small);
    }();
    const Integers pixels(static_cast<py::ssize_t>(found.pixels.size()), found.pixels.data());
    return py::make_tuple(pixels, classes_of(found), scores_of(found));
}

/// Affinity, semantic, embedding and offsets.
using Level = std::tuple<Array<float>, Array<float>, Array<float>, Integers>;
/// Linkage and threshold, for groups beta.
using Cut = std::tuple<std::string, std::int64_t>;
using Grouping = std::tuple<std::string, std::int64_t, std::optional<double>>;

Predictions predictions_of(const Level& level) {
    const auto& [affinity, semantic, embedding, offsets] = level;
    check_shape("semantic", semantic, {any, any, any});
    const Shape shape{static_cast<std::size_t>(semantic.shape(1)), static_cast<std::size_t>(semantic.shape(2))};
    if (semantic.shape(0) == 0 || shape.size() == 0 || shape.size() >= INT32_MAX / 2) {
        throw py::value_error("semantic: expected at least one class, of 1 to 1073741822 pixels, got shape " +
                              shape_of(semantic));
    }
    auto pairs = offsets_of(offsets);
    check_shape("affinity", affinity, {offsets.shape(0), semantic.shape(1), semantic.shape(2)});
    check_shape("embedding", embedding, {any, semantic.shape(1), semantic.shape(2)});
    return {shape, std::move(pairs), planes(affinity), planes(semantic), planes(embedding)};
}

Greedy greedy(const std::string& linkage, std::int64_t threshold, std::optional<double> beta) {
    check_not_nan("beta", beta.value_or(0));
    if (linkage != "sum" && threshold < 0) {
        throw py::value_error("threshold: expected at least 0, got " + std::to_string(threshold));
    }
    return {linkage, threshold, beta};
}

Labels cascade(const std::vector<Level>& levels, const Array<bool>& thing, const Cut& affinity,
               const std::optional<Grouping>& grouping, bool cuts_last, double disputed,
               const std::optional<std::tuple<std::int64_t, double>>& pieces,
               const std::optional<Grouping>& regrouping) {
    check_not_nan("disputed", disputed);
    if (!cuts_last && (pieces || regrouping)) {
        throw py::value_error("pieces, regrouping: expected None, as the last level is not cut");
    }
    if (levels.empty()) {
        throw py::value_error("levels: expected at least one, got none");
    }
    std::vector<Predictions> all;
    for (const Level& level : levels) {
        all.push_back(predictions_of(level));
        check_shape("thing", thing, {std::get<1>(level).shape(0)});
    }
    for (std::size_t number = 1; number < all.size(); ++number) {
        const Shape coarser = all[number - 1].shape, finer = all[number].shape;
        if (coarser.height != (finer.height + 1) / 2 || coarser.width != (finer.width + 1) / 2) {
            throw py::value_error("levels: expected each of half the height and width of the next, rounded up");
        }
    }
    Steps steps{.affinity = greedy(std::get<0>(affinity), std::get<1>(affinity), std::nullopt),
                .grouping = grouping ? std::optional(std::apply(greedy, *grouping)) : std::nullopt,
                .cuts_last = cuts_last,
                .disputed = disputed,
                .pieces = std::nullopt,
                .regrouping = regrouping ? std::optional(std::apply(greedy, *regrouping)) : std::nullopt};
    if (pieces) {
        check_not_nan("pieces", std::get<1>(*pieces));
        steps.pieces = {std::get<0>(*pieces), std::get<1>(*pieces)};
    }
    Labels result({all.back().shape.height, all.back().shape.width});
    const auto out = mutable_view(result);
    py::gil_scoped_release unlocked;
    descend(all, view(thing), steps, out);
    return result;
}

}  // namespace

void register_cascade(py::module_& module) {
    using py::arg;
    module.def("cascade", &cascade, arg("levels"), arg("thing"), arg("affinity"), arg("grouping"), arg("cuts_last"),
               arg("disputed") = 1.0, arg("pieces") = py::none(), arg("regrouping") = py::none());
    module.def("is_thing", &thing_pixels, arg("semantic"), arg("thing"));
    module.def("upsample", &upsample_labels, arg("labels"), arg("is_thing"));
    module.def("region_graph", &region_graph_of, arg("labels"), arg("affinity"), arg("offsets"));
    module.def("relabel", &united, arg("labels"), arg("parts"));
    module.def("reachable", &reachable_pixels, arg("labels"), arg("offsets"));
    module.def("grow", &grow, arg("labels"), arg("affinity"), arg("offsets"), arg("order"), arg("threshold"));
    module.def("segment_statistics", &statistics<float>, arg("labels"), arg("semantic").noconvert(),
               arg("embedding").noconvert());
    module.def("segment_statistics", &statistics<double>, arg("labels"), arg("semantic"), arg("embedding"));
    module.def("all_pairs", &all_pairs, arg("semantic"), arg("embedding"));
    module.def("pairs_in_reach", &pairs_in_reach, arg("semantic"), arg("embedding"), arg("scale"), arg("threshold"));
    module.def("instances", &instances, arg("labels"), arg("semantic"), arg("thing"), arg("min_size"), arg("stride"),
               arg("height"), arg("width"));
    module.def("rescore", &rescored, arg("labels"), arg("semantics"), arg("thing"), arg("affinity"), arg("offsets"),
               arg("small"));
}
