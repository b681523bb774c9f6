// Python bindings of what solves multicut problems, and bounds them.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

#include "contraction/contract.hpp"
#include "linkage/dispatch.hpp"
#include "multicut/levels.hpp"
#include "multicut/lower_bound.hpp"
#include "python/bindings.hpp"
#include "python/problem_arguments.hpp"

using namespace partitioners;

namespace {

Integers kernighan_lin(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes,
                       const Integers& start, std::int64_t large, std::optional<std::int64_t> moves,
                       std::optional<double> seconds, const std::optional<Array<bool>>& is_lifted) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    if (!fits_narrow(graph)) {
        throw py::value_error(
            "values: expected a sum of absolute values times sizes below 2^62, and of sizes below 2^32");
    }
    check_shape("start", start, {n_nodes});
    check_range("start", view(start), 0, std::max<std::int64_t>(n_nodes, 1));
    if (is_lifted) {
        check_shape("is_lifted", *is_lifted, {edges.shape(0)});
    }
    const auto lifted = is_lifted ? view(*is_lifted) : std::span<const bool>();
    Budget budget;
    budget.moves = moves.value_or(budget.moves);
    budget.seconds = seconds.value_or(budget.seconds);
    check_not_nan("seconds", budget.seconds);
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    std::ranges::copy(view(start), out.begin());
    py::gil_scoped_release unlocked;
    const CostedNeighbours neighbours(graph, lifted);
    improve(neighbours, out, large, budget);
    return labels;
}

Integers contract_lifted_of(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes,
                            std::int64_t threshold, const Array<bool>& is_lifted) {
    const FixedGraph graph = checked_graph(n_nodes, edges, values, sizes);
    check_shape("is_lifted", is_lifted, {edges.shape(0)});
    Integers labels(n_nodes);
    const auto out = mutable_view(labels);
    const auto lifted = view(is_lifted);
    py::gil_scoped_release unlocked;
    with_linkage("sum", graph, [&]<class Linkage>(std::type_identity<Linkage>) {
        contract_lifted<Linkage>(graph, threshold, lifted, out);
    });
    return labels;
}

/// The bound, the number of rounds and of cycles.
std::tuple<std::int64_t, std::int64_t, std::size_t> lower_bound(std::int64_t n_nodes, const Integers& edges,
                                                                const Integers& costs, std::int64_t rounds,
                                                                std::optional<double> seconds) {
    check_graph(n_nodes, edges);
    check_no_loops(edges);
    check_shape("costs", costs, {edges.shape(0)});
    Wide total = 0;
    for (const std::int64_t cost : view(costs)) {
        total += cost < 0 ? -Wide{cost} : Wide{cost};
    }
    if (total >= Wide{1} << 62) {
        throw py::value_error("costs: expected a sum of absolute values below 2^62");
    }
    check_not_nan("seconds", seconds.value_or(0));
    py::gil_scoped_release unlocked;
    CycleBound bound(static_cast<std::size_t>(n_nodes), view(edges), view(costs),
                     seconds.value_or(std::numeric_limits<double>::infinity()));
    bound.run(rounds);
    return {bound.bound(), bound.rounds(), bound.n_cycles()};
}

}  // namespace

void register_multicut(py::module_& module) {
    module.def("kernighan_lin", &kernighan_lin, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("start"), py::arg("large"), py::arg("moves") = py::none(),
               py::arg("seconds") = py::none(), py::arg("is_lifted") = py::none());
    module.def("contract_lifted", &contract_lifted_of, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("threshold"), py::arg("is_lifted"));
    module.def("lower_bound", &lower_bound, py::arg("n_nodes"), py::arg("edges"), py::arg("costs"), py::arg("rounds"),
               py::arg("seconds") = py::none());
}
