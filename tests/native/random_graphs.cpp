// Runs every algorithm of the C++ core on random small graphs; meant to be compiled with sanitizers.
// Beside what the sanitizers see, each labelling must be a partition whose parts are connected, average linkage must
// give the same in rounds (64-bit totals) as by its queue alone (128-bit ones), and the map of pairs must be a map.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "association.hpp"
#include "connected_components.hpp"
#include "contract.hpp"
#include "pair_map.hpp"
#include "priority.hpp"

using namespace partitioners;
__extension__ using Wide = __int128;

struct Problem {
    std::vector<std::int64_t> ends, values, sizes, boxes, order;
    std::vector<double> weights;
    std::int64_t n_nodes;

    explicit Problem(std::mt19937_64& random) : n_nodes(static_cast<std::int64_t>(random() % 12)) {
        const auto below = [&random](std::int64_t n) {
            return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
        };
        for (std::int64_t edge = n_nodes > 1 ? below(40) : 0; edge > 0; --edge) {
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

/// Return the parts, numbered by their smallest nodes.
template <class Linkage, class Total, class Priority>
std::vector<std::int64_t> check(const Problem& problem, Priority priority, double threshold) {
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
    return parts;
}

/// Edges are written for random pairs, some move to a second pair: the latest edge of each pair must be found.
void check_pair_map(std::mt19937_64& random) {
    using Pair = std::pair<Node, Node>;
    std::vector<Pair> ends;
    PairMap map(4, [&ends](std::uint32_t edge) { return ends[edge]; });
    std::map<Pair, std::uint32_t> expected;
    while (ends.size() < 3000) {
        const auto u = static_cast<Node>(random() % 100), v = static_cast<Node>(100 + random() % 100);
        std::uint32_t& edge = map(v, u);
        const auto known = expected.find({u, v});
        require(edge == (known == expected.end() ? UINT32_MAX : known->second), "the map of pairs is a map");
        if (edge != UINT32_MAX) {
            ends[edge] = {0, 0};  // no more
        }
        if (random() % 2 && !ends.empty() && ends.back().second) {  // the edge before moves here
            expected.erase(ends.back());
            ends.back() = {u, v};
        } else {
            ends.push_back({u, v});
        }
        expected[{u, v}] = edge = static_cast<std::uint32_t>(ends.size() - 1);
    }
}

int main() {
    std::mt19937_64 random(1);
    check_pair_map(random);
    for (int round = 0; round < 20000; ++round) {
        const Problem problem(random);
        check<Wpgma, std::int64_t>(problem, ByAffinity(), 0.5);
        const auto in_rounds = check<Average<std::int64_t>, std::int64_t>(problem, ByAffinity(), 0.3);
        const auto by_queue = check<Average<Wide>, Wide>(problem, ByAffinity(), 0.3);
        require(in_rounds == by_queue, "rounds give what the queue gives");
        check<Sum<Wide>, Wide>(problem, ByAffinity(), 0.1);
        check<Average<Wide>, Wide>(problem, ByPosition(problem.boxes, 0.5), 0.3);
        std::vector<std::int64_t> labels(problem.order.size(), -1);
        for (std::size_t node = 0; node < labels.size(); node += 3) {
            labels[node] = static_cast<std::int64_t>(node);
        }
        associate(problem.ends, problem.weights, problem.order, 0.5, labels);
        require(std::ranges::all_of(labels, [](std::int64_t label) { return label < 0 || label % 3 == 0; }),
                "labels grow from those there were");
    }
}
