// The parts of the Python module. Each validates arguments, then releases the interpreter lock.
#pragma once

#include <pybind11/pybind11.h>

void register_graphs(pybind11::module_& module);
void register_grids(pybind11::module_& module);
void register_signed(pybind11::module_& module);
void register_cascade(pybind11::module_& module);
