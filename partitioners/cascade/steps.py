"""The steps of the cascade on one level: cutting its grid, grouping the segments of the cut."""

from __future__ import annotations

import numpy as np

from partitioners import _native, checks
from partitioners.base import GraphPartitioner
from partitioners.cascade.grouping import grouping_graph
from partitioners.cascade.upsampling import BACKGROUND, UNLABELLED
from partitioners.graph import AffinityGraph, Offsets, grid_graph
from partitioners.greedy.gaec import GAEC
from partitioners.greedy.gas import GAS, visiting_order
from partitioners.greedy.pa_gaec import PositionAwareGAEC
from partitioners.linkage import LINKAGES
from partitioners.pyramid import PyramidLevel
from partitioners.segments import segment_statistics


def cut(level: PyramidLevel, labels: np.ndarray, partitioner: GraphPartitioner) -> np.ndarray:
    """Return the segments into which the grid of a level is cut.

    Args:
        level: of h × w pixels.
        labels: (h, w) int32. Inherited segments 1…n are nodes, unlabelled pixels (-1) single nodes, background (0)
            takes no part.
        partitioner: of the grid's graph. `GAEC` and `GAS` do without that graph, to the same result.

    Returns:
        (h, w) int32, segments 1…n numbered by their first pixels; 0 is background.
    """
    if type(partitioner) is GAEC:
        return _contract(level, labels, partitioner)
    if type(partitioner) is GAS:
        return _grow(level, labels, partitioner)
    return cut_graph(level, labels, partitioner)


def cut_graph(level: PyramidLevel, labels: np.ndarray, partitioner: GraphPartitioner) -> np.ndarray:
    """Return what `cut` does, for any partitioner: by way of the graph of all pixels."""
    graph = grid_graph(level.affinity, level.offsets, labels != BACKGROUND)
    initial = np.where(labels > BACKGROUND, labels, UNLABELLED).ravel()
    parts = partitioner.partition(graph, initial=initial)
    nodes = np.where(labels == BACKGROUND, 0, np.arange(1, labels.size + 1, dtype=np.int32).reshape(labels.shape))
    return _native.relabel(nodes, parts)


def _contract(level: PyramidLevel, labels: np.ndarray, partitioner: GAEC) -> np.ndarray:
    n_nodes, nodes, edges, weights = _native.region_graph(labels, level.affinity, _pairs(level.offsets))
    sizes = np.ones(len(edges), np.int64)
    graph = checks.unchecked(AffinityGraph, n_nodes=n_nodes, edges=edges, weights=weights, sizes=sizes, segments=None)
    return _native.relabel(nodes, partitioner.partition(graph))


def _grow(level: PyramidLevel, labels: np.ndarray, partitioner: GAS) -> np.ndarray:
    offsets = _pairs(level.offsets)
    order = visiting_order(_native.reachable(labels, offsets), partitioner.seed)
    grown = _native.grow(labels, level.affinity, offsets, order, partitioner.threshold)
    if isinstance(partitioner.rest, GraphPartitioner):
        rest = cut(level, np.minimum(grown, BACKGROUND), partitioner.rest)
        grown = np.where(rest > BACKGROUND, grown.max(initial=0) + rest, grown)
    return _native.relabel(grown, np.arange(grown.max(initial=0)))


def _pairs(offsets: Offsets) -> np.ndarray:
    return np.array(offsets, np.int64).reshape(-1, 2)


def group(level: PyramidLevel, labels: np.ndarray, partitioner: GraphPartitioner | None) -> np.ndarray:
    """Return the segments of a level with those that belong together united.

    Args:
        level: of h × w pixels.
        labels: (h, w) int32, as `cut` returns them.
        partitioner: of the complete graph of the segments; None unites none.

    Returns:
        (h, w) int32, as `cut` returns them.
    """
    if partitioner is None:
        return labels
    segments = segment_statistics(labels, level.semantic, level.embedding)  # 39, 40
    graph = grouping_graph(segments, _reach(partitioner))
    return _native.relabel(labels, partitioner.partition(graph))  # 41


def _reach(partitioner: GraphPartitioner) -> float | None:
    """Return the threshold under which a partitioner does not look where its linkage is reducible, else None."""
    if type(partitioner) is PositionAwareGAEC:
        return partitioner.threshold
    if type(partitioner) is GAEC and LINKAGES[partitioner.linkage].reducible:
        return partitioner.effective_threshold
    return None
