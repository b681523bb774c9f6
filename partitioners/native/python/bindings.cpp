// The Python module.
#include "python/bindings.hpp"

PYBIND11_MODULE(_native, module) {
    module.doc() = "The C++ core of partitioners; the signatures are explained in _native.pyi.";
    register_graphs(module);
    register_grids(module);
    register_signed(module);
    register_cascade(module);
}
