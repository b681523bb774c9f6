"""A lower bound on the multicut energy, in Python."""

from __future__ import annotations

import heapq
import math
import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

STEPS = 100
"""Those of a round."""

VIOLATED = 1 / 64
"""A cycle is added that is violated by more."""


def lower_bound(
    n_nodes: int, edges: NDArray[np.int64], costs: NDArray[np.int64], rounds: int, seconds: float | None = None
) -> tuple[int, int, int]:
    """Return a lower bound in units of the costs, and the numbers of rounds and of cycles, as `_native.lower_bound` does."""
    search = CycleBound(n_nodes, edges, costs, time.monotonic() + (math.inf if seconds is None else seconds))
    search.run(rounds)
    return search.bound, search.rounds, len(search.cycles)


class CycleBound:
    """Cycles of one repulsive edge and a path of attractive ones, each with a weight of at least 0."""

    def __init__(self, n_nodes: int, edges: NDArray[np.int64], costs: NDArray[np.int64], end: float) -> None:
        self.n_nodes, self.end = n_nodes, end
        self.edges: list[tuple[int, int]] = [(u, v) for u, v in edges.tolist()]
        self.costs: list[int] = costs.tolist()
        self.scale = float(np.abs(costs.astype(np.float64)).cumsum()[-1]) / len(costs) if len(costs) else 0.0
        self.neighbours: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for edge, ((u, v), cost) in enumerate(zip(self.edges, self.costs, strict=True)):
            if cost > 0:
                self.neighbours[u].append((v, edge))
                self.neighbours[v].append((u, edge))
        self.cycles: list[tuple[int, list[int]]] = []
        self.weights: list[float] = []
        self.cut: list[float] = []
        self.bound = self.rounds = 0

    def run(self, rounds: int) -> None:
        """Pack cycles, then add cycles and improve the weights of all, at most `rounds` times."""
        residual, length = list(self.costs), 2
        while length < 2 * self.n_nodes:
            self._pack(residual, length)
            length += length // 2
        self.bound = sum(min(cost, 0) for cost in residual)
        self.cut = [float(cost < 0) for cost in residual]
        length = 4
        while self.rounds < rounds and not self._is_over():
            before, known = self.bound, len(self.cycles)
            self._separate(length)
            while len(self.cycles) == known and length < self.n_nodes:
                length = min(2 * length, self.n_nodes)
                self._separate(length)
            self._improve()
            self.rounds += 1
            added = len(self.cycles) - known
            if not added and self.bound - before <= -self.bound >> 30:
                return
            if 8 * added < known:
                length = min(2 * length, self.n_nodes)

    def _is_over(self) -> bool:
        return time.monotonic() >= self.end

    def _path(self, closing: int, limit: float, most: int, length_of: Callable[[int], float]) -> list[int] | None:
        """Return the shortest path of attractive edges between the ends of an edge, from the second to the first.

        It is None if that is not shorter than `limit` or not of fewer than `most` edges. Of equally near nodes, the lower
        one is left first.
        """
        start, to = self.edges[closing]
        distances, paths = {start: 0.0}, {start: list[int]()}
        queue = [(0.0, start)]
        while queue:
            distance, node = heapq.heappop(queue)
            if node == to:
                return paths[node][::-1]
            if distance > distances[node] or len(paths[node]) + 1 >= most:
                continue
            for other, edge in self.neighbours[node]:
                onward = distance + length_of(edge)
                if onward < limit and onward < distances.get(other, math.inf):
                    distances[other], paths[other] = onward, [*paths[node], edge]
                    heapq.heappush(queue, (onward, other))
        return None

    def _pack(self, residual: list[int], length: int) -> None:
        """Take from the costs of cycles of up to `length` edges what is left of them, as much as they all have."""
        for edge in range(len(self.edges)):
            while residual[edge] < 0 and not self._is_over():
                path = self._path(edge, length, length, lambda edge: 1 if residual[edge] > 0 else math.inf)
                if path is None:
                    break
                weight = min(-residual[edge], *(residual[on_path] for on_path in path))
                residual[edge] += weight
                for on_path in path:
                    residual[on_path] -= weight
                self._add(edge, path, float(weight))

    def _separate(self, length: int) -> None:
        """Add cycles of up to `length` edges that `cut`, were it a partition, would have to meet and does not."""
        for edge, cost in enumerate(self.costs):
            if cost < 0 and self.cut[edge] > VIOLATED and not self._is_over():
                path = self._path(edge, self.cut[edge] - VIOLATED, length, self.cut.__getitem__)
                if path is not None:
                    self._add(edge, path, 0.0)

    def _add(self, closing: int, path: list[int], weight: float) -> None:
        self.cycles.append((closing, path))
        self.weights.append(weight)

    def _bound_by(self, weights: list[float]) -> int:
        """Return the bound by these weights, rounded down to whole numbers."""
        reduced = list(self.costs)
        for (closing, path), weight in zip(self.cycles, weights, strict=True):
            reduced[closing] += math.floor(weight)
            for edge in path:
                reduced[edge] -= math.floor(weight)
        return sum(min(cost, 0) for cost in reduced)

    def _improve(self) -> None:
        """Take steps towards the best weights, and go on from their mean where that is better than the last ones."""
        n_cycles = [0] * len(self.edges)
        for closing, path in self.cycles:
            for edge in (closing, *path):
                n_cycles[edge] += 1
        sum_of_weights, sum_of_cuts, ahead = [0.0] * len(self.cycles), [0.0] * len(self.edges), list(self.cut)
        taken = 0
        while taken < STEPS and not self._is_over():
            taken += 1
            reduced = [float(cost) for cost in self.costs]
            for (closing, path), weight in zip(self.cycles, self.weights, strict=True):
                reduced[closing] += weight
                for edge in path:
                    reduced[edge] -= weight
            for edge in range(len(self.edges)):
                if n_cycles[edge]:
                    step = reduced[edge] / (self.scale * n_cycles[edge])
                    cut = min(max(self.cut[edge] - step, 0.0), 1.0)
                    ahead[edge], self.cut[edge] = 2 * cut - self.cut[edge], cut
                    sum_of_cuts[edge] += cut
            for cycle, (closing, path) in enumerate(self.cycles):
                excess = ahead[closing]
                for edge in path:
                    excess -= ahead[edge]
                weight = self.weights[cycle] + excess * self.scale / (len(path) + 1)
                self.weights[cycle] = min(max(weight, 0.0), -float(self.costs[closing]))
                sum_of_weights[cycle] += self.weights[cycle]
        mean = [weight / max(taken, 1) for weight in sum_of_weights]
        by_last, by_mean = self._bound_by(self.weights), self._bound_by(mean)
        self.bound = max(self.bound, by_last, by_mean)
        if by_mean > by_last:
            self.weights = mean
            for edge in range(len(self.edges)):
                if n_cycles[edge]:
                    self.cut[edge] = sum_of_cuts[edge] / max(taken, 1)
