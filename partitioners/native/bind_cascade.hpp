// The part of the bindings that bind_cascade.cpp adds to the module.
#pragma once

#include <pybind11/pybind11.h>

void register_cascade(pybind11::module_& module);
