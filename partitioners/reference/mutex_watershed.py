"""The mutex watershed, in Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import GridGraph, overlap
from partitioners.greedy.mutex_watershed import MutexParameters
from partitioners.linkage import fixed_point


@PARTITIONERS.register("mutex-watershed-reference")
@dataclass(frozen=True)
class MutexWatershedReference(MutexParameters):
    """The mutex watershed as Wolf et al.'s algorithm 1 reads, in Python: what `mutex-watershed` equals, node for node."""

    def _cut_grid(self, grid: GridGraph, seeds: NDArray[np.int64]) -> IntegerArray:
        repels = self.repels(grid)
        channels, counts = [], []
        for channel, offset in enumerate(grid.offsets):
            first, second = overlap(*offset)
            is_counted = np.ones(grid.shape, bool)
            if repels[channel]:
                is_counted[:] = False
                is_counted[tuple(slice(None, None, step) for step in self.steps(grid))] = True
            kept = np.ones(grid.shape, bool) if grid.mask is None else grid.mask
            counts.append(is_counted[first][kept[first] & kept[second]])
            channels.append(np.full(counts[-1].size, channel))
        channel_of, is_counted = np.concatenate([[], *channels]).astype(int), np.concatenate([[], *counts]).astype(bool)
        strengths = fixed_point(grid.weights) - self.zeros(grid)[channel_of]
        return self._cut_edges(grid.n_nodes, grid.edges[is_counted], strengths[is_counted], seeds)

    def _cut_edges(
        self, n_nodes: int, edges: NDArray[np.int64], strengths: NDArray[np.int64], seeds: NDArray[np.int64]
    ) -> IntegerArray:
        return mutex_watershed(n_nodes, edges, strengths, seeds, self.seeded)


def mutex_watershed(
    n_nodes: int,
    edges: NDArray[np.int64],
    strengths: NDArray[np.int64],
    seeds: NDArray[np.int64],
    keeps_seeds: bool,
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64, the smallest node of the part of each node.

    Args:
        n_nodes: the number of nodes.
        edges: (m, 2) nodes.
        strengths: (m,) above 0 where an edge attracts, below where it repels; equal ones go by their index.
        seeds: (n_nodes,) nodes of equal seeds start together, negative ones alone.
        keeps_seeds: True if different seeds never join.
    """
    part = np.arange(n_nodes)
    for seed in np.unique(seeds[seeds >= 0]):
        part[seeds == seed] = np.flatnonzero(seeds == seed)[0]
    apart: set[tuple[int, int]] = set()
    if keeps_seeds:
        starts = np.unique(part[seeds >= 0]).tolist()
        apart |= {(u, v) for u in starts for v in starts if u != v}
    for index in np.argsort(-np.abs(strengths), kind="stable"):
        u, v = sorted(part[edges[index]].tolist())
        if u == v or strengths[index] == 0:
            continue
        if strengths[index] < 0:
            apart |= {(u, v), (v, u)}
        elif (u, v) not in apart:
            part[part == v] = u
            apart = {(u if first == v else first, u if second == v else second) for first, second in apart}
    return part
