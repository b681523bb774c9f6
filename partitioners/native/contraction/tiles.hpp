// A contraction of a grid begun tile by tile, in memory that fits into the cache, and gone on with in ever larger groups of
// tiles: what is left in the end is a small graph. Tiles, and groups, are worked on independently, by any number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "contraction/contraction.hpp"
#include "schedule/attraction.hpp"
#include "schedule/priority.hpp"
#include "support/parallel.hpp"
#include "topology/edges.hpp"
#include "topology/fixed_grid.hpp"
#include "topology/tile_order.hpp"

namespace partitioners {

/// Merges inside of groups what may be merged before anything else, see chains.hpp, frontier.hpp and attraction.hpp: what
/// leads out of a group waits.
template <class Linkage>
class Tiles {
public:
    using Edge = typename Linkage::Edge;

    /// Merges are recorded, between nodes, where `merges` is not null.
    Tiles(const FixedGrid& grid, const TileOrder& nodes, std::int64_t threshold, std::vector<Merge>* merges,
          unsigned n_threads)
        : grid_(grid),
          has_parallel_(grid.has_parallel()),
          nodes_(nodes),
          threshold_(threshold),
          merges_(merges),
          n_threads_(n_threads),
          root_(grid.n_pixels()),
          number_(grid.n_pixels()),
          groups_(nodes.tiles().size()) {
        Node begin = 0;
        for (std::size_t index = 0; index < groups_.size(); ++index) {
            groups_[index].begin = begin;
            begin += static_cast<Node>(nodes.tiles()[index].tile.n_pixels());
            groups_[index].end = begin;
            groups_[index].place = nodes.tiles()[index].place;
        }
        for_each_index(groups_.size(), n_threads_, [this](std::size_t index) {
            read(nodes_.tiles()[index].tile, groups_[index]);
            contract(groups_[index], has_parallel_);
        });
        record();
    }

    /// Merge the rest; return for each node the one in which it ended.
    LargeVector<Node> run() && {
        while (groups_.size() > 1) {
            for_each_index(groups_.size(), n_threads_, [this](std::size_t index) { follow(groups_[index]); });
            unite_groups();
            for_each_index(groups_.size(), n_threads_,
                           [this](std::size_t index) { contract(groups_[index], Linkage::commutes || has_parallel_); });
            record();
        }
        for (Node& node : root_) {
            node = find(node);
        }
        return std::move(root_);
    }

private:
    using Whole = Contraction<Linkage, ByAffinity<Linkage>>;
    using Sleeper = typename Attraction<Whole>::Sleeper;

    /// An edge between two nodes, in little memory.
    struct Link {
        Node u, v;
        SumEdge<typename Linkage::Numbers> sum;
    };

    /// Tiles next to each other.
    struct Group {
        Node begin, end;                ///< its nodes
        std::uint64_t place;            ///< equal, but for the lowest six bits, in groups that are united next
        std::vector<Node> roots;        ///< its nodes in which others ended
        std::vector<Link> inner;        ///< edges between these
        std::vector<Link> across;       ///< edges from nodes of the group to those of others
        std::vector<Sleeper> sleepers;  ///< of the roots, see attraction.hpp
        std::vector<Merge> merges;

        bool owns(Node node) const { return node >= begin && node < end; }
    };

    void read(const Tile& tile, Group& group) {
        for (Node node = group.begin; node < group.end; ++node) {
            root_[node] = node;
            group.roots.push_back(node);
        }
        grid_.for_each_edge_from(
            tile, [&](std::size_t pixel, std::size_t other, std::int32_t value, std::uint32_t order) {
                const Node u = nodes_[pixel], v = nodes_[other];
                (group.owns(v) ? group.inner : group.across).push_back({u, v, {value, 1, order}});
            });
        grid_.for_each_edge_into(
            tile, [&](std::size_t pixel, std::size_t other, std::int32_t value, std::uint32_t order) {
                group.across.push_back({nodes_[other], nodes_[pixel], {value, 1, order}});
            });
    }

    Node find(Node node) const {
        while (root_[node] != node) {
            node = root_[node];
        }
        return node;
    }

    /// Lead all edges to where their ends have ended: nobody may be contracting.
    void follow(Group& group) {
        for (Link& link : group.across) {
            link.u = find(link.u);
            link.v = find(link.v);
        }
    }

    /// All items of a member of some groups, whose own are given up: memory counts here.
    template <class Iterator, class Item>
    static std::vector<Item> together(Iterator first, Iterator end, std::vector<Item> Group::* items) {
        std::size_t count = 0;
        for (auto group = first; group != end; ++group) {
            count += ((*group).*items).size();
        }
        std::vector<Item> all;
        all.reserve(count);
        for (auto group = first; group != end; ++group) {
            all.insert(all.end(), ((*group).*items).begin(), ((*group).*items).end());
            (*group).*items = {};
        }
        return all;
    }

    /// Make one group of those next to each other, up to four along each axis.
    void unite_groups() {
        const auto place_of = [](const Group& group) { return group.place >> 6; };
        std::vector<Group> united;
        for (auto first = groups_.begin(); first != groups_.end();) {
            const auto end = std::find_if(
                first, groups_.end(), [&](const Group& group) { return place_of(group) != place_of(*first); });
            united.push_back({first->begin,
                              (end - 1)->end,
                              place_of(*first),
                              together(first, end, &Group::roots),
                              together(first, end, &Group::inner),
                              together(first, end, &Group::across),
                              together(first, end, &Group::sleepers),
                              {}});
            first = end;
        }
        groups_ = std::move(united);
    }

    /// Merge what may be merged inside of a group.
    void contract(Group& group, bool has_parallel) {
        const auto n_own = static_cast<Node>(group.roots.size());
        for (Node node = 0; node < n_own; ++node) {
            number_[group.roots[node]] = node;
        }
        std::vector<Node> others;
        const auto is_inner = [&](const Link& link) { return group.owns(link.v); };
        for (const Link& link : group.across) {
            if (!is_inner(link)) {
                others.push_back(link.v);
            } else if (link.u < link.v) {  // each has come from both sides
                group.inner.push_back(link);
            }
        }
        std::erase_if(group.across, is_inner);
        std::ranges::sort(others);
        others.erase(std::unique(others.begin(), others.end()), others.end());
        LargeVector<typename LiveGraph<Edge>::Edge> edges;
        edges.reserve(group.inner.size() + group.across.size());
        for (const auto& [u, v, sum] : group.inner) {
            edges.push_back({{number_[u], number_[v]}, {sum.total, sum.size, sum.order}});
        }
        for (const auto& [u, v, sum] : group.across) {
            const auto other = static_cast<Node>(std::ranges::lower_bound(others, v) - others.begin());
            edges.push_back({{number_[u], n_own + other}, {sum.total, sum.size, sum.order}});
        }
        group.inner = {};  // memory counts here
        LiveGraph<Edge> graph(n_own + others.size(), std::move(edges));
        if (has_parallel) {
            join_parallel<Linkage>(graph);
        }
        Whole contraction(std::move(graph), {}, threshold_, merges_ ? &group.merges : nullptr);
        if constexpr (Linkage::reducible) {
            contraction.run_inner([=](Node node) { return node >= n_own; });
        } else {
            for (Sleeper& sleeper : group.sleepers) {
                sleeper.node = number_[sleeper.node];
            }
            Attraction<Whole> attraction(contraction, n_own, std::move(group.sleepers));
            contraction.run_queue(attraction);
            group.sleepers = attraction.sleepers();
            for (Sleeper& sleeper : group.sleepers) {
                sleeper.node = group.roots[sleeper.node];
            }
        }
        for (auto& [u, v, height] : group.merges) {
            u = group.roots[u];
            v = group.roots[v];
        }
        for (EdgeId edge = 0; edge < contraction.graph().n_edges(); ++edge) {
            if (const auto [u, v] = contraction.graph().ends(edge); u != v && u < n_own && v < n_own) {
                group.inner.push_back({group.roots[u], group.roots[v], Linkage::sum(contraction.graph()[edge])});
            }
        }
        for (Node node = 0; node < n_own; ++node) {
            root_[group.roots[node]] = group.roots[contraction.root(node)];
        }
        std::erase_if(group.roots, [this](Node node) { return root_[node] != node; });
        group.roots.shrink_to_fit();
        group.inner.shrink_to_fit();
        group.across.shrink_to_fit();
    }

    void record() {
        for (Group& group : groups_) {
            if (merges_) {
                merges_->insert(merges_->end(), group.merges.begin(), group.merges.end());
                group.merges.clear();
            }
        }
    }

    const FixedGrid& grid_;
    bool has_parallel_;  ///< whether there are edges in the grid with both ends in common
    const TileOrder& nodes_;
    std::int64_t threshold_;
    std::vector<Merge>* merges_;
    unsigned n_threads_;
    LargeVector<Node> root_;    ///< of each node, one that it became part of, at most a few steps from where it ended
    LargeVector<Node> number_;  ///< of each root, its number in its group
    std::vector<Group> groups_;
};

}  // namespace partitioners
