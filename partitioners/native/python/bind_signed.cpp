// Python bindings of what cuts signed graphs, and graphs within limits.
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

#include "contraction/contract.hpp"
#include "linkage/dispatch.hpp"
#include "multicut/local_search.hpp"
#include "multicut/mutex_watershed.hpp"
#include "python/bindings.hpp"
#include "python/problem_arguments.hpp"
#include "schedule/priority.hpp"

using namespace partitioners;

namespace {

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
            contract<Linkage>(graph, ByStrength<Linkage>(), threshold, view(apart), std::move(own), limits, out);
        } else {
            contract<Linkage>(graph, ByAffinity<Linkage>(), threshold, view(apart), std::move(own), limits, out);
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

Integers kernighan_lin(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes,
                       const Integers& start, std::optional<std::int64_t> moves, std::optional<double> seconds) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    if (!fits_narrow(graph)) {
        throw py::value_error(
            "values: expected a sum of absolute values times sizes below 2^62, and of sizes below 2^32");
    }
    check_shape("start", start, {n_nodes});
    check_range("start", view(start), 0, std::max<std::int64_t>(n_nodes, 1));
    Budget budget;
    budget.moves = moves.value_or(budget.moves);
    budget.seconds = seconds.value_or(budget.seconds);
    check_not_nan("seconds", budget.seconds);
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    std::ranges::copy(view(start), out.begin());
    py::gil_scoped_release unlocked;
    const CostedNeighbours neighbours(graph);
    KernighanLin(neighbours, out, budget).run();
    return labels;
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

template <class Float>
void register_for(py::module_& module) {
    module.def("mutex_watershed_of_grid", &mutex_watershed_of_grid<Float>, py::arg("affinity"), py::arg("offsets"),
               py::arg("zeros"), py::arg("strided"), py::arg("strides"), py::arg("mask") = py::none(),
               py::arg("seeds") = py::none(), py::arg("keeps_seeds") = false);
}

}  // namespace

void register_signed(py::module_& module) {
    module.def("contract_constrained", &contract_constrained, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("linkage"), py::arg("threshold"), py::arg("by_strength"), py::arg("apart"),
               py::arg("node_sizes"), py::arg("n_parts"), py::arg("largest"), py::arg("smallest"));
    module.def("kernighan_lin", &kernighan_lin, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("start"), py::arg("moves") = py::none(), py::arg("seconds") = py::none());
    module.def("mutex_watershed", &mutex_watershed_of, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("seeds") = py::none(), py::arg("keeps_seeds") = false);
    register_for<float>(module);
    register_for<double>(module);
}
