// Runs every step of the cascade on random small levels; meant to be compiled with sanitizers. Beside what the
// sanitizers see: pixels are counted once, labels grow from those there were, and what is out of reach is below.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>

#include "association/association.hpp"
#include "cascade/grouping.hpp"
#include "cascade/instances.hpp"
#include "cascade/most_likely.hpp"
#include "cascade/relabelling.hpp"
#include "cascade/segment_statistics.hpp"
#include "cascade/upsampling.hpp"
#include "topology/region_graph.hpp"

using namespace partitioners;

void require(bool condition, const char* what) {
    if (!condition) {
        std::printf("failed: %s\n", what);
        std::exit(1);
    }
}

struct Level {
    static constexpr std::size_t classes = 11;
    Shape shape;
    std::vector<Offset> offsets;
    std::vector<std::int32_t> labels;
    std::vector<float> affinity, semantic;

    explicit Level(std::mt19937_64& random) : shape{1 + random() % 40, 1 + random() % 40} {
        const auto value = [&random] { return static_cast<float>(random() % 5) / 4; };
        for (std::size_t channel = random() % 4; channel > 0; --channel) {
            const auto dy = static_cast<std::int64_t>(random() % 100) - 50;
            offsets.push_back({dy, 1 + static_cast<std::int64_t>(random() % 50)});
        }
        labels.resize(shape.size());
        for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
            const auto fresh = static_cast<std::int32_t>(random() % 6) - 1;
            labels[pixel] = pixel > 0 && random() % 4 > 0 ? labels[pixel - 1] : fresh;
        }
        affinity.resize(offsets.size() * shape.size());
        semantic.resize(classes * shape.size());
        std::ranges::generate(affinity, value);
        std::ranges::generate(semantic, value);
    }

    Planes<float> affinities() const { return {affinity.data(), offsets.size(), shape.size()}; }
    Planes<float> probabilities() const { return {semantic.data(), classes, shape.size()}; }
    std::vector<std::int64_t> identity() const {
        std::vector<std::int64_t> parts(6);
        std::iota(parts.begin(), parts.end(), 0);
        return parts;
    }
};

void check_upsampling(const Level& level, std::mt19937_64& random) {
    const Shape finer{2 * level.shape.height - random() % 2, 2 * level.shape.width - random() % 2};
    const auto things = std::make_unique<bool[]>(finer.size());
    std::vector<std::int32_t> result(finer.size(), -2);
    upsample(level.labels, {things.get(), finer.size()}, finer, result);
    for (std::size_t pixel = 0; pixel < result.size(); ++pixel) {
        const std::size_t row = pixel / finer.width / 2, column = pixel % finer.width / 2;
        require(result[pixel] == -1 || result[pixel] == level.labels[row * level.shape.width + column],
                "a finer pixel has the label it comes from, or none");
    }
}

void check_graph(const Level& level) {
    std::vector<std::int32_t> nodes(level.shape.size());
    const std::int32_t n_nodes = number_nodes(level.labels, nodes);
    const std::size_t n_edges = count_edges(nodes, level.offsets, level.shape);
    std::vector<std::int64_t> ends(2 * n_edges, -1);
    std::vector<float> weights(n_edges);
    write_edges(nodes, level.affinities(), level.offsets, level.shape, ends, weights);
    require(
        std::ranges::all_of(ends, [=](std::int64_t node) { return node >= 0 && node < n_nodes; }), "edges link nodes");
}

void check_growth(const Level& level) {
    const Neighbourhood neighbours(level.offsets, level.shape, level.affinities());
    auto grown = level.labels;
    const auto order = reachable(level.labels, neighbours);
    associate(neighbours, std::span(order), 0.5, std::int32_t{1}, std::span(grown));
    for (std::size_t pixel = 0; pixel < grown.size(); ++pixel) {
        require(grown[pixel] == level.labels[pixel] || (level.labels[pixel] < 0 && grown[pixel] > 0),
                "only unlabelled pixels get a label");
    }
}

void check_segments(const Level& level, std::mt19937_64& random) {
    std::vector<std::int32_t> compact(level.shape.size());
    auto runs = segment_runs(level.labels, level.shape);
    relabel(runs, level.shape, level.identity(), compact);
    require(runs.size() == segment_runs(compact, level.shape).size(), "runs of one label that touch are one");
    const auto count = static_cast<std::size_t>(std::max(0, *std::ranges::max_element(compact)));
    const std::vector<std::int64_t> pixels = count_pixels(runs);
    require(pixels.size() == count, "each segment is counted");
    std::vector<std::int64_t> boxes(4 * count);
    bounding_boxes(runs, level.shape.width, boxes);
    const auto labelled = std::ranges::count_if(compact, [](std::int32_t label) { return label > 0; });
    require(std::accumulate(pixels.begin(), pixels.end(), std::int64_t{0}) == labelled, "each pixel is counted once");
    std::vector<double> means(count * Level::classes);
    segment_means(std::span<const Run>(runs), level.probabilities(), pixels, std::span(means));

    const std::size_t stride = 1 + random() % 3;
    const auto kept = static_cast<std::size_t>(keep_large(runs, static_cast<std::int64_t>(random() % 20)));
    const Shape image{stride * level.shape.height - random() % stride, stride * level.shape.width - random() % stride};
    const auto things = std::make_unique<bool[]>(Level::classes);
    things[random() % Level::classes] = true;
    std::vector<std::int32_t> enlarged(image.size(), -1);
    const std::vector<Planes<float>> levels{level.probabilities()};
    const Instances found = most_likely_things(runs, level.shape.width, levels, {things.get(), Level::classes});
    require(found.classes.size() == kept, "all that are kept are instances");
    enlarge(runs, level.shape.width, stride, image, enlarged);
    require(std::ranges::all_of(
                found.classes, [&](std::int32_t class_) { return things[static_cast<std::size_t>(class_)]; }),
            "instances are things");
    const auto last = static_cast<std::int32_t>(kept);
    require(std::ranges::all_of(enlarged, [=](std::int32_t label) { return label >= 0 && label <= last; }),
            "each pixel of the image is written");

    const auto pixels_of_things = std::make_unique<bool[]>(level.shape.size());
    is_thing(level.probabilities(), {things.get(), Level::classes}, {pixels_of_things.get(), level.shape.size()});
}

void check_grouping(std::mt19937_64& random) {
    const std::size_t count = random() % 12, channels = random() % 12;
    std::vector<double> semantic(2 * count), embedding(channels * count);
    std::ranges::generate(embedding, [&random] { return static_cast<double>(random() % 8) / 8; });
    for (std::size_t segment = 0; segment < count; ++segment) {
        semantic[2 * segment] = static_cast<double>(random() % 5) / 4;
        semantic[2 * segment + 1] = 1 - semantic[2 * segment];
    }
    const Looks looks(count, {semantic, 2}, {embedding, channels});
    const double scale = 1 << 26;
    const auto threshold = static_cast<std::int64_t>(random() % (1 << 26));
    std::vector<bool> visited(count * count);
    std::size_t n_visited = 0;
    const Reach reach(looks, scale, threshold);
    reach.for_each_pair([&](std::size_t u, std::size_t v) {
        require(u < v && v < count, "pairs are of different segments");
        visited[u * count + v] = true;
        ++n_visited;
    });
    require(n_visited == reach.n_pairs(), "as many pairs as there are");
    for (std::size_t u = 0; u < count; ++u) {
        for (std::size_t v = u + 1; v < count; ++v) {
            require(visited[u * count + v] || looks.affinity(u, v) * scale <= static_cast<double>(threshold) + 0.5,
                    "what is above the threshold is in reach");
        }
    }
}

int main() {
    std::mt19937_64 random(1);
    for (int round = 0; round < 3000; ++round) {
        const Level level(random);
        check_upsampling(level, random);
        check_graph(level);
        check_growth(level);
        check_segments(level, random);
        check_grouping(random);
    }
}
