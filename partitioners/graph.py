"""Graphs of affinities and of costs, and grid graphs from the affinities of an image or a volume."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.errors import InputError
from partitioners.linkage import EXPONENT, LINKAGES, MOST, Linkage, exponent_for, fixed_point, log_odds
from partitioners.segments import Segments

Offsets = tuple[tuple[int, ...], ...]

MOST_NODES = 2**32 - 2  # what the native core can number
MOST_PIXEL_EDGES = 2**62 - 1  # and count


class FixedPoint(NamedTuple):
    """The edges of a graph as whole numbers, whose sums are exact.

    Fields:
        values: (m,) int64 in units of 2^-exponent.
        sizes: (m,) int64, how often each counts.
        exponent: the exponent of the unit.
    """

    values: NDArray[np.int64]
    sizes: NDArray[np.int64]
    exponent: int = EXPONENT


@dataclass(frozen=True, eq=False)
class Graph(ABC):
    """An undirected graph that can be cut: an `AffinityGraph` or a `CostGraph`.

    The position of an edge in `edges` is its index, by which ties are decided, so equal graphs with
    reordered edges may be cut differently where edges are equal.
    """

    n_nodes: int
    edges: NDArray[np.int64]

    @property
    @abstractmethod
    def costs(self) -> NDArray[np.float64]:
        """(m,) float64, what it costs to cut each edge: above 0 where it attracts."""

    @abstractmethod
    def signed(self, threshold: float) -> NDArray[np.float64]:
        """Return (m,) float64, above 0 where an edge attracts; a `threshold`, an affinity, is where it does neither."""

    @abstractmethod
    def strengths(self, threshold: float) -> NDArray[np.int64]:
        """Return the same in fixed point, of equal ones exactly 0."""

    @abstractmethod
    def biased(self, bias: float) -> CostGraph:
        """Return the graph of the same costs less those of edges with the affinity `bias`."""

    @abstractmethod
    def in_fixed_point(self, linkage: Linkage) -> FixedPoint:
        """Return what a contraction with `linkage` starts from."""

    @abstractmethod
    def keep(self, kept: NDArray[np.bool_]) -> Graph:
        """Return the graph with the edges where `kept` (m,) bool holds, in the same order."""

    @abstractmethod
    def contract(self, partition: IntegerArray) -> Graph:
        """Return the graph whose nodes are the parts of a partition; edges inside a part are dropped.

        Edges between parts stay as they are, parallel and in order: how to join them is the linkage's matter.

        Args:
            partition: (n_nodes,) integers 0…k-1, the part of each node.
        """

    @property
    def n_edges(self) -> int:
        """The number of edges, parallel ones counted."""
        return len(self.edges)

    def _ends(self) -> tuple[int, NDArray[np.int64]]:
        """Return `n_nodes` and `edges`, checked."""
        n_nodes = checks.integer("n_nodes", self.n_nodes)
        if n_nodes > MOST_NODES:
            raise InputError(f"n_nodes: expected at most {MOST_NODES}, got {n_nodes}")
        edges = checks.array("edges", self.edges, (None, 2), "integer").astype(np.int64, copy=False)
        checks.within("edges", edges, 0, n_nodes - 1)
        if loops := np.flatnonzero(edges[:, 0] == edges[:, 1]).size:
            raise InputError(f"edges: expected no self-loops, got {loops}")
        return n_nodes, edges


@dataclass(frozen=True, eq=False)
class AffinityGraph(Graph):
    """An undirected graph whose edges carry affinities: high where two nodes belong together. Its arrays are read-only.

    Args:
        n_nodes: number of nodes, at most 2^32 - 2.
        edges: (m, 2) integers in [0, n_nodes); parallel edges are allowed, self-loops are not.
        weights: (m,) float32 or float64 affinities in [0, 1].
        sizes: (m,) whole numbers of at least 1, the number of pixel edges behind each edge, in all less than 2^62;
            default 1.
        segments: the segments of the image that the nodes stand for, for partitioners that look at it (PA-GAEC).

    Raises:
        InputError: a shape, dtype or value is not as above.
    """

    weights: FloatArray
    sizes: NDArray[np.int64] = None  # type: ignore[assignment]  # left out, it is all ones
    segments: Segments | None = None

    if TYPE_CHECKING:  # any width is taken

        def __init__(
            self,
            n_nodes: int,
            edges: IntegerArray,
            weights: FloatArray,
            sizes: IntegerArray | None = None,
            segments: Segments | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        n_nodes, edges = self._ends()
        weights = checks.array("weights", self.weights, (len(edges),), "float")
        if weights.dtype not in (np.float32, np.float64):
            weights = weights.astype(np.float32)
        sizes = np.ones(len(edges), np.int64) if self.sizes is None else self.sizes
        sizes = checks.array("sizes", sizes, (len(edges),), "integer").astype(np.int64, copy=False)
        checks.within("weights", weights, 0, 1)
        checks.within("sizes", sizes, 1, MOST_PIXEL_EDGES)
        if (
            sizes.sum(dtype=np.float64) > MOST_PIXEL_EDGES / 2
            and (total := int(sizes.sum(dtype=object))) > MOST_PIXEL_EDGES
        ):
            raise InputError(f"sizes: expected a sum of at most {MOST_PIXEL_EDGES}, got {total}")
        if self.segments is not None and len(self.segments) != n_nodes:
            raise InputError(f"segments: expected one per node ({n_nodes}), got {len(self.segments)}")
        checks.keep(self, n_nodes=n_nodes, edges=edges, weights=weights, sizes=sizes)

    @property
    def costs(self) -> NDArray[np.float64]:
        """(m,) float64 log(a / (1 - a)) × size, affinities clipped as `partitioners.linkage.log_odds` does."""
        return self.sizes * log_odds(self.weights)

    def signed(self, threshold: float) -> NDArray[np.float64]:
        return self.weights.astype(np.float64) - threshold

    def strengths(self, threshold: float) -> NDArray[np.int64]:
        return fixed_point(self.weights) - fixed_point(threshold)

    def biased(self, bias: float) -> CostGraph:
        costs = self.sizes * (log_odds(self.weights) - log_odds(np.array(bias)))
        return checks.unchecked(CostGraph, n_nodes=self.n_nodes, edges=self.edges, costs=costs)

    def in_fixed_point(self, linkage: Linkage) -> FixedPoint:
        return FixedPoint(linkage.fixed(self.weights), self.sizes)

    def keep(self, kept: NDArray[np.bool_]) -> AffinityGraph:
        return AffinityGraph(self.n_nodes, self.edges[kept], self.weights[kept], self.sizes[kept], self.segments)

    def contract(self, partition: IntegerArray) -> AffinityGraph:
        ends = partition[self.edges]
        kept = ends[:, 0] != ends[:, 1]
        n_parts = int(partition.max()) + 1 if len(partition) else 0
        segments = None if self.segments is None else self.segments.merge(partition, n_parts)
        return AffinityGraph(n_parts, ends[kept], self.weights[kept], self.sizes[kept], segments)


@dataclass(frozen=True, eq=False)
class CostGraph(Graph):
    """An undirected graph whose edges carry costs of cutting them, as multicut problems do. Its arrays are read-only.

    Partitioners of costs take it: `gaec(linkage=sum)`, multicut solvers, mutex watersheds. They compute with whole
    multiples of a 2^61st of about the sum of all absolute costs, at most.

    Args:
        n_nodes: number of nodes, at most 2^32 - 2.
        edges: (m, 2) integers in [0, n_nodes); parallel edges are allowed, self-loops are not.
        costs: (m,) finite floats: above 0 where both ends belong together, below where they do not.

    Raises:
        InputError: a shape, dtype or value is not as above.
    """

    costs: NDArray[np.float64] = None  # type: ignore[assignment]  # always given: see __init__

    if TYPE_CHECKING:  # any width is taken

        def __init__(self, n_nodes: int, edges: IntegerArray, costs: FloatArray) -> None: ...

    def __post_init__(self) -> None:
        n_nodes, edges = self._ends()
        costs = checks.array("costs", self.costs, (len(edges),), "float").astype(np.float64, copy=False)
        if not np.isfinite(costs).all():
            raise InputError(f"costs: expected finite values, got {costs[~np.isfinite(costs)][0]}")
        checks.keep(self, n_nodes=n_nodes, edges=edges, costs=costs)

    def signed(self, threshold: float) -> NDArray[np.float64]:
        return self.costs - log_odds(np.array(threshold))

    def strengths(self, threshold: float) -> NDArray[np.int64]:
        exponent = exponent_for(self.costs)
        strengths = fixed_point(self.costs, exponent) - fixed_point(log_odds(np.array(threshold)), exponent)
        return strengths.clip(-MOST // 2, MOST // 2 - 1)

    def biased(self, bias: float) -> CostGraph:
        return checks.unchecked(CostGraph, n_nodes=self.n_nodes, edges=self.edges, costs=self.signed(bias))

    def in_fixed_point(self, linkage: Linkage) -> FixedPoint:
        if linkage is not LINKAGES["sum"]:
            raise InputError("linkage: expected 'sum' for a graph of costs, got another")
        exponent = exponent_for(self.costs)
        return FixedPoint(fixed_point(self.costs, exponent), np.ones(self.n_edges, np.int64), exponent)

    def keep(self, kept: NDArray[np.bool_]) -> CostGraph:
        return CostGraph(self.n_nodes, self.edges[kept], self.costs[kept])

    def contract(self, partition: IntegerArray) -> CostGraph:
        ends = partition[self.edges]
        kept = ends[:, 0] != ends[:, 1]
        return CostGraph(int(partition.max(initial=-1)) + 1, ends[kept], self.costs[kept])


@dataclass(frozen=True, eq=False)
class LiftedGraph(CostGraph):
    """A lifted multicut problem: a graph of costs where some edges are lifted. Its arrays are read-only.

    A lifted edge costs what any edge does where its ends are in different parts, but connects nothing: each part is
    connected by the other edges. `gaec(linkage=sum)` and `kernighan-lin` take it. Source: Keuper et al., "Efficient
    decomposition of image and mesh graphs by lifted multicuts", ICCV 2015.

    Args:
        n_nodes, edges, costs: the fields of a `CostGraph`.
        is_lifted: (m,) bool.

    Raises:
        InputError: a shape, dtype or value is not as above.
    """

    is_lifted: NDArray[np.bool_] = None  # type: ignore[assignment]  # always given: see __init__

    if TYPE_CHECKING:  # any width is taken

        def __init__(
            self, n_nodes: int, edges: IntegerArray, costs: FloatArray, is_lifted: NDArray[np.bool_]
        ) -> None: ...

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.keep(self, is_lifted=checks.array("is_lifted", self.is_lifted, (self.n_edges,), "bool"))

    def biased(self, bias: float) -> LiftedGraph:
        costs = self.signed(bias)
        return checks.unchecked(
            LiftedGraph, n_nodes=self.n_nodes, edges=self.edges, costs=costs, is_lifted=self.is_lifted
        )

    def keep(self, kept: NDArray[np.bool_]) -> LiftedGraph:
        return LiftedGraph(self.n_nodes, self.edges[kept], self.costs[kept], self.is_lifted[kept])

    def contract(self, partition: IntegerArray) -> LiftedGraph:
        ends = partition[self.edges]
        kept = ends[:, 0] != ends[:, 1]
        return LiftedGraph(int(partition.max(initial=-1)) + 1, ends[kept], self.costs[kept], self.is_lifted[kept])


def check_offsets(offsets: Offsets, n_channels: int, rank: int = 2) -> Offsets:
    """Return `offsets` as a tuple of `rank` steps each, such as (dy, dx), one for each of `n_channels` channels.

    Raises:
        InputError: their number differs, one is not `rank` whole numbers, or one is all 0.
    """
    values = checks.array("offsets", offsets, (n_channels, rank), "integer")
    checks.within("offsets", values, -(2**63), 2**63 - 1)
    if (values == 0).all(axis=1).any():
        raise InputError(f"offsets: expected others than {(0,) * rank}")
    return tuple(tuple(int(step) for step in offset) for offset in values)


@dataclass(frozen=True, eq=False)
class GridGraph(AffinityGraph):
    """The graph of the pixels of an image or a volume: see `grid_graph`. Its edges are listed when first asked for.

    Fields:
        affinity: (A, *shape) float32 or float64.
        offsets: A tuples of one step along each axis.
        mask: (*shape) bool, or None where all pixels take part.
    """

    affinity: FloatArray
    offsets: Offsets
    mask: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        try:
            affinity = np.asarray(self.affinity)
        except ValueError:
            affinity = np.empty(())
        if affinity.ndim not in (2, 3, 4):
            got = checks.shown(self.affinity)
            raise InputError(f"affinity: expected an array (A, h, w), (A, d, h, w) or (A, w), got {got}")
        affinity = checks.array("affinity", affinity, (None,) * affinity.ndim, "float")
        if affinity.dtype not in (np.float32, np.float64):
            affinity = affinity.astype(np.float32)
        offsets = check_offsets(self.offsets, len(affinity), affinity.ndim - 1)
        mask = None if self.mask is None else checks.array("mask", self.mask, affinity.shape[1:], "bool")
        n_nodes = math.prod(affinity.shape[1:])
        checks.keep(self, n_nodes=n_nodes, segments=None, affinity=affinity, offsets=offsets, mask=mask)
        for values in self.per_offset(affinity):
            checks.within("affinity", values, 0, 1)

    def per_offset(self, values: NDArray[Any], partners: bool = False) -> list[NDArray[Any]]:
        """Return, of (A, *shape) values, those of the edges of each offset: at their first pixels, or at their second."""
        result = []
        for channel, offset in zip(values, self.offsets, strict=True):
            first, second = overlap(*offset)
            chosen = channel[second if partners else first]
            result.append(chosen.ravel() if self.mask is None else chosen[self.mask[first] & self.mask[second]])
        return result

    def _edges(self) -> NDArray[np.int64]:
        pixels = np.broadcast_to(np.arange(self.n_nodes).reshape(self.shape), self.affinity.shape)
        ends = zip(self.per_offset(pixels), self.per_offset(pixels, partners=True), strict=True)
        edges = [np.empty((0, 2), np.int64), *(np.stack(pair, axis=1) for pair in ends)]
        return checks.read_only(np.concatenate(edges))

    def _weights(self) -> FloatArray:
        return checks.read_only(np.concatenate([np.empty(0, self.affinity.dtype), *self.per_offset(self.affinity)]))

    def _sizes(self) -> NDArray[np.int64]:
        return checks.read_only(np.ones(len(self.weights), np.int64))

    @property
    def shape(self) -> tuple[int, ...]:
        """(h, w), (d, h, w) or (w,), the numbers of pixels along each axis."""
        return self.affinity.shape[1:]

    n_nodes: int = field(init=False)
    edges: NDArray[np.int64] = field(default=cached_property(_edges), init=False, repr=False)  # type: ignore[arg-type]
    weights: FloatArray = field(default=cached_property(_weights), init=False, repr=False)  # type: ignore[arg-type]
    sizes: NDArray[np.int64] = field(default=cached_property(_sizes), init=False, repr=False)  # type: ignore[arg-type]
    segments: None = field(default=None, init=False, repr=False)


def grid_graph(affinity: FloatArray, offsets: Offsets, mask: NDArray[np.bool_] | None = None) -> GridGraph:
    """Return the graph of an image's or a volume's pixels, with the affinity of pixels p and p + offset as an edge.

    Nodes are pixels in raster order. Edges come in the order of `affinity` in memory, channel by channel, which fixes
    their indices and so the order of ties. The arrays are not copied: they should stay as they are while the graph is in
    use.

    Args:
        affinity: (A, h, w) floats in [0, 1], of a volume (A, d, h, w), of a row (A, w); values whose second pixel is
            outside are not read.
        offsets: A tuples (dy, dx), of a volume (dz, dy, dx), of a row (dx,), of whole numbers of any sign and length.
        mask: (h, w) bool, of a volume (d, h, w), where True pixels take part; others keep their node but have no edges.

    Raises:
        InputError: a shape, dtype or value is not as above.
    """
    return GridGraph(affinity, offsets, mask)


def overlap(*offset: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the slices, one per axis, of all pixels that have a partner at an offset, and those of the partners."""
    first, second = [], []
    for step in offset:
        here, there = slice(None, -abs(step) or None), slice(abs(step), None)
        first.append(here if step >= 0 else there)
        second.append(there if step >= 0 else here)
    return tuple(first), tuple(second)


def offset_array(offsets: Offsets, rank: int = 2) -> NDArray[np.int64]:
    """Return offsets as native code takes them: (A, rank), of none (0, rank)."""
    return np.array(offsets, np.int64).reshape(len(offsets), rank)
