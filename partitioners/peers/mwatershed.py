"""The mutex watershed of mwatershed, with all edges, and with long ones thinned out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

    Grids are handed over as arrays; other graphs, those that start from parts among them, as Python lists, which
    takes far longer. Source: Wolf et al., "The mutex watershed and its objective: efficient, parameter-free graph
    partitioning", arXiv 1904.12654, on signed graphs: edges are worth affinity less threshold.

    Args:
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel.

    Raises:
        InputError: `threshold` is out of range.
    """

    takes_costs: ClassVar[bool] = True

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        if isinstance(graph, GridGraph):
            return _cut_grid(graph, self.threshold)
        return self._cut_edges(graph)

    def _cut_edges(self, graph: Graph) -> NDArray[np.int64]:
        from mwatershed import cluster

        signed = graph.signed(self.threshold)
        order = np.argsort(-np.abs(signed), kind="stable")
        edges = zip((signed > 0)[order].tolist(), *graph.edges[order].T.tolist(), strict=True)
        labels = graph.n_nodes + np.arange(graph.n_nodes)
        with solving():
            node_parts = cluster(list(edges))
        if node_parts:
            nodes, parts = np.array(node_parts, np.int64).T
            labels[nodes] = parts
        return labels


@PARTITIONERS.register("mwatershed-strided", unavailable=needs("mwatershed", extra="peers"))
@dataclass(frozen=True)
class MwatershedStrided(GridPartitioner):
    """Mutex watershed of a grid with few of its long edges: those at every `stride`-th pixel along each axis (mwatershed).

    Long edges repel more often than they attract, so that fewer of them cut less and take less time. Edges between direct
    neighbours, diagonal ones among them, all count. Source: as of `mwatershed`, whose authors thin edges out so.

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


def _cut_grid(grid: GridGraph, threshold: float, stride: int = 1) -> NDArray[np.int64]:
    """Return a part (n,) for each pixel, where long edges count at every `stride`-th pixel along each axis."""
    from mwatershed import agglom

    exists = edge_mask(grid)
    signed = np.where(exists, grid.affinity.astype(np.float64) - threshold, 0)  # 0 is no edge
    channels = [channel for channel in range(len(exists)) if exists[channel].any()]  # a longer offset is an error
    if not channels:
        return np.arange(grid.n_nodes)
    offsets = [grid.offsets[channel] for channel in channels]
    longest = max(grid.shape)  # a larger stride is the same
    strides = [[min(stride, longest) if max(map(abs, offset)) > 1 else 1] * len(offset) for offset in offsets]
    with solving():
        fragments = agglom(signed[channels], offsets, strides=strides)
    labels = fragments.ravel().astype(np.int64)
    return np.where(labels == 0, labels.max() + 1 + np.arange(grid.n_nodes), labels)
