// What the bindings check their arguments with: an error names the argument, what was expected and what came.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "planes.hpp"

namespace partitioners {

namespace py = pybind11;

using Integers = py::array_t<std::int64_t, py::array::c_style>;
using Doubles = py::array_t<double, py::array::c_style>;

template <class T>
std::span<const T> view(const py::array_t<T, py::array::c_style>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

inline std::span<std::int64_t> mutable_view(Integers& array) {
    return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

inline std::string shape_of(const py::array& array) { return py::str(array.attr("shape")); }

/// Refuse an array unless its shape is (rows,), or (rows, columns) where columns is not negative; rows < 0 stands for any.
inline void check_shape(const std::string& name, const py::array& array, std::int64_t rows, std::int64_t columns = -1) {
    const bool is_matrix = columns >= 0;
    const bool fits = array.ndim() == (is_matrix ? 2 : 1) && (rows < 0 || array.shape(0) == rows) &&
                      (!is_matrix || array.shape(1) == columns);
    if (!fits) {
        const std::string first = rows < 0 ? "any" : std::to_string(rows);
        const std::string second = is_matrix ? ", " + std::to_string(columns) : ",";
        throw py::value_error(name + ": expected shape (" + first + second + "), got " + shape_of(array));
    }
}

inline void check_range(const std::string& name, std::span<const std::int64_t> values, std::int64_t low, std::int64_t end) {
    const auto outside = std::ranges::find_if(values, [=](std::int64_t value) { return value < low || value >= end; });
    if (outside != values.end()) {
        throw py::value_error(name + ": expected values in [" + std::to_string(low) + ", " + std::to_string(end) +
                              "), got " + std::to_string(*outside));
    }
}

/// Rows of two. What is longer than any image is made as long as the longest: no pixel has such a partner.
inline std::vector<Offset> offsets_of(const Integers& offsets) {
    check_shape("offsets", offsets, -1, 2);
    constexpr std::int64_t most = INT32_MAX;
    std::vector<Offset> result;
    for (py::ssize_t index = 0; index < offsets.shape(0); ++index) {
        const std::int64_t dy = offsets.at(index, 0), dx = offsets.at(index, 1);
        result.push_back({std::clamp(dy, -most, most), std::clamp(dx, -most, most)});
    }
    return result;
}

inline void check_not_nan(const std::string& name, double value) {
    if (std::isnan(value)) {
        throw py::value_error(name + ": expected a number, got nan");
    }
}

inline void check_no_loops(const Integers& edges) {
    const auto ends = view(edges);
    for (std::size_t end = 0; end < ends.size(); end += 2) {
        if (ends[end] == ends[end + 1]) {
            throw py::value_error("edges: expected no self-loops, got one at " + std::to_string(ends[end]));
        }
    }
}

inline void check_graph(std::int64_t n_nodes, const Integers& edges) {
    if (n_nodes < 0 || n_nodes >= UINT32_MAX) {
        throw py::value_error("n_nodes: expected 0 to 4294967294, got " + std::to_string(n_nodes));
    }
    check_shape("edges", edges, -1, 2);
    if (edges.shape(0) > INT32_MAX - 3) {  // 31 bits less three numbers of a special meaning
        throw py::value_error("edges: expected at most 2147483644, got " + std::to_string(edges.shape(0)));
    }
    check_range("edges", view(edges), 0, n_nodes);
}

}  // namespace partitioners
