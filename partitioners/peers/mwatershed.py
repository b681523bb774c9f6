"""The mutex watershed of mwatershed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.graph import Graph, GridGraph
from partitioners.peers.grid import edge_mask
from partitioners.registry import needs
from partitioners.tuning import AffinityThreshold


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
            return self._cut_grid(graph)
        return self._cut_edges(graph)

    def _cut_grid(self, grid: GridGraph) -> NDArray[np.int64]:
        from mwatershed import agglom

        exists = edge_mask(grid)
        signed = np.where(exists, grid.affinity.astype(np.float64) - self.threshold, 0)  # 0 is no edge
        channels = [channel for channel in range(len(exists)) if exists[channel].any()]  # a longer offset is an error
        if not channels:
            return np.arange(grid.n_nodes)
        with solving():
            fragments = agglom(signed[channels], [grid.offsets[channel] for channel in channels])
        labels = fragments.ravel().astype(np.int64)
        return np.where(labels == 0, labels.max() + 1 + np.arange(grid.n_nodes), labels)

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
