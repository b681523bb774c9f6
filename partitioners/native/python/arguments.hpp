// What the bindings check their arguments with: an error names the argument, what was expected and what came.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "topology/planes.hpp"

namespace partitioners {

namespace py = pybind11;

/// Any layout and any dtype that converts without loss is accepted.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

using Integers = Array<std::int64_t>;
using Doubles = Array<double>;

template <class T>
std::span<const T> view(const Array<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
std::span<T> mutable_view(Array<T>& array) {
    return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

inline std::string shape_of(const py::array& array) { return py::str(array.attr("shape")); }

constexpr std::int64_t any = -1;

/// Refuse an array of another shape; `any` stands for any length.
inline void check_shape(const std::string& name, const py::array& array, const std::vector<std::int64_t>& shape) {
    bool fits = array.ndim() == static_cast<py::ssize_t>(shape.size());
    std::string expected;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        fits = fits && (shape[axis] == any || array.shape(static_cast<py::ssize_t>(axis)) == shape[axis]);
        expected += (axis > 0 ? ", " : "") + (shape[axis] == any ? "any" : std::to_string(shape[axis]));
    }
    if (!fits) {
        throw py::value_error(name + ": expected shape (" + expected + (shape.size() == 1 ? ",)" : ")") + ", got " +
                              shape_of(array));
    }
}

/// Refuse values outside [low, high].
template <class T>
void check_within(const std::string& name, std::span<const T> values, std::int64_t low, std::int64_t high) {
    constexpr std::int64_t least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
    const T from = static_cast<T>(std::max(low, least)), to = static_cast<T>(std::min(high, most));
    const auto is_outside = [=](T value) { return (value < from) | (value > to); };
    T outside = 0;  // as wide as the values, so that compilers vectorise
    for (const T value : values) {
        outside |= static_cast<T>(is_outside(value));
    }
    if (outside) {
        const auto got = std::to_string(*std::ranges::find_if(values, is_outside));
        throw py::value_error(name + ": expected values in [" + std::to_string(low) + ", " + std::to_string(high) +
                              "], got " + got);
    }
}

inline void check_range(const std::string& name, std::span<const std::int64_t> values, std::int64_t low,
                        std::int64_t end) {
    const auto outside = std::ranges::find_if(values, [=](std::int64_t value) { return value < low || value >= end; });
    if (outside != values.end()) {
        throw py::value_error(name + ": expected values in [" + std::to_string(low) + ", " + std::to_string(end) +
                              "), got " + std::to_string(*outside));
    }
}

/// A step of an offset; what is longer than any image is made as long as the longest: no pixel has such a partner.
inline std::int64_t within_any_image(std::int64_t step) {
    return std::clamp<std::int64_t>(step, -INT32_MAX, INT32_MAX);
}

/// Rows of two.
inline std::vector<Offset> offsets_of(const Integers& offsets) {
    check_shape("offsets", offsets, {any, 2});
    std::vector<Offset> result;
    for (py::ssize_t index = 0; index < offsets.shape(0); ++index) {
        result.push_back({within_any_image(offsets.at(index, 0)), within_any_image(offsets.at(index, 1))});
    }
    return result;
}

inline void check_not_nan(const std::string& name, double value) {
    if (std::isnan(value)) {
        throw py::value_error(name + ": expected a number, got nan");
    }
}

inline void check_no_loops(const Integers& edges, const std::string& name = "edges") {
    const auto ends = view(edges);
    for (std::size_t end = 0; end < ends.size(); end += 2) {
        if (ends[end] == ends[end + 1]) {
            throw py::value_error(name + ": expected no self-loops, got one at " + std::to_string(ends[end]));
        }
    }
}

/// Refuse anything but rows of two nodes, at most as many as there are numbers for.
inline void check_nodes(const std::string& name, const Integers& pairs, std::int64_t n_nodes) {
    check_shape(name, pairs, {any, 2});
    if (pairs.shape(0) > INT32_MAX - 3) {  // 31 bits less three numbers of a special meaning
        throw py::value_error(name + ": expected at most 2147483644, got " + std::to_string(pairs.shape(0)));
    }
    check_range(name, view(pairs), 0, n_nodes);
}

inline void check_graph(std::int64_t n_nodes, const Integers& edges) {
    if (n_nodes < 0 || n_nodes >= UINT32_MAX) {
        throw py::value_error("n_nodes: expected 0 to 4294967294, got " + std::to_string(n_nodes));
    }
    check_nodes("edges", edges, n_nodes);
}

}  // namespace partitioners
