"""Local search on the multicut objective, in Python."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from partitioners._native import connected_components
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import Graph, LiftedGraph
from partitioners.greedy.kernighan_lin import LocalSearch
from partitioners.linkage import LINKAGES

PATIENCE = 64
"""So many moves in a row may gain nothing."""


@PARTITIONERS.register("kernighan-lin-reference")
@dataclass(frozen=True)
class KernighanLinReference(LocalSearch):
    """Keuper et al.'s algorithms 1 and 2 as they read, level by level, in Python: what `kernighan-lin` equals, node for node."""

    def _search(self, graph: Graph, start: NDArray[np.int64]) -> IntegerArray:
        budget = Budget(
            np.inf if self.moves is None else self.moves,
            time.monotonic() + (np.inf if self.seconds is None else self.seconds),
        )
        values, sizes, _ = graph.in_fixed_point(LINKAGES["sum"])
        is_lifted = graph.is_lifted.tolist() if isinstance(graph, LiftedGraph) else [False] * graph.n_edges
        edges = zip(graph.edges.tolist(), values.tolist(), sizes.tolist(), is_lifted, strict=True)
        level = Level([1] * graph.n_nodes, [(u, v, value * size, lifted) for (u, v), value, size, lifted in edges])
        if np.bincount(start).max(initial=0) > self.large:
            return np.array(improve_by_levels(level, start.tolist(), budget), np.int64)
        search = Search(level, start.tolist(), budget)
        search.run()
        return np.array(search.labels, np.int64)


@dataclass
class Budget:
    """When a search ends, at the latest: after so many more moves, and at that time."""

    moves_left: float
    end: float

    def is_over(self) -> bool:
        return self.moves_left <= 0 or time.monotonic() >= self.end


class Level:
    """A graph of nodes that stand for so many of the first graph as `sizes` say; an edge is (u, v, cost, is lifted)."""

    def __init__(self, sizes: list[int], edges: list[tuple[int, int, int, bool]]) -> None:
        self.sizes = sizes
        self.is_lifted = any(lifted for *_, lifted in edges)
        self.costs: dict[int, dict[int, int]] = {node: defaultdict(int) for node in range(len(sizes))}
        self.joined: dict[int, set[int]] = {node: set() for node in range(len(sizes))}
        for one, other, cost, lifted in edges:
            for u, v in ((one, other), (other, one)):
                self.costs[u][v] += cost
                if not lifted:
                    self.joined[u].add(v)

    def groups(self, labels: list[int]) -> list[int]:
        """Return the group 0…k-1 of each node, which is with the neighbour in its part that it costs most to part from.

        Costs count for each of the nodes that the neighbour stands for, and only positive ones.
        """
        pairs = []
        for u, costs in self.costs.items():
            inside = [v for v in self.joined[u] if costs[v] > 0 and labels[v] == labels[u]]
            if inside:
                pairs.append((u, max(inside, key=lambda v: (Fraction(costs[v], self.sizes[v]), -(u ^ v)))))
        groups: list[int] = connected_components(len(labels), np.array(pairs, np.int64).reshape(-1, 2)).tolist()
        return groups

    def contract(self, groups: list[int]) -> Level:
        """Return the graph of groups."""
        edges = [
            (groups[u], groups[v], cost, v not in self.joined[u])
            for u, costs in self.costs.items()
            for v, cost in costs.items()
            if u < v and groups[u] != groups[v]
        ]
        return Level(np.bincount(groups, self.sizes).astype(int).tolist(), edges)


def improve_by_levels(level: Level, labels: list[int], budget: Budget) -> list[int]:
    """Improve labels on the graph of groups, if smaller by over a twentieth, and then on the graph itself."""
    groups = level.groups(labels)
    n_groups = max(groups, default=-1) + 1
    if 20 * n_groups < 19 * len(labels):
        of_groups = list(dict(zip(groups, labels, strict=True)).values())
        of_groups = improve_by_levels(level.contract(groups), of_groups, budget)
        labels = [of_groups[group] for group in groups]
    search = Search(level, labels, budget)
    search.run()
    return search.labels


class Search:
    """A partition that is improved: `labels` hold the part of each node."""

    def __init__(self, level: Level, labels: list[int], budget: Budget) -> None:
        self.labels, self.budget = labels, budget
        self.costs, self.joined, self.is_lifted = level.costs, level.joined, level.is_lifted
        self.n_parts = max(labels, default=-1) + 1
        self.tries = 0
        self.changed = dict.fromkeys(range(self.n_parts), 0)
        self.tried: dict[tuple[int, ...], int] = {}
        if self.is_lifted:
            self._separate()

    def run(self) -> None:
        """Improve until nothing is gained any more, or moves or seconds are used up."""
        while not self.budget.is_over():
            gained = 0
            for first, second in self._adjacent_parts():
                if not self.budget.is_over() and self._is_due(first, second):
                    gained += self._improve(first, second)
            for part in range(self.n_parts):
                if not self.budget.is_over() and self._is_due(part):
                    gained += self._split(part)
            if not gained:
                return

    def _is_due(self, *parts: int) -> bool:
        """Return whether a pair, or a part to split, has changed since its last try, or by it; if so, count one more."""
        is_due = any(self.changed[part] >= self.tried.get(parts, 0) for part in parts)
        if is_due:
            self.tries += 1
            self.tried[parts] = self.tries
        return is_due

    def _adjacent_parts(self) -> list[tuple[int, int]]:
        pairs = {(self.labels[u], self.labels[v]) for u, others in self.joined.items() for v in others}
        return sorted((u, v) for u, v in pairs if u < v)

    def _members(self, part: int) -> set[int]:
        return {node for node, label in enumerate(self.labels) if label == part}

    def _improve(self, first: int, second: int) -> int:
        """Move nodes between two parts, or join them, whatever gains more; return what is gained."""
        one, other = self._members(first), self._members(second)
        between = [(u, v) for u in one for v in self.joined[u] if v in other]
        joining = sum(self.costs[u][v] for u in one for v in self.costs[u] if v in other)
        if not between:
            return 0
        moving, moved = self._sequence(first, second, {node for pair in between for node in pair})
        kept = 0 if 0 < joining >= moving else self._keep(moving, moved, {first: second, second: first})
        if not kept and joining > 0:
            fewer, more = (first, second) if len(one) <= len(other) else (second, first)
            self._move(self._members(fewer), {fewer: more})
            kept = joining
        if kept:
            self.changed[first] = self.changed[second] = self.tries
        return kept

    def _split(self, part: int) -> int:
        """Move nodes of a part to a new one; return what is gained."""
        members = self._members(part)
        if len(members) < 2:
            return 0
        gain, moved = self._sequence(part, self.n_parts, members, one_way=True)
        added = self.n_parts
        self.n_parts += 1
        kept = self._keep(gain, moved, {part: added})
        if kept:
            self.changed[part] = self.changed[added] = self.tries
        else:
            self.n_parts -= 1
        return kept

    def _keep(self, gain: int, moved: set[int], to: dict[int, int]) -> int:
        """Move nodes, and separate pieces of parts; return what is gained, or 0 where that is nothing and all is undone."""
        if gain <= 0:
            return 0
        labels, n_parts = list(self.labels), self.n_parts
        self._move(moved, to)
        if self.is_lifted:
            gain -= self._separate()
        if gain <= 0:
            self.labels, self.n_parts, gain = labels, n_parts, 0
        return gain

    def _separate(self) -> int:
        """Make each connected piece of a part a part of its own; return the cost of the lifted edges that are cut by it."""
        edges = [(u, v) for u, others in self.joined.items() for v in others if self.labels[u] == self.labels[v]]
        pieces = connected_components(len(self.labels), np.array(edges, np.int64).reshape(-1, 2)).tolist()
        part_of_piece: dict[int, int] = {}
        for piece, part in zip(pieces, self.labels, strict=True):
            if piece not in part_of_piece and part in part_of_piece.values():
                part_of_piece[piece] = self.n_parts
                self.changed[self.n_parts] = self.tries
                self.n_parts += 1
            part_of_piece.setdefault(piece, part)
        before, self.labels = self.labels, [part_of_piece[piece] for piece in pieces]
        cut = [
            cost
            for u, edges_of in self.costs.items()
            for v, cost in edges_of.items()
            if u < v and before[u] == before[v] and self.labels[u] != self.labels[v]
        ]
        return sum(cut)

    def _move(self, nodes: set[int], to: dict[int, int]) -> None:
        for node in nodes:
            self.labels[node] = to[self.labels[node]]

    def _sequence(self, first: int, second: int, border: set[int], one_way: bool = False) -> tuple[int, set[int]]:
        """Return the gain of the best sequence of moves from a border, and the nodes that move in it."""
        side = {node: label for node, label in enumerate(self.labels) if label in (first, second)}
        moved: list[int] = []
        best = total = length = 0
        while len(moved) < length + PATIENCE and self.budget.moves_left > 0 and border - set(moved):
            gains = {
                node: sum(
                    cost if side[other] != side[node] else -cost for other, cost in edges.items() if other in side
                )
                for node in border - set(moved)
                for edges in [self.costs[node]]
            }
            node = max(gains, key=lambda node: (gains[node], -node))
            side[node] = second if side[node] == first else first
            moved.append(node)
            if not one_way:
                border |= self.joined[node] & side.keys()
            total += gains[node]
            self.budget.moves_left -= 1
            if total > best:
                best, length = total, len(moved)
        return best, set(moved[:length])
