// What the bindings check arrays of any dtype and shape with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "arguments.hpp"

namespace partitioners {

/// Any layout and any dtype that converts without loss is accepted.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

template <class T>
std::span<T> mutable_view(Array<T>& array) {
    return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

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

}  // namespace partitioners
