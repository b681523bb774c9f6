// Python bindings: arguments are validated here, then the interpreter lock is released.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "association.hpp"
#include "bind_cascade.hpp"
#include "connected_components.hpp"
#include "contract.hpp"
#include "grid.hpp"
#include "mutex_watershed.hpp"
#include "priority.hpp"
#include "relabelling.hpp"

using namespace partitioners;

namespace {

Integers connected_components_of(std::int64_t n_nodes, const Integers& edges) {
    check_graph(n_nodes, edges);
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    {
        py::gil_scoped_release unlocked;
        connected_components(view(edges), out);
    }
    return labels;
}

Integers renumbered(const Integers& labels) {
    check_shape("labels", labels, {any});
    Integers result(labels.size());
    const auto out = mutable_view(result);
    py::gil_scoped_release unlocked;
    renumber(view(labels), out);
    return result;
}

/// Whether narrow numbers hold all sums of value · size; refuse what even wide ones could not hold.
bool fits_narrow(const FixedGraph& graph) {
    constexpr Wide limit = Wide{1} << 62;
    Wide total = 0, sizes = 0;
    for (std::size_t index = 0; index < graph.values.size(); ++index) {
        const Wide value = graph.values[index];
        total += (value < 0 ? -value : value) * graph.sizes[index];
        sizes += graph.sizes[index];
        if (sizes >= limit || total >= limit << 60) {
            throw py::value_error("sizes: expected a sum below 2^62, and below 2^122 times the values");
        }
    }
    return is_narrow(total, sizes);
}

/// Return call(linkage), the linkage with this name given as a type.
template <class Numbers, class Call>
void with_linkage(const std::string& name, Call&& call) {
    if (name == "wpgma") {
        call(std::type_identity<Wpgma<Numbers>>());
    } else if (name == "average") {
        call(std::type_identity<Average<Numbers>>());
    } else if (name == "sum") {
        call(std::type_identity<Sum<Numbers>>());
    } else {
        throw py::value_error("linkage: expected wpgma, average or sum, got " + name);
    }
}

/// Return call(linkage), with numbers that are wide enough for the sums of a graph.
template <class Call>
void with_linkage(const std::string& name, const FixedGraph& graph, Call&& call) {
    if (fits_narrow(graph)) {
        with_linkage<Narrow64>(name, call);
    } else {
        with_linkage<Wide128>(name, call);
    }
}

FixedGraph checked_graph(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes) {
    check_graph(n_nodes, edges);
    check_no_loops(edges);
    check_shape("values", values, {edges.shape(0)});
    check_range("values", view(values), -(std::int64_t{1} << 61), std::int64_t{1} << 61);
    check_shape("sizes", sizes, {edges.shape(0)});
    check_range("sizes", view(sizes), 1, INT64_MAX);
    return {n_nodes, view(edges), view(values), view(sizes)};
}

Integers contract_graph(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes,
                        const std::string& linkage, std::int64_t threshold) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    with_linkage(linkage, graph, [&]<class Linkage>(std::type_identity<Linkage>) {
        contract<Linkage>(graph, ByAffinity<Linkage>(), threshold, out);
    });
    return labels;
}

Integers contract_inner_graph(std::int64_t n_nodes, const Integers& edges, const Integers& values,
                              const Integers& sizes, const std::string& linkage, std::int64_t threshold,
                              const Array<bool>& is_open) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    check_shape("is_open", is_open, {n_nodes});
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    with_linkage(linkage, graph, [&]<class Linkage>(std::type_identity<Linkage>) {
        if constexpr (Linkage::reducible) {
            contract_inner<Linkage>(graph, threshold, view(is_open), out);
        } else {
            throw py::value_error("linkage: expected wpgma or average, got sum");
        }
    });
    return labels;
}

Integers contract_by_position(std::int64_t n_nodes, const Integers& edges, const Integers& values,
                              const Integers& sizes, const std::string& linkage, std::int64_t threshold,
                              const Integers& boxes, double beta) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    check_shape("boxes", boxes, {n_nodes, 4});
    check_range("boxes", view(boxes), -(std::int64_t{1} << 60), std::int64_t{1} << 60);
    check_not_nan("beta", beta);
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    with_linkage(linkage, graph, [&]<class Linkage>(std::type_identity<Linkage>) {
        if constexpr (Linkage::reducible) {
            contract<Linkage>(graph, ByPosition<Linkage>(view(boxes), beta), threshold, out);
        } else {
            throw py::value_error("linkage: expected wpgma or average, got sum");
        }
    });
    return labels;
}

Integers contract_constrained(std::int64_t n_nodes, const Integers& edges, const Integers& values,
                              const Integers& sizes, const std::string& linkage, std::int64_t threshold,
                              bool by_strength, const Integers& apart, const Integers& node_sizes, std::int64_t n_parts,
                              std::int64_t largest, std::int64_t smallest) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    check_nodes("apart", apart, n_nodes);
    check_no_loops(apart, "apart");
    if (edges.shape(0) + apart.shape(0) > INT32_MAX - 3) {
        throw py::value_error("apart: expected at most 2147483644 pairs and edges");
    }
    check_shape("node_sizes", node_sizes, {n_nodes});
    check_range("node_sizes", view(node_sizes), 1, std::int64_t{1} << 31);
    if (n_parts < 0 || largest < 1) {
        throw py::value_error("n_parts, largest: expected at least 0 and 1, got " + std::to_string(n_parts) + " and " +
                              std::to_string(largest));
    }
    if (by_strength && threshold != 0) {
        throw py::value_error("threshold: expected 0 where edges go by their strength, got " +
                              std::to_string(threshold));
    }
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    const auto of_nodes = view(node_sizes);
    py::gil_scoped_release unlocked;
    const auto run = [&]<class Linkage>(std::type_identity<Linkage>) {
        std::vector<std::int64_t> own(of_nodes.begin(), of_nodes.end());
        const Constraints::Limits limits{n_parts, largest, smallest};
        if (by_strength) {
            contract_within<Linkage, ByStrength>(graph, threshold, view(apart), std::move(own), limits, out);
        } else {
            contract_within<Linkage, ByAffinity>(graph, threshold, view(apart), std::move(own), limits, out);
        }
    };
    if (linkage == "max") {
        run(std::type_identity<Extreme<Wide128, Larger>>());
    } else if (linkage == "min") {
        run(std::type_identity<Extreme<Wide128, Smaller>>());
    } else if (linkage == "abs_max") {
        run(std::type_identity<Extreme<Wide128, Stronger>>());
    } else {
        with_linkage(linkage, graph, run);
    }
    return labels;
}

using Tree = std::pair<Integers, Integers>;

Tree tree_of(const std::vector<Merge>& merges) {
    Integers pairs(std::vector<py::ssize_t>{static_cast<py::ssize_t>(merges.size()), 2});
    Integers heights(static_cast<py::ssize_t>(merges.size()));
    std::int64_t* end = pairs.mutable_data();
    std::int64_t* height = heights.mutable_data();
    for (const Merge& merge : merges) {
        *end++ = merge.u;
        *end++ = merge.v;
        *height++ = merge.height;
    }
    return {pairs, heights};
}

Tree merge_tree(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes,
                const std::string& linkage, std::int64_t threshold) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(n_nodes));
    std::vector<Merge> merges;
    {
        py::gil_scoped_release unlocked;
        with_linkage(linkage, graph, [&]<class Linkage>(std::type_identity<Linkage>) {
            contract<Linkage>(graph, ByAffinity<Linkage>(), threshold, labels, &merges);
        });
    }
    return tree_of(merges);
}

using Mask = Array<bool>;

/// The arguments of a contraction of a grid, checked.
template <class Float>
struct Grid {
    std::vector<Triple> offsets;
    GridView<Float> view;

    Grid(const Array<Float>& affinity, const Integers& offsets_, const std::optional<Mask>& mask) {
        const py::ssize_t rank = affinity.ndim() - 1;
        if (rank < 1 || rank > 3) {
            throw py::value_error("affinity: expected 2 to 4 axes, got shape " + shape_of(affinity));
        }
        check_shape("offsets", offsets_, {affinity.shape(0), rank});
        constexpr std::int64_t most = INT32_MAX - 3;  // 31 bits less three numbers of a special meaning
        Triple shape{1, 1, 1};
        std::vector<std::int64_t> lengths;
        bool fits = affinity.size() <= most;
        for (py::ssize_t axis = 0; axis < rank; ++axis) {
            lengths.push_back(affinity.shape(axis + 1));
            shape[static_cast<std::size_t>(3 - rank + axis)] = lengths.back();
            fits = fits && lengths.back() <= most;
        }
        const bool is_empty = std::ranges::count(shape, 0) > 0;
        fits = fits && (is_empty || (shape[0] * shape[1] <= most && shape[0] * shape[1] * shape[2] <= most));
        if (!fits) {  // of no offsets, perhaps
            throw py::value_error("affinity: expected at most 2147483644 pixels and values, got shape " +
                                  shape_of(affinity));
        }
        for (py::ssize_t index = 0; index < offsets_.shape(0); ++index) {
            Triple offset{0, 0, 0};
            for (py::ssize_t axis = 0; axis < rank; ++axis) {
                offset[static_cast<std::size_t>(3 - rank + axis)] = within_any_image(offsets_.at(index, axis));
            }
            if (offset == Triple{0, 0, 0}) {
                throw py::value_error("offsets: expected steps other than 0");
            }
            offsets.push_back(offset);
        }
        if (mask) {
            check_shape("mask", *mask, lengths);
        }
        view = {shape, offsets, affinity.data(), mask ? mask->data() : nullptr};
    }
};

unsigned checked_threads(std::int64_t n_threads) {
    if (n_threads < 1) {
        throw py::value_error("n_threads: expected at least 1, got " + std::to_string(n_threads));
    }
    return static_cast<unsigned>(std::min<std::int64_t>(n_threads, 1024));
}

template <class Float>
Integers contract_grid_of(const Array<Float>& affinity, const Integers& offsets, const std::string& linkage,
                          std::int64_t threshold, const std::optional<Mask>& mask, std::int64_t n_threads) {
    const Grid<Float> grid(affinity, offsets, mask);
    const unsigned threads = checked_threads(n_threads);
    Integers labels(static_cast<py::ssize_t>(grid.view.n_pixels()));
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    with_linkage<Narrow64>(linkage, [&]<class Linkage>(std::type_identity<Linkage>) {
        contract_grid<Linkage>(grid.view, threshold, out, nullptr, threads);
    });
    return labels;
}

template <class Float>
Tree merge_tree_of_grid(const Array<Float>& affinity, const Integers& offsets, const std::string& linkage,
                        std::int64_t threshold, const std::optional<Mask>& mask, std::int64_t n_threads) {
    const Grid<Float> grid(affinity, offsets, mask);
    const unsigned threads = checked_threads(n_threads);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(grid.view.n_pixels()));
    std::vector<Merge> merges;
    {
        py::gil_scoped_release unlocked;
        with_linkage<Narrow64>(linkage, [&]<class Linkage>(std::type_identity<Linkage>) {
            contract_grid<Linkage>(grid.view, threshold, labels, &merges, threads);
        });
    }
    return tree_of(merges);
}

/// Seeds (n,), negative where there is none, below n.
std::span<const std::int64_t> checked_seeds(const std::optional<Integers>& seeds, std::int64_t n_nodes) {
    if (!seeds) {
        return {};
    }
    check_shape("seeds", *seeds, {n_nodes});
    check_range("seeds", view(*seeds), INT64_MIN, n_nodes);
    return view(*seeds);
}

Integers mutex_watershed_of(std::int64_t n_nodes, const Integers& edges, const Integers& values,
                            const std::optional<Integers>& seeds, bool keeps_seeds) {
    check_graph(n_nodes, edges);
    check_no_loops(edges);
    check_shape("values", values, {edges.shape(0)});
    constexpr std::int64_t most = std::int64_t{1} << 62;
    check_range("values", view(values), -most, most + 1);
    const auto start = checked_seeds(seeds, n_nodes), ends = view(edges), strengths = view(values);
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    LargeVector<QueuedEdge<std::uint64_t>> queued;
    for (std::size_t edge = 0; edge < strengths.size(); ++edge) {
        if (strengths[edge] != 0) {
            queued.push_back(QueuedEdge<std::uint64_t>::of(strengths[edge], most, static_cast<EdgeId>(edge)));
        }
    }
    const auto ends_of = [=](EdgeId edge) {
        return std::pair(static_cast<Node>(ends[2 * edge]), static_cast<Node>(ends[2 * edge + 1]));
    };
    mutex_watershed(queued, most, ends_of, start, keeps_seeds, out);
    return labels;
}

template <class Float>
Integers mutex_watershed_of_grid(const Array<Float>& affinity, const Integers& offsets, const Integers& zeros,
                                 const Array<bool>& strided, const Integers& strides, const std::optional<Mask>& mask,
                                 const std::optional<Integers>& seeds, bool keeps_seeds) {
    const Grid<Float> grid(affinity, offsets, mask);
    check_shape("zeros", zeros, {affinity.shape(0)});
    check_range("zeros", view(zeros), 0, static_cast<std::int64_t>(scale) + 1);
    check_shape("strided", strided, {affinity.shape(0)});
    check_shape("strides", strides, {affinity.ndim() - 1});
    check_range("strides", view(strides), 1, INT64_MAX);
    Triple steps{1, 1, 1};
    std::ranges::copy(view(strides), steps.end() - strides.size());
    const auto start = checked_seeds(seeds, grid.view.n_pixels());
    Integers labels(static_cast<py::ssize_t>(grid.view.n_pixels()));
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    mutex_watershed_grid(grid.view, view(zeros), view(strided), steps, start, keeps_seeds, out);
    return labels;
}

Integers grow_labels(const Integers& edges, const Doubles& weights, const Integers& order, double threshold,
                     const Integers& initial) {
    check_shape("initial", initial, {any});
    check_graph(initial.shape(0), edges);
    check_no_loops(edges);
    check_shape("weights", weights, {edges.shape(0)});
    check_not_nan("threshold", threshold);
    check_shape("order", order, {any});
    check_range("order", view(order), 0, initial.shape(0));
    Integers labels(initial.shape(0));
    const auto out = mutable_view(labels);
    std::ranges::copy(view(initial), out.begin());
    py::gil_scoped_release unlocked;
    associate(view(edges), view(weights), view(order), threshold, out);
    return labels;
}

template <class Float>
void define_for_grids(py::module_& module) {
    module.def("contract_grid", &contract_grid_of<Float>, py::arg("affinity"), py::arg("offsets"), py::arg("linkage"),
               py::arg("threshold"), py::arg("mask") = py::none(), py::arg("n_threads") = 1);
    module.def("mutex_watershed_of_grid", &mutex_watershed_of_grid<Float>, py::arg("affinity"), py::arg("offsets"),
               py::arg("zeros"), py::arg("strided"), py::arg("strides"), py::arg("mask") = py::none(),
               py::arg("seeds") = py::none(), py::arg("keeps_seeds") = false);
    module.def("merge_tree_of_grid", &merge_tree_of_grid<Float>, py::arg("affinity"), py::arg("offsets"),
               py::arg("linkage"), py::arg("threshold"), py::arg("mask") = py::none(), py::arg("n_threads") = 1);
}

}  // namespace

PYBIND11_MODULE(_native, module) {
    module.doc() = "The C++ core of partitioners; the signatures are explained in _native.pyi.";
    module.def("connected_components", &connected_components_of, py::arg("n_nodes"), py::arg("edges"));
    module.def("renumber", &renumbered, py::arg("labels"));
    module.def("contract", &contract_graph, py::arg("n_nodes"), py::arg("edges"), py::arg("values"), py::arg("sizes"),
               py::arg("linkage"), py::arg("threshold"));
    module.def("contract_inner", &contract_inner_graph, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("linkage"), py::arg("threshold"), py::arg("is_open"));
    module.def("contract_by_position", &contract_by_position, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("linkage"), py::arg("threshold"), py::arg("boxes"), py::arg("beta"));
    module.def("contract_constrained", &contract_constrained, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("linkage"), py::arg("threshold"), py::arg("by_strength"), py::arg("apart"),
               py::arg("node_sizes"), py::arg("n_parts"), py::arg("largest"), py::arg("smallest"));
    module.def("merge_tree", &merge_tree, py::arg("n_nodes"), py::arg("edges"), py::arg("values"), py::arg("sizes"),
               py::arg("linkage"), py::arg("threshold"));
    define_for_grids<float>(module);
    define_for_grids<double>(module);
    module.def("mutex_watershed", &mutex_watershed_of, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("seeds") = py::none(), py::arg("keeps_seeds") = false);
    module.def("associate", &grow_labels, py::arg("edges"), py::arg("weights"), py::arg("order"), py::arg("threshold"),
               py::arg("initial"));
    register_cascade(module);
}
