"""Contraction within limits, in Python."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import FixedPoint, Graph
from partitioners.greedy.gasp import Limits, SignedContraction
from partitioners.linkage import EXTREMES, LINKAGES, Edge, Linkage

Pair = tuple[int, int]
Worths = dict[Pair, int | Fraction]


@PARTITIONERS.register("gasp-reference")
@dataclass(frozen=True)
class GASPReference(SignedContraction):
    """GASP as Bailoni et al.'s algorithm 1 reads, in Python: what `gasp` equals, node for node."""

    def _contract(self, graph: Graph, fixed: FixedPoint, threshold: int, limits: Limits) -> IntegerArray:
        run = Contraction(graph, fixed, {**LINKAGES, **EXTREMES}[self.linkage], limits)
        run.merge(threshold, by_strength=self.constrained)
        run.merge_small()
        return run.parts()


class Contraction:
    """A graph whose parts merge. It looks at all edges before each merge: time O(n m) for n nodes and m edges."""

    def __init__(self, graph: Graph, fixed: FixedPoint, linkage: Linkage, limits: Limits) -> None:
        self.linkage, self.limits = linkage, limits
        self.members = {node: [node] for node in range(graph.n_nodes)}
        self.sizes = dict(enumerate(limits.node_sizes.tolist()))
        self.edges: dict[Pair, Edge] = {}
        self.apart = {_pair(u, v) for u, v in limits.apart.tolist()}
        parallel: dict[Pair, list[tuple[int, int, int]]] = {}
        columns = graph.edges.tolist(), fixed.values.tolist(), fixed.sizes.tolist()
        for index, ((u, v), value, size) in enumerate(zip(*columns, strict=True)):
            parallel.setdefault(_pair(u, v), []).append((value, size, index))
        for pair, edges in parallel.items():
            self.edges[pair] = self._start(edges)

    def _start(self, edges: list[tuple[int, int, int]]) -> Edge:
        if self.linkage in EXTREMES.values():
            value = edges[0][0]
            for other, _, _ in edges[1:]:
                value = self.linkage.join(value, other)
            return Edge(value, 1, edges[0][2])
        size = sum(size for _, size, _ in edges)
        return Edge(self.linkage.start(sum(value * size for value, size, _ in edges), size), size, edges[0][2])

    def merge(self, threshold: int, by_strength: bool) -> None:
        """Merge the two ends of the best edge until none is above the threshold, or strength 0."""
        while len(self.members) > self.limits.n_parts:
            worths: Worths = {
                pair: self.linkage.worth(edge) for pair, edge in self.edges.items() if pair not in self.apart
            }
            strengths: Worths = {pair: max(worth, -worth) if by_strength else worth for pair, worth in worths.items()}
            best = self._best({pair: worth for pair, worth in strengths.items() if worth > threshold})
            if best is None:
                return
            if (worths[best] < 0 and by_strength) or self._is_too_large(best):
                self.apart.add(best)
            else:
                self._unite(*best)

    def merge_small(self) -> None:
        """Merge parts below the smallest size along their highest edges."""
        while len(self.members) > self.limits.n_parts:
            best = self._best(
                {
                    pair: self.linkage.worth(edge)
                    for pair, edge in self.edges.items()
                    if pair not in self.apart
                    and not self._is_too_large(pair)
                    and min(self.sizes[node] for node in pair) < self.limits.smallest
                }
            )
            if best is None:
                return
            self._unite(*best)

    def _best(self, worths: Worths) -> Pair | None:
        return max(worths, key=lambda pair: (worths[pair], -self.edges[pair].order), default=None)

    def _is_too_large(self, pair: Pair) -> bool:
        size: int = self.sizes[pair[0]] + self.sizes[pair[1]]
        return size > self.limits.largest

    def _unite(self, u: int, v: int) -> None:
        del self.edges[u, v]
        self.members[u] += self.members.pop(v)
        self.sizes[u] += self.sizes.pop(v)
        for pair in [pair for pair in self.edges if v in pair]:
            moved, edge = _pair(u, *(node for node in pair if node != v)), self.edges.pop(pair)
            self.edges[moved] = self.linkage.merge(self.edges[moved], edge) if moved in self.edges else edge
        self.apart = {_pair(*(u if node == v else node for node in pair)) for pair in self.apart}

    def parts(self) -> NDArray[np.int64]:
        """Return (n_nodes,) int64, a part for each node."""
        labels = np.empty(sum(map(len, self.members.values())), np.int64)
        for part, nodes in self.members.items():
            labels[nodes] = part
        return labels


def _pair(u: int, v: int) -> Pair:
    return (u, v) if u < v else (v, u)
