"""The mutex watershed of mwatershed, with all edges, and with long ones thinned out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.graph import Graph, GridGraph
from partitioners.peers.grid import GridPartitioner, edge_mask
from partitioners.registry import needs
from partitioners.tuning import AFFINITIES, AffinityThreshold


@PARTITIONERS.register("mwatershed", unavailable=needs("mwatershed", extra="peers"))
@dataclass(frozen=True)
class Mwatershed(AffinityThreshold):
    """Mutex watershed: the strongest edge first, attractive ones merge and repulsive ones forbid it (mwatershed).

    Grids are handed over as arrays; other graphs, those that start from parts among them unless `seeded`, as Python lists,
    which takes far longer. Source: Wolf et al., "The mutex watershed and its objective: efficient, parameter-free graph
    partitioning", arXiv 1904.12654, on signed graphs: edges are worth affinity less threshold.

    Args:
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel.
        seeded: True if parts of an initial partition are seeds that never join each other; the package looks at each pair.

    Raises:
        InputError: a parameter is not as above.
    """

    takes_costs: ClassVar[bool] = True

    seeded: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.boolean("seeded", self.seeded)

    def _cut_from(self, graph: Graph, parts: NDArray[np.int64], labelled: NDArray[np.bool_]) -> IntegerArray:
        if self.seeded and isinstance(graph, GridGraph):
            seeds = np.where(labelled[parts], 1 + graph.n_nodes + parts, 0)  # unlike the package's numbers of pixels
            return _cut_grid(graph, self.threshold, seeds=seeds)
        return super()._cut_from(graph, parts, labelled)

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from mwatershed import cluster_edges

        if isinstance(graph, GridGraph):
            return _cut_grid(graph, self.threshold)
        edges = list(zip(graph.signed(self.threshold).tolist(), *graph.edges.T.tolist(), strict=True))
        if self.seeded:
            edges += [(-np.inf, *pair) for pair in combinations(np.flatnonzero(labelled).tolist(), 2)]
        labels = graph.n_nodes + np.arange(graph.n_nodes)
        with solving():
            node_parts = cluster_edges(edges)
        if node_parts:
            nodes, parts = np.array(node_parts, np.int64).T
            labels[nodes] = parts
        return labels


@PARTITIONERS.register("mwatershed-strided", unavailable=needs("mwatershed", extra="peers"))
@dataclass(frozen=True)
class MwatershedStrided(GridPartitioner):
    """Mutex watershed of a grid with few of its long edges: those at every `stride`-th pixel along each axis (mwatershed).

    Long edges repel more often than they attract, so that fewer of them cut less and take less time. Edges between direct
    neighbours, diagonal ones among them, all count. The package can draw the pixels at random instead, but not again the
    same, so that is not offered. Source: as of `mwatershed`, whose authors thin edges out so.

    Args:
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel.
        stride: the distance in pixels between pixels whose long edges count; 1 takes all edges.

    Raises:
        InputError: a parameter is out of range.
    """

    threshold: float = 0.5
    stride: int = 4

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)
        checks.integer("stride", self.stride, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        return _cut_grid(grid, self.threshold, self.stride).reshape(grid.shape)


def _cut_grid(
    grid: GridGraph, threshold: float, stride: int = 1, seeds: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return a part (n,) for each pixel.

    Args:
        grid: any grid.
        threshold: the affinity at which edges neither attract nor repel.
        stride: the distance in pixels between pixels whose long edges count.
        seeds: (n,) the seed that each pixel starts in, numbers above n, or 0; default: all 0.
    """
    from mwatershed import agglom

    exists = edge_mask(grid)
    signed = np.where(exists, grid.affinity.astype(np.float64) - threshold, 0)  # 0 is no edge
    channels = [channel for channel in range(len(exists)) if exists[channel].any()]  # a longer offset is an error
    if seeds is None:
        seeds = np.zeros(grid.n_nodes, np.int64)
    if not channels:
        return np.where(seeds, seeds, np.arange(grid.n_nodes))
    offsets = [grid.offsets[channel] for channel in channels]
    longest = max(grid.shape)  # a larger stride is the same
    strides = [[min(stride, longest) if max(map(abs, offset)) > 1 else 1] * len(offset) for offset in offsets]
    with solving():
        fragments = agglom(
            signed[channels], offsets, seeds=seeds.reshape(grid.shape).astype(np.uint64), strides=strides
        )
    labels = fragments.ravel().astype(np.int64)
    return np.where(labels == 0, labels.max() + 1 + np.arange(grid.n_nodes), labels)
