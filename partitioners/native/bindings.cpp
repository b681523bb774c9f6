// Python bindings: arguments are validated here, then the interpreter lock is released.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "association.hpp"
#include "connected_components.hpp"
#include "contract.hpp"
#include "priority.hpp"

namespace py = pybind11;
using namespace partitioners;

namespace {

using Integers = py::array_t<std::int64_t, py::array::c_style>;
using Doubles = py::array_t<double, py::array::c_style>;

template <class T>
std::span<const T> view(const py::array_t<T, py::array::c_style>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

std::string shape_of(const py::array& array) { return py::str(array.attr("shape")); }

/// Refuse an array unless its shape is (rows,), or (rows, columns) where columns is not 0; rows < 0 stands for any.
void check_shape(const std::string& name, const py::array& array, std::int64_t rows, std::int64_t columns = 0) {
    const bool fits = array.ndim() == (columns ? 2 : 1) && (rows < 0 || array.shape(0) == rows) &&
                      (!columns || array.shape(1) == columns);
    if (!fits) {
        const std::string first = rows < 0 ? "any" : std::to_string(rows);
        const std::string second = columns ? ", " + std::to_string(columns) : ",";
        throw py::value_error(name + ": expected shape (" + first + second + "), got " + shape_of(array));
    }
}

void check_range(const std::string& name, std::span<const std::int64_t> values, std::int64_t low, std::int64_t end) {
    const auto outside = std::ranges::find_if(values, [=](std::int64_t value) { return value < low || value >= end; });
    if (outside != values.end()) {
        throw py::value_error(name + ": expected values in [" + std::to_string(low) + ", " + std::to_string(end) +
                              "), got " + std::to_string(*outside));
    }
}

void check_not_nan(const std::string& name, double value) {
    if (std::isnan(value)) {
        throw py::value_error(name + ": expected a number, got nan");
    }
}

void check_no_loops(const Integers& edges) {
    const auto ends = view(edges);
    for (std::size_t end = 0; end < ends.size(); end += 2) {
        if (ends[end] == ends[end + 1]) {
            throw py::value_error("edges: expected no self-loops, got one at " + std::to_string(ends[end]));
        }
    }
}

void check_graph(std::int64_t n_nodes, const Integers& edges) {
    if (n_nodes < 0 || n_nodes >= UINT32_MAX) {
        throw py::value_error("n_nodes: expected 0 to 4294967294, got " + std::to_string(n_nodes));
    }
    check_shape("edges", edges, -1, 2);
    if (edges.shape(0) > INT32_MAX) {  // both ends of each are numbered in 32 bits
        throw py::value_error("edges: expected at most 2147483647, got " + std::to_string(edges.shape(0)));
    }
    check_range("edges", view(edges), 0, n_nodes);
}

Integers connected_components_of(std::int64_t n_nodes, const Integers& edges) {
    check_graph(n_nodes, edges);
    Integers labels(n_nodes);
    const std::span out(labels.mutable_data(), static_cast<std::size_t>(n_nodes));
    {
        py::gil_scoped_release unlocked;
        connected_components(view(edges), out);
    }
    return labels;
}

/// Whether all sums of value · size fit into 64 bits; refuse what even 128 bits could not hold.
bool is_narrow(const FixedGraph& graph) {
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
    return total < limit;
}

/// How a graph is contracted; what is given by position has the boxes of its nodes.
struct Rule {
    std::string linkage;
    std::int64_t threshold;
    std::optional<std::span<const std::int64_t>> boxes;
    double beta;
};

template <class Linkage, class Total>
void contract_by(const FixedGraph& graph, const Rule& rule, std::span<std::int64_t> labels) {
    if (rule.boxes) {
        contract<Linkage, Total>(graph, ByPosition<Linkage>(*rule.boxes, rule.beta), rule.threshold, labels);
    } else {
        contract<Linkage, Total>(graph, ByAffinity<Linkage>(), rule.threshold, labels);
    }
}

template <class Total>
void contract_with(const FixedGraph& graph, const Rule& rule, std::span<std::int64_t> labels) {
    if (rule.linkage == "wpgma") {
        contract_by<Wpgma, Total>(graph, rule, labels);
    } else if (rule.linkage == "average") {
        contract_by<Average<Total>, Total>(graph, rule, labels);
    } else if (rule.linkage == "sum") {
        contract<Sum<Total>, Total>(graph, ByAffinity<Sum<Total>>(), rule.threshold, labels);
    } else {
        throw py::value_error("linkage: expected wpgma, average or sum, got " + rule.linkage);
    }
}

Integers contract_graph(std::int64_t n_nodes, const Integers& edges, const Integers& values, const Integers& sizes,
                        const std::string& linkage, std::int64_t threshold, const std::optional<Integers>& boxes,
                        double beta) {
    check_graph(n_nodes, edges);
    check_no_loops(edges);
    check_shape("values", values, edges.shape(0));
    check_range("values", view(values), -(std::int64_t{1} << 61), std::int64_t{1} << 61);
    check_shape("sizes", sizes, edges.shape(0));
    check_range("sizes", view(sizes), 1, INT64_MAX);
    check_not_nan("beta", beta);
    Rule rule{linkage, threshold, {}, beta};
    if (boxes) {
        if (linkage == "sum") {
            throw py::value_error("boxes: expected none for the linkage sum");
        }
        check_shape("boxes", *boxes, n_nodes, 4);
        check_range("boxes", view(*boxes), -(std::int64_t{1} << 60), std::int64_t{1} << 60);
        rule.boxes = view(*boxes);
    }
    const FixedGraph graph{n_nodes, view(edges), view(values), view(sizes)};
    Integers labels(n_nodes);
    const std::span out(labels.mutable_data(), static_cast<std::size_t>(n_nodes));
    py::gil_scoped_release unlocked;
    if (is_narrow(graph)) {
        contract_with<std::int64_t>(graph, rule, out);
    } else {
        contract_with<Wide>(graph, rule, out);
    }
    return labels;
}

Integers grow_labels(const Integers& edges, const Doubles& weights, const Integers& order, double threshold,
                     const Integers& initial) {
    check_shape("initial", initial, -1);
    check_graph(initial.shape(0), edges);
    check_no_loops(edges);
    check_shape("weights", weights, edges.shape(0));
    check_not_nan("threshold", threshold);
    check_shape("order", order, -1);
    check_range("order", view(order), 0, initial.shape(0));
    Integers labels(initial.shape(0));
    const std::span out(labels.mutable_data(), static_cast<std::size_t>(labels.size()));
    std::ranges::copy(view(initial), out.begin());
    py::gil_scoped_release unlocked;
    associate(view(edges), view(weights), view(order), threshold, out);
    return labels;
}

}  // namespace

PYBIND11_MODULE(_native, module) {
    module.doc() = "The C++ core of partitioners; the signatures are explained in _native.pyi.";
    module.def("connected_components", &connected_components_of, py::arg("n_nodes"), py::arg("edges"));
    module.def("contract", &contract_graph, py::arg("n_nodes"), py::arg("edges"), py::arg("values"), py::arg("sizes"),
               py::arg("linkage"), py::arg("threshold"), py::arg("boxes") = py::none(), py::arg("beta") = 0.0);
    module.def("associate", &grow_labels, py::arg("edges"), py::arg("weights"), py::arg("order"), py::arg("threshold"),
               py::arg("initial"));
}
