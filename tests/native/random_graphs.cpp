// Runs every algorithm of the C++ core on random small graphs; meant to be compiled with sanitizers.
// Beside what the sanitizers see, each labelling must be a partition whose parts are connected, chains must give the same
// as the queue alone, and the map of pairs must be a map.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <type_traits>

#include "association.hpp"
#include "connected_components.hpp"
#include "contract.hpp"
#include "pair_map.hpp"
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

/// Return the parts, numbered by their smallest nodes.
template <class Linkage, class Total, class Priority>
std::vector<std::int64_t> check(const Problem& problem, Priority priority, std::int64_t threshold) {
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

/// Chains before the queue give what the queue alone gives: that of priorities by position, of no weight here.
template <class Linkage>
void check_against_queue(const Problem& problem, std::int64_t threshold) {
    using Total = std::conditional_t<std::is_same_v<Linkage, Average<Wide>>, Wide, std::int64_t>;
    const auto chained = check<Linkage, Total>(problem, ByAffinity<Linkage>(), threshold);
    const auto queued = check<Linkage, Total>(problem, ByPosition<Linkage>(problem.boxes, 0.0), threshold);
    require(chained == queued, "chains give what the queue gives");
}

/// The map of pairs is a map.
void check_pair_map(std::mt19937_64& random) {
    PairMap map;
    std::map<std::pair<Node, Node>, std::uint32_t> expected;
    for (std::uint32_t edge = 0; edge < 3000; ++edge) {
        const auto u = static_cast<Node>(random() % 100), v = static_cast<Node>(100 + random() % 100);
        const auto known = expected.find({u, v});
        require(map.find(v, u) == (known == expected.end() ? PairMap::none : known->second), "the map is a map");
        expected[{u, v}] = map(u, v) = edge;
    }
}

int main() {
    std::mt19937_64 random(1);
    check_pair_map(random);
    for (int round = 0; round < 20000; ++round) {
        const Problem problem(random);
        check_against_queue<Wpgma>(problem, 4 << 23);
        check_against_queue<Average<std::int64_t>>(problem, 2 << 23);
        check_against_queue<Average<Wide>>(problem, 3 << 23);
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
