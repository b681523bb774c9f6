// Runs every algorithm of the C++ core on random small graphs; meant to be compiled with sanitizers.
// Beside what the sanitizers see, each labelling must be a partition that the edges above the threshold allow.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "association.hpp"
#include "connected_components.hpp"
#include "contract.hpp"
#include "priority.hpp"

using namespace partitioners;

struct Problem {
    std::vector<std::int64_t> ends, values, sizes, boxes, order;
    std::vector<double> weights;
    std::int64_t n_nodes;

    explicit Problem(std::mt19937_64& random) : n_nodes(static_cast<std::int64_t>(random() % 12)) {
        if (random() % 64 == 0) {
            n_nodes *= 20;  // enough for nodes with many edges
        }
        const auto below = [&random](std::int64_t n) {
            return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
        };
        for (std::int64_t edge = n_nodes > 1 ? below(40 + n_nodes * n_nodes / 8) : 0; edge > 0; --edge) {
            const std::int64_t u = below(n_nodes), v = below(n_nodes), eighth = below(9);
            if (u != v) {
                ends.insert(ends.end(), {u, v});
                values.push_back(eighth << 23);
                sizes.push_back(1 + below(5));
                weights.push_back(static_cast<double>(eighth) / 8);
            }
        }
        for (std::int64_t node = 0; node < n_nodes; ++node) {
            const std::int64_t top = below(20), left = below(20);
            boxes.insert(boxes.end(), {top, left, top + 1 + below(9), left + 1 + below(9)});
            order.push_back(node);
        }
        std::shuffle(order.begin(), order.end(), random);
    }

    FixedGraph graph() const { return {n_nodes, ends, values, sizes}; }
};

void require(bool condition, const char* what) {
    if (!condition) {
        std::printf("failed: %s\n", what);
        std::exit(1);
    }
}

template <class Linkage, class Total, class Priority>
void check(const Problem& problem, Priority priority, std::int64_t threshold) {
    std::vector<std::int64_t> labels(static_cast<std::size_t>(problem.n_nodes));
    partitioners::contract<Linkage, Total>(problem.graph(), priority, threshold, labels);
    std::vector<std::int64_t> parts(labels.size()), inside;
    for (std::size_t end = 0; end < problem.ends.size(); end += 2) {
        const auto u = static_cast<std::size_t>(problem.ends[end]), v = static_cast<std::size_t>(problem.ends[end + 1]);
        if (labels[u] == labels[v]) {
            inside.insert(inside.end(), {problem.ends[end], problem.ends[end + 1]});
        }
    }
    connected_components(inside, parts);
    for (std::size_t u = 0; u < labels.size(); ++u) {
        for (std::size_t v = 0; v < u; ++v) {
            require((labels[u] == labels[v]) == (parts[u] == parts[v]), "parts are connected");
        }
    }
}

int main() {
    std::mt19937_64 random(1);
    for (int round = 0; round < 20000; ++round) {
        const Problem problem(random);
        check<Wpgma, std::int64_t>(problem, ByAffinity<Wpgma>(), 4 << 23);
        check<Average<std::int64_t>, std::int64_t>(problem, ByAffinity<Average<std::int64_t>>(), 2 << 23);
        check<Average<Wide>, Wide>(problem, ByAffinity<Average<Wide>>(), 3 << 23);
        check<Sum<Wide>, Wide>(problem, ByAffinity<Sum<Wide>>(), 1 << 23);
        check<Average<Wide>, Wide>(problem, ByPosition<Average<Wide>>(problem.boxes, 0.5), 2 << 23);
        std::vector<std::int64_t> labels(problem.order.size(), -1);
        for (std::size_t node = 0; node < labels.size(); node += 3) {
            labels[node] = static_cast<std::int64_t>(node);
        }
        associate(problem.ends, problem.weights, problem.order, 0.5, labels);
        require(std::ranges::all_of(labels, [](std::int64_t label) { return label < 0 || label % 3 == 0; }),
                "labels grow from those there were");
    }
}
