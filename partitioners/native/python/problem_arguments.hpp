// The arguments of functions of graphs and of grids, checked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contraction/contraction.hpp"
#include "python/arguments.hpp"
#include "topology/edges.hpp"
#include "topology/fixed_grid.hpp"

namespace partitioners {

inline FixedGraph checked_graph(std::int64_t n_nodes, const Integers& edges, const Integers& values,
                                const Integers& sizes) {
    check_graph(n_nodes, edges);
    check_no_loops(edges);
    check_shape("values", values, {edges.shape(0)});
    check_range("values", view(values), -(std::int64_t{1} << 61), std::int64_t{1} << 61);
    check_shape("sizes", sizes, {edges.shape(0)});
    check_range("sizes", view(sizes), 1, INT64_MAX);
    return {n_nodes, view(edges), view(values), view(sizes)};
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

using Tree = std::pair<Integers, Integers>;

/// The pairs and heights of merges.
inline Tree tree_of(const std::vector<Merge>& merges) {
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

}  // namespace partitioners
