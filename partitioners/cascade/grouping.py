"""Grouping the segments of a level by their looks: the graph of all pairs, and its cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.base import GraphPartitioner
from partitioners.graph import AffinityGraph
from partitioners.linkage import SCALE, fixed_point
from partitioners.pyramid import PyramidLevel
from partitioners.segments import Segments, segment_statistics


def grouping_graph(segments: Segments, above: float | None = None) -> AffinityGraph:
    """Return the complete graph on n segments, weighted A_s ⊙ A_g (Algorithm 3, lines 39 to 41).

    A_s is 1 minus the Jensen-Shannon divergence, in bits, of two segments' mean class distributions; A_g is the
    Gaussian exp(−ln 2 · d²) of the distance d of their mean embeddings (equation 2). The size of an edge is the number
    of pixel pairs behind it, |u| · |v|. Edges come in the order (0, 1), (0, 2), … (1, 2), …

    Args:
        segments: n segments.
        above: a threshold in [0, 1]. Where given, only those edges are returned that a greedy contraction of reducible
            linkage down to this threshold can touch: those within the connected components of the edges above it.

    Raises:
        ValueError: the mean of a segment is not finite.
    """
    if above is None:
        edges, weights = _native.all_pairs(segments.semantic, segments.embedding)
    else:
        threshold = int(fixed_point(above))
        edges, weights = _native.pairs_in_reach(segments.semantic, segments.embedding, SCALE, threshold)
    sizes = segments.pixels[edges].prod(axis=1)
    return checks.unchecked(
        AffinityGraph, n_nodes=len(segments), edges=edges, weights=weights, sizes=sizes, segments=segments
    )


def group(level: PyramidLevel, labels: NDArray[np.int32], partitioner: GraphPartitioner | None) -> NDArray[np.int32]:
    """Return the segments of a level with those that belong together united.

    Args:
        level: the level, of h × w pixels.
        labels: (h, w) int32, as `GraphPartitioner.cut_level` returns them.
        partitioner: a partitioner of the complete graph of the segments; None unites none.

    Returns:
        (h, w) int32, as `GraphPartitioner.cut_level` returns them.
    """
    if partitioner is None:
        return labels
    segments = segment_statistics(labels, level.semantic, level.embedding)  # 39, 40
    graph = grouping_graph(segments, partitioner.reach)
    return _native.relabel(labels, partitioner.partition(graph))  # 41
