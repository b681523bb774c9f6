// Checks of the arguments of bindings, each raising a ValueError that names the argument, what was expected and what came.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace partitioners {

/// Any layout and any dtype that converts without loss is accepted.
template <class T>
using Array = pybind11::array_t<T, pybind11::array::c_style>;

template <class T>
std::span<const T> view(const Array<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
std::span<T> mutable_view(Array<T>& array) {
    return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

constexpr std::int64_t any = -1;

/// Refuse an array of another shape; `any` stands for any length.
inline void check_shape(const std::string& name, const pybind11::array& array, const std::vector<std::int64_t>& shape) {
    bool fits = array.ndim() == static_cast<pybind11::ssize_t>(shape.size());
    std::string expected;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        fits = fits && (shape[axis] == any || array.shape(static_cast<pybind11::ssize_t>(axis)) == shape[axis]);
        expected += (axis > 0 ? ", " : "") + (shape[axis] == any ? "any" : std::to_string(shape[axis]));
    }
    if (!fits) {
        const std::string got = pybind11::str(array.attr("shape"));
        throw pybind11::value_error(name + ": expected shape (" + expected + (shape.size() == 1 ? ",)" : ")") +
                                    ", got " + got);
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
        throw pybind11::value_error(name + ": expected values in [" + std::to_string(low) + ", " +
                                    std::to_string(high) + "], got " + got);
    }
}

}  // namespace partitioners
