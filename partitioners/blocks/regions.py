"""Regions: the parts into which single blocks are cut, and the graph of all regions of an image.

A region's number is the index of its first pixel in raster order, so that no block needs to know of others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partitioners import AffinityGraph, GraphPartitioner
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.blocks.windows import Blocks, Window
from partitioners.graph import Offsets
from partitioners.greedy.components import Components
from partitioners.greedy.gaec import Contraction
from partitioners.labels import UNASSIGNED
from partitioners.linkage import LINKAGES, SCALE, fixed_point
from partitioners.summed_edges import SummedEdges


class Join(NamedTuple):
    """How the pixel edges between two regions become one edge: it has the mean of their values.

    Fields:
        keeps: a function from (m,) affinities to which pixel edges count, (m,) bool.
        value: a function from (m,) affinities to fixed-point values, (m,) int64.
        affinity: a function from such values back to affinities, float64, of which `value` gives the same again.
        most: the mean of two regions that one block left apart is lowered to this value, if above it; None: it stays.
    """

    keeps: Callable[[FloatArray], NDArray[np.bool_]]
    value: Callable[[FloatArray], NDArray[np.int64]]
    affinity: Callable[[NDArray[np.int64]], NDArray[np.float64]]
    most: int | None = None


def _all(affinities: FloatArray) -> NDArray[np.bool_]:
    return np.ones(affinities.shape, bool)


MEAN = Join(_all, fixed_point, lambda values: values / SCALE)
MEAN_LOG_ODDS = Join(_all, LINKAGES["sum"].fixed, lambda values: 1 / (1 + np.exp(-values / SCALE)))


def join_for(partitioner: GraphPartitioner) -> Join:
    """Return how a partitioner would join parallel edges.

    For GAEC it is exact: its linkages begin with the sum or the mean of parallel edges. But wpgma may leave regions apart
    whose mean is above its threshold; it would join them at a second look, which it must not get. Of `Components`, one
    edge that reaches the threshold joins two regions, whatever the others are: only such edges are kept, as ones of
    affinity 1. Other partitioners get the mean affinity.
    """
    if isinstance(partitioner, Components):
        return MEAN._replace(keeps=lambda a: a >= partitioner.threshold, value=lambda a: fixed_point(np.ones_like(a)))
    if isinstance(partitioner, Contraction) and partitioner.linkage == "sum":
        return MEAN_LOG_ODDS
    if isinstance(partitioner, Contraction) and partitioner.linkage == "wpgma":
        return MEAN._replace(most=int(fixed_point(partitioner.threshold)))
    return MEAN


def number_regions(labels: IntegerArray, core: Window, blocks: Blocks) -> NDArray[np.int64]:
    """Return the regions of a block, int64, from its labels of the same shape, `UNASSIGNED` where there is none.

    Args:
        labels: integers.
        core: the block's place in the image.
        blocks: the blocks of the whole image.
    """
    found, first, which = np.unique(labels, return_index=True, return_inverse=True)
    number = blocks.indices(core, *np.unravel_index(first, labels.shape))
    return np.where(found == UNASSIGNED, UNASSIGNED, number)[which].reshape(labels.shape)


def cut_edges(
    affinity: FloatArray, regions: NDArray[np.int64], core: Window, blocks: Blocks, offsets: Offsets, join: Join
) -> SummedEdges:
    """Return the edges between different regions whose first pixels are in a block.

    Args:
        affinity: (A, *shape) floats, of the block.
        regions: int64, of the block and of what its edges reach.
        core: the block's place in the image.
        blocks: the blocks of the whole image.
        offsets: A tuples of one step along each axis.
        join: the rule by which parallel edges become one.
    """
    reached = blocks.reached(core, offsets)
    found = []
    for channel, offset in enumerate(offsets):
        first = core.common(blocks.image.moved([-step for step in offset]))
        if min(first.shape) <= 0:
            continue
        u, v = regions[first.within(reached)], regions[first.moved(offset).within(reached)]
        weights = affinity[channel][first.within(core)]
        kept = np.nonzero((u != v) & (u != UNASSIGNED) & (v != UNASSIGNED) & join.keeps(weights))
        order = channel * math.prod(blocks.shape) + blocks.indices(first, *kept)
        ends = np.stack([u[kept], v[kept]], axis=1)
        found.append(SummedEdges(ends, join.value(weights[kept]), np.ones(len(ends), np.int64), order))
    edges = SummedEdges.concatenated(found).joined()
    return edges if join.most is None else _lowered(edges, core, blocks, join.most)


def _lowered(edges: SummedEdges, core: Window, blocks: Blocks, most: int) -> SummedEdges:
    """Return the edges with means of at most `most` between regions of the same block."""
    positions = zip(core.low, np.unravel_index(edges.ends, blocks.shape), core.high, strict=True)
    is_own = np.all([(low <= ends) & (ends < high) for low, ends, high in positions], axis=(0, 2))
    return edges._replace(totals=np.where(is_own, np.minimum(edges.totals, most * edges.sizes), edges.totals))


def region_graph(numbers: NDArray[np.int64], edges: SummedEdges, join: Join) -> AffinityGraph:
    """Return the graph of regions; its nodes and edges come in the order of their first pixels and pixel edges.

    A weight cannot hold a mean to the last bit, so edges come in two where need be: see `SummedEdges.as_means`.

    Args:
        numbers: (n,) int64, of all regions in ascending order.
        edges: the edges between them.
        join: the rule by which the edges were made.
    """
    ends, values, sizes = edges._replace(ends=np.searchsorted(numbers, edges.ends)).as_means()
    return AffinityGraph(len(numbers), ends, join.affinity(values), sizes)
