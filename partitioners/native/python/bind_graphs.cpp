// Python bindings of what cuts graphs.
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

#include "association/association.hpp"
#include "cascade/relabelling.hpp"
#include "contraction/contract.hpp"
#include "linkage/dispatch.hpp"
#include "python/bindings.hpp"
#include "python/problem_arguments.hpp"
#include "schedule/priority.hpp"
#include "topology/connected_components.hpp"

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
            contract<Linkage>(graph, threshold, view(is_open), out);
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
    const Adjacency neighbours(out.size(), view(edges), view(weights));
    associate(neighbours, view(order), threshold, std::int64_t{0}, out);
    return labels;
}

}  // namespace

void register_graphs(py::module_& module) {
    module.def("connected_components", &connected_components_of, py::arg("n_nodes"), py::arg("edges"));
    module.def("renumber", &renumbered, py::arg("labels"));
    module.def("contract", &contract_graph, py::arg("n_nodes"), py::arg("edges"), py::arg("values"), py::arg("sizes"),
               py::arg("linkage"), py::arg("threshold"));
    module.def("contract_inner", &contract_inner_graph, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("linkage"), py::arg("threshold"), py::arg("is_open"));
    module.def("contract_by_position", &contract_by_position, py::arg("n_nodes"), py::arg("edges"), py::arg("values"),
               py::arg("sizes"), py::arg("linkage"), py::arg("threshold"), py::arg("boxes"), py::arg("beta"));
    module.def("merge_tree", &merge_tree, py::arg("n_nodes"), py::arg("edges"), py::arg("values"), py::arg("sizes"),
               py::arg("linkage"), py::arg("threshold"));
    module.def("associate", &grow_labels, py::arg("edges"), py::arg("weights"), py::arg("order"), py::arg("threshold"),
               py::arg("initial"));
}
