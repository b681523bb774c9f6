"""The average linkage of higra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners._native import connected_components
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.graph import AffinityGraph
from partitioners.peers.communities import unique_pairs
from partitioners.registry import needs
from partitioners.tuning import AffinityThreshold, Hierarchical


@PARTITIONERS.register("higra-average", unavailable=needs("higra", extra="peers"))
@dataclass(frozen=True)
class HigraAverage(AffinityThreshold, Hierarchical):
    """Average linkage, as `gaec` with linkage "average", from the whole tree of merges (higra).

    Source: Perret et al., "Higra: hierarchical graph analysis", SoftwareX 2019.

    Args:
        threshold: the tree is cut where mean affinities are not above it; in [0, 1].

    Raises:
        InputError: `threshold` is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return self._cuts(graph, [self.threshold])[0]

    def _cuts(self, graph: AffinityGraph, thresholds: Sequence[float]) -> list[IntegerArray]:
        import higra

        pairs, pair_index = unique_pairs(graph.edges, graph.n_nodes)
        if not len(pairs):
            return [np.arange(graph.n_nodes)] * len(thresholds)
        sizes = np.bincount(pair_index, graph.sizes)
        distances = 1 - np.bincount(pair_index, graph.weights.astype(np.float64) * graph.sizes) / sizes
        bridges = _bridges(graph.n_nodes, pairs)
        connected = higra.UndirectedGraph(graph.n_nodes)
        connected.add_edges(*np.concatenate([pairs, bridges]).T)
        distances, sizes = (np.append(values, np.full(len(bridges), 2.0)) for values in (distances, sizes))
        with solving():
            tree, heights = higra.binary_partition_tree_average_linkage(connected, distances, sizes)
            below = [np.nextafter(1 - threshold, -1) for threshold in thresholds]
            return [higra.labelisation_horizontal_cut_from_threshold(tree, heights, height) for height in below]


def _bridges(n_nodes: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (k - 1, 2) edges between the k connected components: higra takes connected graphs only."""
    _, first = np.unique(connected_components(n_nodes, pairs), return_index=True)
    return np.stack([first[:-1], first[1:]], axis=1)
