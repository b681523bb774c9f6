// The mutex watershed: edges in the order of their strength, attractive ones join, repulsive ones forbid it. Node for node
// the result of partitioners/reference/mutex_watershed.py. Source: Wolf et al., "The mutex watershed and its objective:
// efficient, parameter-free graph partitioning", PAMI 2020, algorithm 1.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "linkage/fixed_point.hpp"
#include "support/prefetch.hpp"
#include "support/radix_sort.hpp"
#include "topology/connected_components.hpp"
#include "topology/fixed_grid.hpp"
#include "topology/pair_map.hpp"

namespace partitioners {

/// Disjoint sets of nodes, pairs of which can be kept apart for good.
class MutexSets {
public:
    explicit MutexSets(std::size_t n_nodes) : parent_(n_nodes), partners_(n_nodes), is_seed_(n_nodes) {
        std::iota(parent_.begin(), parent_.end(), Node{0});
    }

    Node find(Node node) {
        while (parent_[node] != node) {
            node = parent_[node] = parent_[parent_[node]];
        }
        return node;
    }

    /// Bring into the cache what a node needs: first where its set is, some edges later what is known of that.
    void fetch(Node node) const { prefetch(&parent_[node]); }
    void fetch_set(Node node) const {
        prefetch(&parent_[parent_[node]]);
        prefetch(&partners_[parent_[node]]);
    }

    /// Keep the set of a node apart from the sets of all other seeds.
    void make_seed(Node node) { is_seed_[find(node)] = true; }

    /// Join the sets of two nodes, unless they are kept apart.
    void join(Node first, Node second) {
        Node u = find(first), v = find(second);
        if (u == v || are_apart(u, v)) {
            return;
        }
        if (partners_[u].count < partners_[v].count) {
            std::swap(u, v);
        }
        parent_[v] = u;
        is_seed_[u] = is_seed_[u] || is_seed_[v];
        if (is_long(u)) {
            remember(u, partners_[v].first);
        }
        append(u, partners_[v]);
    }

    /// Keep the sets of two nodes apart.
    void forbid(Node first, Node second) {
        const Node u = find(first), v = find(second);
        if (u == v || are_apart(u, v)) {
            return;
        }
        const auto entry = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back({v, none});
        entries_.push_back({u, none});
        append(u, {entry, entry, 1});
        append(v, {entry + 1, entry + 1, 1});
        if (is_long(u) && is_long(v)) {
            pairs_(u, v) = 0;
        }
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Longer lists are not searched: whether two sets of such lists are kept apart is in `pairs_`.
    static constexpr std::uint32_t few = 4;

    /// What a set is kept apart from: any node of the other set, some sets more than once.
    struct Entry {
        Node node;
        std::uint32_t next;
    };
    struct List {
        std::uint32_t first = none, last = none, count = 0;
    };

    bool is_long(Node root) const { return partners_[root].count > few; }

    bool are_apart(Node u, Node v) {
        if (is_seed_[u] && is_seed_[v]) {
            return true;
        }
        if (partners_[v].count < partners_[u].count) {
            std::swap(u, v);
        }
        if (is_long(u)) {
            return pairs_.find(u, v) != PairMap::none;
        }
        for (std::uint32_t entry = partners_[u].first; entry != none; entry = entries_[entry].next) {
            if (find(entries_[entry].node) == v) {
                return true;
            }
        }
        return false;
    }

    void append(Node root, const List& added) {
        List& list = partners_[root];
        if (added.count == 0) {
            return;
        }
        const bool was_long = is_long(root);
        (list.count == 0 ? list.first : entries_[list.last].next) = added.first;
        list.last = added.last;
        list.count += added.count;
        if (!was_long && is_long(root)) {
            remember(root, list.first);
        }
    }

    /// Write into `pairs_` from which other sets of long lists a set is kept apart, from an entry of its list on.
    void remember(Node root, std::uint32_t entry) {
        for (; entry != none; entry = entries_[entry].next) {
            if (const Node other = find(entries_[entry].node); is_long(other)) {
                pairs_(root, other) = 0;
            }
        }
    }

    LargeVector<Node> parent_;
    LargeVector<List> partners_;
    LargeVector<Entry> entries_;
    std::vector<bool> is_seed_;
    PairMap pairs_;
};

/// An edge in line: the larger the key, the later. Its lowest bit says that it repels.
template <class Key>
struct QueuedEdge {
    Key key;
    EdgeId edge;

    static QueuedEdge of(std::int64_t value, std::int64_t most, EdgeId edge) {
        const std::int64_t strength = value < 0 ? -value : value;
        return {static_cast<Key>(static_cast<Key>(most - strength) << 1 | (value < 0)), edge};
    }
};

/// Decide on edges, the strongest first, of equal ones the first; ends(edge) returns its two nodes. `most` is the largest
/// strength. Nodes of equal seeds, which are not negative, start joined; different seeds never join if `keeps_seeds`.
/// Write into `labels` for each node its part, 0…k-1 in the order of their first nodes.
template <class Key, class Ends>
void mutex_watershed(LargeVector<QueuedEdge<Key>>& edges, std::int64_t most, Ends&& ends,
                     std::span<const std::int64_t> seeds, bool keeps_seeds, std::span<std::int64_t> labels) {
    MutexSets sets(labels.size());
    LargeVector<Node> seed_node(seeds.size(), UINT32_MAX);
    for (std::size_t node = 0; node < seeds.size(); ++node) {
        if (seeds[node] >= 0) {
            Node& first = seed_node[static_cast<std::size_t>(seeds[node])];
            first = std::min(first, static_cast<Node>(node));
            sets.join(first, static_cast<Node>(node));
        }
    }
    for (const Node node : seed_node) {
        if (keeps_seeds && node != UINT32_MAX) {
            sets.make_seed(node);
        }
    }
    radix_sort(edges, 1, 1 + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most))));
    for (std::size_t place = 0; place < edges.size(); ++place) {
        if (place + 24 < edges.size()) {
            const auto [u, v] = ends(edges[place + 24].edge);
            sets.fetch(u);
            sets.fetch(v);
        }
        if (place + 12 < edges.size()) {
            const auto [u, v] = ends(edges[place + 12].edge);
            sets.fetch_set(u);
            sets.fetch_set(v);
        }
        const auto [u, v] = ends(edges[place].edge);
        if (edges[place].key & 1) {
            sets.forbid(u, v);
        } else {
            sets.join(u, v);
        }
    }
    number_parts(labels, [&](std::size_t node) { return sets.find(static_cast<Node>(node)); });
}

/// The same for a grid. An edge of offset k attracts by its affinity less zeros[k], in fixed point, or repels where that is
/// negative; where it is strided[k], only those count whose first pixel's coordinates are multiples of `strides`.
template <class Float>
void mutex_watershed_grid(const GridView<Float>& view, std::span<const std::int64_t> zeros,
                          std::span<const bool> strided, const Triple& strides, std::span<const std::int64_t> seeds,
                          bool keeps_seeds, std::span<std::int64_t> labels) {
    constexpr auto most = static_cast<std::int64_t>(scale);
    const FixedGrid grid(view, fixed_point);
    LargeVector<QueuedEdge<std::uint32_t>> edges;
    edges.reserve(grid.n_values());
    grid.for_each_edge([&](std::size_t k, const Triple& at, std::int32_t value, std::uint32_t edge) {
        const std::int64_t signed_value = value - zeros[k];
        const bool counts =
            !strided[k] || (at[0] % strides[0] == 0 && at[1] % strides[1] == 0 && at[2] % strides[2] == 0);
        if (signed_value != 0 && counts) {
            edges.push_back(QueuedEdge<std::uint32_t>::of(signed_value, most, edge));
        }
    });
    mutex_watershed(edges, most, [&](EdgeId edge) { return grid.ends(edge); }, seeds, keeps_seeds, labels);
}

}  // namespace partitioners
