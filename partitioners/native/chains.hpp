// Merges ahead of the queue: nearest-neighbour chains (Murtagh, "A survey of recent advances in hierarchical
// clustering algorithms", Computer Journal 1983). Where no merge lifts an edge above the larger of the two that it came
// from, an edge that is the best at both its ends may be contracted before better ones elsewhere, without changing the
// result. So merges follow each other where they are near in memory, and the queue is left with few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "edges.hpp"

namespace partitioners {

/// Core is a `Contraction`. Where the order of two adjacent merges matters (`two_steps`), an edge must also be better
/// than all edges at the neighbours of its ends: then nothing that goes before it touches those neighbours.
template <class Core, bool two_steps>
class Chains {
public:
    Chains(Core& core, std::size_t n_nodes) : core_(core), best_(n_nodes, unknown) {}

    void run() {
        for (Node start = 0; start < best_.size(); ++start) {
            chain_.assign(1, start);
            while (!chain_.empty()) {
                step();
            }
        }
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX, unknown = UINT32_MAX - 1;
    /// Nodes of more edges are left to the queue: to look for their best edge at each merge would take too long.
    static constexpr std::size_t many = 64;
    /// Longer chains are given up, as are those that lead to a node of many edges: others would walk them again.
    static constexpr std::size_t longest = 64;

    /// Contract the best edge at the end of the chain, or add a node that has a better one.
    void step() {
        const Node node = chain_.back();
        if (is_for_the_queue(node) || chain_.size() > longest) {
            chain_.clear();
            return;
        }
        const std::uint32_t edge = best(node);
        if (edge == none) {
            chain_.pop_back();
            return;
        }
        const auto [first, second] = core_.graph().ends(edge);
        if (is_best(edge, first) && is_best(edge, second) &&
            (!two_steps || (is_best_around(edge, first) && is_best_around(edge, second)))) {
            chain_.back() = contract(edge);
        }
    }

    bool is_for_the_queue(Node node) const { return core_.graph().degree(node) > many; }

    bool is_best(std::uint32_t edge, Node node) {
        if (best_[node] == unknown && is_for_the_queue(node)) {
            chain_.clear();
            return false;
        }
        const std::uint32_t other = best(node);
        if (other == none || other == edge || core_.goes_before(edge, other)) {
            return true;
        }
        chain_.push_back(node);
        return false;
    }

    bool is_best_around(std::uint32_t edge, Node node) {
        if (is_for_the_queue(node)) {
            chain_.clear();
            return false;
        }
        bool holds = true;
        core_.graph().for_each_edge(node, [&](std::uint32_t at) {
            const auto [first, second] = core_.graph().ends(at);
            holds = holds && is_best(edge, first == node ? second : first);
        });
        return holds;
    }

    /// The best edge above the threshold. It stays the best until it is joined with another: others never rise.
    std::uint32_t best(Node node) {
        if (best_[node] == unknown) {
            best_[node] = none;
            core_.graph().for_each_edge(node, [&](std::uint32_t edge) {
                if (core_.is_above(edge) && (best_[node] == none || core_.goes_before(edge, best_[node]))) {
                    best_[node] = edge;
                }
            });
        }
        return best_[node];
    }

    Node contract(std::uint32_t edge) {
        const auto [u, v] = core_.contract(edge, [this](std::uint32_t kept, std::uint32_t given_up) {
            const auto [first, second] = core_.graph().ends(kept);
            for (const Node node : {first, second}) {
                if (best_[node] == kept || best_[node] == given_up) {
                    best_[node] = unknown;
                }
            }
        });
        best_[u] = unknown;
        best_[v] = none;
        return u;
    }

    Core& core_;
    std::vector<std::uint32_t> best_;  ///< of each node, its best edge above the threshold
    std::vector<Node> chain_;          ///< each has a better edge than the one before
};

}  // namespace partitioners
