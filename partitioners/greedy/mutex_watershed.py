"""The mutex watershed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.errors import InputError
from partitioners.graph import Graph, GridGraph, offset_array
from partitioners.labels import UNASSIGNED
from partitioners.linkage import fixed_point
from partitioners.tuning import AffinityThreshold


@dataclass(frozen=True)
class MutexParameters(AffinityThreshold):
    """The parameters of the mutex watershed, which its reference shares."""

    takes_costs: ClassVar[bool] = True

    attractive: int | None = None
    strides: Sequence[int] | None = None
    seeded: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.attractive is not None:
            checks.integer("attractive", self.attractive)
        if self.strides is not None:
            if self.attractive is None:
                raise InputError("strides: expected `attractive` with it, the number of offsets that are not strided")
            strides = tuple(
                checks.integer("strides", stride, 1) for stride in checks.items("strides", self.strides, int)
            )
            object.__setattr__(self, "strides", strides)
        checks.boolean("seeded", self.seeded)

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return self._cut_from(graph, np.arange(graph.n_nodes), labelled)

    def _cut_from(self, graph: Graph, parts: NDArray[np.int64], labelled: NDArray[np.bool_]) -> IntegerArray:
        seeds = np.where(labelled[parts], parts, UNASSIGNED)
        if isinstance(graph, GridGraph):
            return self._cut_grid(graph, seeds)
        if self.attractive is not None:
            raise InputError("attractive: expected None for a graph without offsets; see grid_graph")
        return self._cut_edges(graph.n_nodes, graph.edges, graph.strengths(self.threshold), seeds)

    @abstractmethod
    def _cut_grid(self, grid: GridGraph, seeds: NDArray[np.int64]) -> IntegerArray:
        """Return a part for each pixel; `seeds` (n,) are below 0 where a pixel starts alone."""

    @abstractmethod
    def _cut_edges(
        self, n_nodes: int, edges: NDArray[np.int64], strengths: NDArray[np.int64], seeds: NDArray[np.int64]
    ) -> IntegerArray:
        """Return a part for each node; `strengths` (m,) are above 0 where an edge attracts."""

    def zeros(self, grid: GridGraph) -> NDArray[np.int64]:
        """Return (A,) int64, the affinity in fixed point at which the edges of an offset neither attract nor repel."""
        if self.attractive is None:
            return np.full(len(grid.offsets), fixed_point(self.threshold))
        return fixed_point(self.repels(grid).astype(float))

    def repels(self, grid: GridGraph) -> NDArray[np.bool_]:
        """Return (A,) bool, the offsets whose edges only repel."""
        return np.arange(len(grid.offsets)) >= (len(grid.offsets) if self.attractive is None else self.attractive)

    def steps(self, grid: GridGraph) -> tuple[int, ...]:
        """Return the stride along each axis."""
        steps = (1,) * len(grid.shape) if self.strides is None else tuple(self.strides)
        if len(steps) != len(grid.shape):
            raise InputError(f"strides: expected {len(grid.shape)} numbers, one for each axis, got {steps}")
        return steps


@PARTITIONERS.register("mutex-watershed")
@dataclass(frozen=True)
class MutexWatershed(MutexParameters):
    """Mutex watershed: the strongest edge first, attractive ones merge and repulsive ones forbid it.

    Two kinds of signed graphs: by default an edge attracts by its affinity less the threshold, and repels where that is
    negative; costs do as they are. With `attractive`, as the source has it on images: edges of the first offsets attract
    by their affinity, those of the others, longer ones, repel by 1 less theirs. Strengths are rounded to 2^-26; equal ones
    go by the index of their edge. Source: Wolf et al., "The mutex watershed and its objective: efficient, parameter-free
    graph partitioning", PAMI 2020, algorithm 1.

    Args:
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel. Not used with `attractive`.
        attractive: the number of offsets of a grid, the first ones, whose edges attract only; the others' repel only.
        strides: one number for each axis: of the offsets that repel only those edges count whose first pixel has
            multiples of these as coordinates. Default: all count.
        seeded: True if parts of an initial partition are seeds that never join each other.

    Raises:
        InputError: a parameter is not as above, or does not fit the graph.
    """

    def _cut_grid(self, grid: GridGraph, seeds: NDArray[np.int64]) -> IntegerArray:
        return _native.mutex_watershed_of_grid(
            grid.affinity,
            offset_array(grid.offsets, len(grid.shape)),
            self.zeros(grid),
            self.repels(grid),
            np.array(self.steps(grid), np.int64),
            grid.mask,
            seeds,
            self.seeded,
        )

    def _cut_edges(
        self, n_nodes: int, edges: NDArray[np.int64], strengths: NDArray[np.int64], seeds: NDArray[np.int64]
    ) -> IntegerArray:
        return _native.mutex_watershed(n_nodes, edges, strengths, seeds, self.seeded)
