// Python bindings: arguments are validated here, then the interpreter lock is released.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "connected_components.hpp"

namespace py = pybind11;

namespace {

py::array_t<std::int64_t> connected_components(std::int64_t n_nodes,
                                               const py::array_t<std::int64_t, py::array::c_style>& edges) {
    if (n_nodes < 0) {
        throw py::value_error("n_nodes: expected at least 0, got " + std::to_string(n_nodes));
    }
    if (edges.ndim() != 2 || edges.shape(1) != 2) {
        throw py::value_error("edges: expected shape (any, 2)");
    }
    const std::span<const std::int64_t> ends(edges.data(), static_cast<std::size_t>(edges.size()));
    const auto outside = std::find_if(ends.begin(), ends.end(),
                                      [n_nodes](std::int64_t node) { return node < 0 || node >= n_nodes; });
    if (outside != ends.end()) {
        throw py::value_error("edges: expected nodes in [0, " + std::to_string(n_nodes) + "), got " +
                              std::to_string(*outside));
    }
    py::array_t<std::int64_t> labels(n_nodes);
    const std::span<std::int64_t> out(labels.mutable_data(), static_cast<std::size_t>(n_nodes));
    {
        py::gil_scoped_release unlocked;
        partitioners::connected_components(ends, out);
    }
    return labels;
}

}  // namespace

PYBIND11_MODULE(_native, module) {
    module.doc() = "The C++ core of partitioners.";
    module.def("connected_components", &connected_components, py::arg("n_nodes"), py::arg("edges"),
               "Return (n_nodes,) int64 component labels, numbered by first node, of the graph with `edges` (m, 2) int64.");
}
