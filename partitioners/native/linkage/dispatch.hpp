// From a linkage's name to its type, with numbers that are wide enough for a graph.
#pragma once

#include <stdexcept>
#include <string>
#include <type_traits>

#include "linkage/linkage.hpp"
#include "topology/edges.hpp"

namespace partitioners {

/// Whether narrow numbers hold all sums of value · size; refuse what even wide ones could not hold.
inline bool fits_narrow(const FixedGraph& graph) {
    constexpr Wide limit = Wide{1} << 62;
    Wide total = 0, sizes = 0;
    for (std::size_t index = 0; index < graph.values.size(); ++index) {
        const Wide value = graph.values[index];
        total += (value < 0 ? -value : value) * graph.sizes[index];
        sizes += graph.sizes[index];
        if (sizes >= limit || total >= limit << 60) {
            throw std::invalid_argument("sizes: expected a sum below 2^62, and below 2^122 times the values");
        }
    }
    return is_narrow(total, sizes);
}

/// Return call(linkage), the linkage with this name given as a type.
template <class Numbers, class Call>
void with_linkage(const std::string& name, Call&& call) {
    if (name == "wpgma") {
        call(std::type_identity<Wpgma<Numbers>>());
    } else if (name == "average") {
        call(std::type_identity<Average<Numbers>>());
    } else if (name == "sum") {
        call(std::type_identity<Sum<Numbers>>());
    } else {
        throw std::invalid_argument("linkage: expected wpgma, average or sum, got " + name);
    }
}

/// Return call(linkage), with numbers that are wide enough for the sums of a graph.
template <class Call>
void with_linkage(const std::string& name, const FixedGraph& graph, Call&& call) {
    if (fits_narrow(graph)) {
        with_linkage<Narrow64>(name, call);
    } else {
        with_linkage<Wide128>(name, call);
    }
}

}  // namespace partitioners
