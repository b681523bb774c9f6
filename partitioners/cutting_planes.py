"""A lower bound on the multicut energy by a linear program, to which inequalities of all partitions are added; with scipy."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

VIOLATED = 1e-6
"""An inequality is added that is violated by more, as a fraction of an edge."""
FEW = 100
"""Where fewer cycles are found, two-partition inequalities are looked for as well."""


class Inequality(NamedTuple):
    """In no partition are the cut edges of `plus` more than those of `minus` by more than `most`."""

    plus: tuple[int, ...]
    minus: tuple[int, ...]
    most: int


class CuttingPlanes:
    """The linear program of the least cost of a fractional cut, each edge 0…1, that respects all inequalities found so far.

    The inequalities are those of cycles (Chopra and Rao, "The partition problem", Mathematical Programming 1993), on complete
    graphs of triangles alone, and the two-partition inequalities of one node and several, with both the search for them as in
    Grötschel and Wakabayashi, "A cutting plane algorithm for a clustering problem", Mathematical Programming 1989.

    Args:
        n_nodes: number of nodes.
        edges: (m, 2) nodes; costs of parallel edges are added up.
        costs: (m,) int64, whose absolute sum is below 2^62.
        end: the time of `time.monotonic` at which it ends.
    """

    def __init__(self, n_nodes: int, edges: NDArray[np.int64], costs: NDArray[np.int64], end: float) -> None:
        self.n_nodes, self.end = n_nodes, end
        self.pairs, pair_of = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
        self.costs = np.zeros(len(self.pairs), np.int64)
        np.add.at(self.costs, pair_of.ravel(), costs)
        self.edge_of = {pair: edge for edge, pair in enumerate(map(tuple, self.pairs.tolist()))}
        self.inequalities: list[Inequality] = []
        self.cut = (self.costs < 0).astype(np.float64)
        self.bound, self.rounds, self.n_used = int(self.costs.clip(max=0).sum()), 0, 0

    def run(self, rounds: int) -> None:
        """Add inequalities that the cut violates, and find the next one, at most `rounds` times."""
        while self.rounds < rounds:
            found = list(self._cycles())
            if len(found) < FEW:
                found += self._two_partitions()
            known = set(self.inequalities)
            new = [one for one in dict.fromkeys(found) if one not in known]
            self.inequalities += new
            if not new or not self._solve():
                return
            self.rounds += 1

    def _is_over(self) -> bool:
        return time.monotonic() >= self.end

    def _matrix(self, values: NDArray[Any]) -> Any:
        """Return the symmetric sparse matrix of one value per pair of nodes."""
        from scipy.sparse import csr_array

        first, second = self.pairs.T
        ends = np.concatenate([first, second]), np.concatenate([second, first])
        return csr_array((np.tile(values, 2), ends), (self.n_nodes, self.n_nodes))

    def _cycles(self) -> Iterator[Inequality]:
        """Yield for edges that are cut more than all others of a cycle that they are cut no more."""
        from scipy.sparse.csgraph import dijkstra

        lengths = self._matrix(self.cut.clip(1e-12))  # a length of 0 were no edge
        for node in range(self.n_nodes):
            edges = np.flatnonzero((self.pairs[:, 0] == node) & (self.cut > VIOLATED))
            if not len(edges) or self._is_over():
                continue
            distances, before = dijkstra(lengths, indices=node, limit=1, return_predecessors=True)
            for edge in edges[self.cut[edges] - distances[self.pairs[edges, 1]] > VIOLATED].tolist():
                path, other = [], int(self.pairs[edge, 1])
                while other != node:
                    last, other = other, int(before[other])
                    path.append(self.edge_of[min(last, other), max(last, other)])
                yield Inequality((edge,), tuple(sorted(path)), 0)

    def _two_partitions(self) -> Iterator[Inequality]:
        """Yield of nodes s and T that pairs of s and T are joined by at most one more than pairs of T.

        The nodes T, neighbours of s and each other, come one by one, each time the one that adds most to the violation.
        """
        joined, numbers = self._matrix(1 - self.cut), self._matrix(np.arange(1, len(self.pairs) + 1))
        for node in range(self.n_nodes):
            if self._is_over():
                return
            near = numbers[[node]].indices
            inner, to_node = numbers[near][:, near].toarray(), numbers[[node]][:, near].toarray()[0]
            together = np.where(inner > 0, joined[near][:, near].toarray(), math.inf)
            gain = joined[[node]][:, near].toarray()[0]
            for first in np.flatnonzero((gain > VIOLATED) & (gain < 1 - VIOLATED)).tolist():
                chosen, left, total = [first], gain - together[first], gain[first]
                while left.max() > VIOLATED:
                    chosen.append(int(left.argmax()))
                    total += left[chosen[-1]]
                    left = left - together[chosen[-1]]
                if total > 1 + VIOLATED and len(chosen) > 2:
                    plus = inner[np.ix_(chosen, chosen)][np.triu_indices(len(chosen), 1)]
                    plus, minus = (tuple(sorted((side - 1).tolist())) for side in (plus, to_node[chosen]))
                    yield Inequality(plus, minus, 1 - len(chosen) + len(plus))

    def _solve(self) -> bool:
        """Find the next cut, raise the bound, keep the inequalities that bind, and say whether there was time."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        if self._is_over():
            return False
        scale = float(np.abs(self.costs).max())
        sides = [[one.plus for one in self.inequalities], [one.minus for one in self.inequalities]]
        rows = [np.repeat(np.arange(len(side)), [len(edges) for edges in side]) for side in sides]
        columns = [[edge for edges in side for edge in edges] for side in sides]
        signs = np.repeat([1.0, -1.0], [len(side) for side in columns])
        found = linprog(
            self.costs / scale,
            A_ub=csr_array((signs, (np.concatenate(rows), np.concatenate(columns))), (len(sides[0]), len(self.costs))),
            b_ub=[one.most for one in self.inequalities],
            bounds=(0, 1),
            method="highs",
            options={"time_limit": float(np.clip(self.end - time.monotonic(), 0, 1e9))},
        )
        if found.status != 0:
            return False
        self.cut = found.x.clip(0, 1)
        self._certify(-found.ineqlin.marginals * scale)
        self.inequalities = [one for one, slack in zip(self.inequalities, found.slack, strict=True) if slack < VIOLATED]
        return True

    def _certify(self, weights: NDArray[np.float64]) -> None:
        """Raise the bound to that by weights of the inequalities, in whole numbers; any weights of at least 0 give one."""
        reduced: list[int] = self.costs.tolist()
        constant = n_used = 0
        for (plus, minus, most), weight in zip(self.inequalities, map(math.floor, weights.tolist()), strict=True):
            if weight > 0:
                n_used += 1
                constant += weight * most
                for edge in plus:
                    reduced[edge] += weight
                for edge in minus:
                    reduced[edge] -= weight
        if (bound := sum(min(cost, 0) for cost in reduced) - constant) > self.bound:
            self.bound, self.n_used = bound, n_used
