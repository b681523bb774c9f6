// Python bindings of the contraction of grids.
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

#include "contraction/grid.hpp"
#include "linkage/dispatch.hpp"
#include "python/bindings.hpp"
#include "python/problem_arguments.hpp"

using namespace partitioners;

namespace {

unsigned checked_threads(std::int64_t n_threads) {
    if (n_threads < 1) {
        throw py::value_error("n_threads: expected at least 1, got " + std::to_string(n_threads));
    }
    return static_cast<unsigned>(std::min<std::int64_t>(n_threads, 1024));
}

template <class Float>
Integers contract_grid_of(const Array<Float>& affinity, const Integers& offsets, const std::string& linkage,
                          std::int64_t threshold, const std::optional<Mask>& mask, std::int64_t n_threads) {
    const Grid<Float> grid(affinity, offsets, mask);
    const unsigned threads = checked_threads(n_threads);
    Integers labels(static_cast<py::ssize_t>(grid.view.n_pixels()));
    const auto out = mutable_view(labels);
    py::gil_scoped_release unlocked;
    with_linkage<Narrow64>(linkage, [&]<class Linkage>(std::type_identity<Linkage>) {
        contract<Linkage>(grid.view, threshold, out, nullptr, threads);
    });
    return labels;
}

template <class Float>
Tree merge_tree_of_grid(const Array<Float>& affinity, const Integers& offsets, const std::string& linkage,
                        std::int64_t threshold, const std::optional<Mask>& mask, std::int64_t n_threads) {
    const Grid<Float> grid(affinity, offsets, mask);
    const unsigned threads = checked_threads(n_threads);
    std::vector<std::int64_t> labels(static_cast<std::size_t>(grid.view.n_pixels()));
    std::vector<Merge> merges;
    {
        py::gil_scoped_release unlocked;
        with_linkage<Narrow64>(linkage, [&]<class Linkage>(std::type_identity<Linkage>) {
            contract<Linkage>(grid.view, threshold, labels, &merges, threads);
        });
    }
    return tree_of(merges);
}

template <class Float>
void register_for(py::module_& module) {
    module.def("contract_grid", &contract_grid_of<Float>, py::arg("affinity"), py::arg("offsets"), py::arg("linkage"),
               py::arg("threshold"), py::arg("mask") = py::none(), py::arg("n_threads") = 1);
    module.def("merge_tree_of_grid", &merge_tree_of_grid<Float>, py::arg("affinity"), py::arg("offsets"),
               py::arg("linkage"), py::arg("threshold"), py::arg("mask") = py::none(), py::arg("n_threads") = 1);
}

}  // namespace

void register_grids(py::module_& module) {
    register_for<float>(module);
    register_for<double>(module);
}
