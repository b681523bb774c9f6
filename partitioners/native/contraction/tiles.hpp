// A contraction of a grid begun tile by tile, in memory that fits into the cache, and gone on with in ever larger groups of
// tiles: what is left in the end is a small graph. Tiles, and groups, are worked on independently, by any number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
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
          number_(grid.n_pixels()) {
        Node begin = 0;
        for (const auto& [tile, place] : nodes.tiles()) {
            const auto end = static_cast<Node>(begin + tile.n_pixels());
            groups_.push_back({begin, end, place, {}, {}, {}, {}, {}});
            begin = end;
        }
        unite_groups([this](std::size_t index) {
            read(nodes_.tiles()[index].tile, groups_[index]);
            contract(groups_[index], has_parallel_);
        });
    }

    /// Merge the rest; return for each node the one in which it ended.
    LargeVector<Node> run() && {
        while (groups_.size() > 1) {
            for_each_index(groups_.size(), n_threads_,
                           [this](std::size_t index) { follow(groups_[index], [](Node) { return true; }); });
            unite_groups([](std::size_t) {});
        }
        for (Node& node : root_) {
            node = find(node);
        }
        return std::move(root_);
    }

private:
    static constexpr Node settled = UINT32_MAX;

    using Whole = Contraction<Linkage, ByAffinity<Linkage>>;
    using Sleeper = typename Attraction<Whole>::Sleeper;

    /// An edge between two nodes, in little memory.
    struct Link {
        Node u, v;
        SumEdge<typename Linkage::Numbers> sum;
    };

    /// Tiles next to each other.
    struct Group {
        Node begin, end;                       ///< its nodes
        std::uint64_t place;                   ///< equal, but for the lowest six bits, in groups that are united next
        std::vector<Node> roots;               ///< its nodes in which others ended
        std::vector<std::vector<Link>> inner;  ///< edges between these, never copied: memory counts here
        std::vector<Link> across;              ///< edges from nodes of the group to those of others
        std::vector<Sleeper> sleepers;         ///< of the roots, see attraction.hpp
        std::vector<Merge> merges;

        bool owns(Node node) const { return node >= begin && node < end; }
    };

    void read(const Tile& tile, Group& group) {
        for (Node node = group.begin; node < group.end; ++node) {
            root_[node] = node;
            group.roots.push_back(node);
        }
        auto& inner = group.inner.emplace_back();
        grid_.for_each_edge_from(
            tile, [&](std::size_t pixel, std::size_t other, std::int32_t value, std::uint32_t order) {
                const Node u = nodes_[pixel], v = nodes_[other];
                (group.owns(v) ? inner : group.across).push_back({u, v, {value, 1, order}});
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

    /// Lead edges to where those of their ends have ended that nobody is contracting, is_known(node); no more to what never
    /// merges.
    template <class IsKnown>
    void follow(Group& group, IsKnown&& is_known) {
        for (Link& link : group.across) {
            link.u = find(link.u);
            link.v = is_known(link.v) ? find(link.v) : link.v;
        }
        std::erase_if(group.across, [&](const Link& link) {
            return number_[link.u] == settled || (is_known(link.v) && number_[link.v] == settled);
        });
    }

    /// All items of a member of some groups, whose own are given up.
    template <class Iterator, class Item>
    static std::vector<Item> together(Iterator first, Iterator end, std::vector<Item> Group::* items) {
        std::vector<Item> all;
        all.reserve(std::accumulate(first, end, std::size_t{0}, [=](std::size_t count, const Group& group) {
            return count + (group.*items).size();
        }));
        for (auto group = first; group != end; ++group) {
            std::ranges::move((*group).*items, std::back_inserter(all));
            (*group).*items = {};
        }
        return all;
    }

    /// Make one group each of those next to each other, up to four along each axis, and merge inside of it, after prepare(index)
    /// of each. What is left of one lot is little before the next is prepared: memory counts here.
    template <class Prepare>
    void unite_groups(Prepare&& prepare) {
        const auto place_of = [this](std::size_t index) { return groups_[index].place >> 6; };
        std::vector<std::size_t> starts;
        for (std::size_t index = 0; index < groups_.size(); ++index) {
            if (index == 0 || place_of(index) != place_of(index - 1)) {
                starts.push_back(index);
            }
        }
        std::vector<Group> united(starts.size());
        starts.push_back(groups_.size());
        for_each_index(united.size(), n_threads_, [&](std::size_t number) {
            const std::size_t begin = starts[number], end = starts[number + 1];
            for (std::size_t index = begin; index < end; ++index) {
                prepare(index);
            }
            const auto first = groups_.begin() + static_cast<std::ptrdiff_t>(begin),
                       last = groups_.begin() + static_cast<std::ptrdiff_t>(end);
            Group& group = united[number];
            group = {first->begin,
                     (last - 1)->end,
                     place_of(begin),
                     together(first, last, &Group::roots),
                     together(first, last, &Group::inner),
                     together(first, last, &Group::across),
                     together(first, last, &Group::sleepers),
                     together(first, last, &Group::merges)};
            if (end - begin > 1) {
                follow(group, [&](Node node) { return group.owns(node); });
                contract(group, Linkage::commutes || has_parallel_);
            }
        });
        groups_ = std::move(united);
        for (Group& group : groups_) {
            if (merges_) {
                merges_->insert(merges_->end(), group.merges.begin(), group.merges.end());
                group.merges.clear();
            }
        }
    }

    /// Merge what may be merged inside of a group.
    void contract(Group& group, bool has_parallel) {
        const auto n_own = static_cast<Node>(group.roots.size());
        for (Node node = 0; node < n_own; ++node) {
            number_[group.roots[node]] = node;
        }
        std::vector<Node> others;
        auto& met = group.inner.emplace_back();
        const auto is_inner = [&](const Link& link) { return group.owns(link.v); };
        for (const Link& link : group.across) {
            if (!is_inner(link)) {
                others.push_back(link.v);
            } else if (link.u < link.v) {  // each has come from both sides
                met.push_back(link);
            }
        }
        std::erase_if(group.across, is_inner);
        std::ranges::sort(others);
        others.erase(std::unique(others.begin(), others.end()), others.end());
        LargeVector<typename LiveGraph<Edge>::Edge> edges;
        edges.reserve(std::accumulate(group.inner.begin(), group.inner.end(), group.across.size(),
                                      [](std::size_t count, const auto& links) { return count + links.size(); }));
        for (std::vector<Link>& links : group.inner) {
            for (const auto& [u, v, sum] : links) {
                edges.push_back({{number_[u], number_[v]}, {sum.total, sum.size, sum.order}});
            }
            links = {};
        }
        for (const auto& [u, v, sum] : group.across) {
            const auto other = static_cast<Node>(std::ranges::lower_bound(others, v) - others.begin());
            edges.push_back({{number_[u], n_own + other}, {sum.total, sum.size, sum.order}});
        }
        group.inner.assign(1, {});
        LiveGraph<Edge> graph(n_own + others.size(), std::move(edges));
        if (has_parallel) {
            join_parallel<Linkage>(graph);
        }
        std::vector<Merge> merges;
        Whole contraction(std::move(graph), {}, threshold_, merges_ ? &merges : nullptr);
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
        for (const auto& [u, v, height] : merges) {
            group.merges.push_back({group.roots[u], group.roots[v], height});
        }
        const std::vector<bool> merges_on = may_merge(contraction);
        for (EdgeId edge = 0; edge < contraction.graph().n_edges(); ++edge) {
            const auto [u, v] = contraction.graph().ends(edge);
            if (u != v && u < n_own && v < n_own && merges_on[u] && merges_on[v]) {
                group.inner[0].push_back({group.roots[u], group.roots[v], Linkage::sum(contraction.graph()[edge])});
            }
        }
        for (Node node = 0; node < n_own; ++node) {
            root_[group.roots[node]] = group.roots[contraction.root(node)];
            if (!merges_on[node]) {
                number_[group.roots[node]] = settled;
            }
        }
        std::erase_if(group.roots, [this](Node node) { return root_[node] != node || number_[node] == settled; });
        group.roots.shrink_to_fit();
        group.inner[0].shrink_to_fit();
        group.across.shrink_to_fit();
    }

    /// Whether a node may still merge. Where the linkage is reducible, no edge gets above the largest of those it came from: a
    /// node without an edge above the threshold never gets one.
    static std::vector<bool> may_merge(const Whole& contraction) {
        std::vector<bool> result(contraction.graph().n_nodes(), !Linkage::reducible);
        if constexpr (Linkage::reducible) {
            for (EdgeId edge = 0; edge < contraction.graph().n_edges(); ++edge) {
                const auto [u, v] = contraction.graph().ends(edge);
                if (u != v && contraction.threshold() < contraction.rank(edge).worth) {
                    result[u] = result[v] = true;
                }
            }
        }
        return result;
    }

    const FixedGrid& grid_;
    bool has_parallel_;  ///< whether there are edges in the grid with both ends in common
    const TileOrder& nodes_;
    std::int64_t threshold_;
    std::vector<Merge>* merges_;
    unsigned n_threads_;
    LargeVector<Node> root_;    ///< of each node, one that it became part of, at most a few steps from where it ended
    LargeVector<Node> number_;  ///< of each root, its number in its group, or `settled`: it never merges
    std::vector<Group> groups_;
};

}  // namespace partitioners
