// Runs every algorithm of the C++ core on random small graphs; meant to be compiled with sanitizers.
// Beside what the sanitizers see, each labelling must be a partition whose parts are connected, chains must give the
// same as the queue alone, grids the same as their lists of edges, and the map of pairs must be a map.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <tuple>

#include "association/association.hpp"
#include "contraction/contract.hpp"
#include "contraction/grid.hpp"
#include "schedule/priority.hpp"
#include "topology/connected_components.hpp"
#include "topology/pair_map.hpp"

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
template <class Linkage, class Priority>
std::vector<std::int64_t> check(const Problem& problem, Priority priority, std::int64_t threshold) {
    std::vector<std::int64_t> labels(static_cast<std::size_t>(problem.n_nodes));
    partitioners::contract<Linkage>(problem.graph(), priority, threshold, labels);
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

template <class Linkage>
struct WithoutChains : Linkage {
    static constexpr bool reducible = false;
};

template <class Linkage>
void check_against_queue(const Problem& problem, std::int64_t threshold) {
    const auto chained = check<Linkage>(problem, ByAffinity<Linkage>(), threshold);
    using Queue = WithoutChains<Linkage>;
    require(chained == check<Queue>(problem, ByAffinity<Queue>(), threshold), "chains give what the queue gives");
}

/// A grid of several tiles, an image or a volume, whose affinities have many ties and long plateaus.
struct GridProblem {
    std::vector<Triple> offsets;
    std::vector<float> affinity;
    Triple shape;
    std::int64_t n_pixels;

    explicit GridProblem(std::mt19937_64& random) {
        const auto up_to = [&](std::uint64_t most) { return static_cast<std::int64_t>(1 + random() % most); };
        if (random() % 2 == 0) {
            shape = {1, up_to(300) - 1, up_to(300)};
            offsets = {{0, 0, 1}, {0, 1, 0}, {0, -3, 5}, {0, 40, 2}, {0, 0, -200}};
        } else {
            shape = {up_to(40), up_to(80), up_to(70)};
            offsets = {{0, 0, 1}, {0, 1, 0}, {1, 0, 0}, {-2, 3, -5}, {17, 0, 40}};
        }
        offsets.resize(shape[0] == 1 ? 2 + 3 * (random() % 2) : 3 + 2 * (random() % 2));
        n_pixels = shape[0] * shape[1] * shape[2];
        const double steps = 1 + static_cast<double>(random() % 2000),
                     slope = 0.02 * static_cast<double>(random() % 20);
        affinity.resize(offsets.size() * static_cast<std::size_t>(n_pixels));
        for (std::size_t index = 0; index < affinity.size(); ++index) {
            const double noise = 0.001 * static_cast<double>(random() % 1000);
            const double wave =
                std::sin(slope * static_cast<double>(index % static_cast<std::size_t>(shape[2])) + noise);
            affinity[index] = static_cast<float>(std::round((0.5 + 0.5 * wave) * steps) / steps);
        }
    }

    GridView<float> view() const { return {shape, offsets, affinity.data(), nullptr}; }

    /// Call visit(pixel, other pixel, affinity) for each edge.
    template <class Visit>
    void for_each_edge(Visit&& visit) const {
        const auto& [depth, height, width] = shape;
        for (std::size_t k = 0; k < offsets.size(); ++k) {
            for (std::int64_t pixel = 0; pixel < n_pixels; ++pixel) {
                const std::int64_t z = pixel / width / height + offsets[k][0],
                                   y = pixel / width % height + offsets[k][1], x = pixel % width + offsets[k][2];
                if (z >= 0 && z < depth && y >= 0 && y < height && x >= 0 && x < width) {
                    visit(pixel, (z * height + y) * width + x,
                          affinity[k * static_cast<std::size_t>(n_pixels) + static_cast<std::size_t>(pixel)]);
                }
            }
        }
    }
};

template <class Linkage>
void check_grid(const GridProblem& grid) {
    std::vector<std::int64_t> labels(static_cast<std::size_t>(grid.n_pixels)), ends, values, pairs;
    std::vector<Merge> merges;
    contract<Linkage>(grid.view(), 1 << 25, labels, &merges);
    grid.for_each_edge([&](std::int64_t pixel, std::int64_t other, float affinity) {
        ends.insert(ends.end(), {pixel, other});
        values.push_back(Linkage::fixed(affinity));
    });
    const std::vector<std::int64_t> sizes(values.size(), 1);
    std::vector<std::int64_t> by_edges(labels.size());
    using Queue = WithoutChains<Linkage>;
    const FixedGraph graph{grid.n_pixels, ends, values, sizes};
    partitioners::contract<Queue>(graph, ByAffinity<Queue>(), 1 << 25, by_edges);
    for (std::size_t node = 0; node < by_edges.size(); ++node) {
        pairs.insert(pairs.end(), {static_cast<std::int64_t>(node), by_edges[node]});
    }
    connected_components(pairs, by_edges);
    require(labels == by_edges, "a grid is cut as its edges are");
    pairs.clear();
    for (const Merge& merge : merges) {
        pairs.insert(pairs.end(), {merge.u, merge.v});
    }
    connected_components(pairs, by_edges);
    require(labels == by_edges, "the merges recorded are those that were made");
    std::vector<Merge> same_merges;
    contract<Linkage>(grid.view(), 1 << 25, by_edges, &same_merges, 3);
    const auto fields = [](const Merge& merge) { return std::tuple(merge.u, merge.v, merge.height); };
    require(
        labels == by_edges && std::ranges::equal(merges, same_merges, {}, fields, fields), "threads change nothing");
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
    for (int round = 0; round < 10000; ++round) {
        const Problem problem(random);
        check_against_queue<Wpgma<Narrow64>>(problem, 4 << 23);
        check_against_queue<Average<Narrow64>>(problem, 2 << 23);
        check_against_queue<Average<Wide128>>(problem, 3 << 23);
        check<Sum<Wide128>>(problem, ByAffinity<Sum<Wide128>>(), 1 << 23);
        check<Average<Wide128>>(problem, ByPosition<Average<Wide128>>(problem.boxes, 0.5), 2 << 23);
        std::vector<std::int64_t> labels(problem.order.size(), -1);
        for (std::size_t node = 0; node < labels.size(); node += 3) {
            labels[node] = static_cast<std::int64_t>(node);
        }
        associate(Adjacency(labels.size(), problem.ends, problem.weights), std::span<const std::int64_t>(problem.order),
                  0.5, std::int64_t{0}, std::span(labels));
        require(std::ranges::all_of(labels, [](std::int64_t label) { return label < 0 || label % 3 == 0; }),
                "labels grow from those there were");
    }
    for (int round = 0; round < 20; ++round) {
        const GridProblem grid(random);
        check_grid<Wpgma<Narrow64>>(grid);
        check_grid<Average<Narrow64>>(grid);
        check_grid<Sum<Narrow64>>(grid);
    }
}
