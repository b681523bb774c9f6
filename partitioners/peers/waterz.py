"""The agglomeration of waterz."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.errors import InputError
from partitioners.exclusive import exclusive
from partitioners.graph import AffinityGraph, GridGraph
from partitioners.peers.grid import GridPartitioner, along_axes, outside_alone
from partitioners.registry import needs
from partitioners.tuning import AFFINITIES, Hierarchical

BINS = (0, 256)
"""The queues that waterz is shipped with."""


@PARTITIONERS.register("waterz", unavailable=needs("waterz", extra="peers"))
@dataclass(frozen=True)
class Waterz(GridPartitioner, Hierarchical):
    """Average linkage on grids of direct neighbours, as `gaec` with linkage "average", on pixels as fragments (waterz).

    In single precision. Source: Funke et al., "Large scale image segmentation with structured loss based deep learning
    for connectome reconstruction", PAMI 2018; without the watershed before it.

    Args:
        threshold: merges stop when no mean affinity is above it; in [0, 1].
        bins: the number of bins of the queue: 256 to merge in order of coarse scores, or 0 for an exact one.

    Raises:
        InputError: a parameter is not as above, or the graph has other edges than those between direct neighbours.
    """

    threshold: float = 0.5
    bins: int = 0

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)
        if checks.integer("bins", self.bins) not in BINS:
            raise InputError(f"bins: expected one of {BINS}, got {self.bins}")

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        return self._agglomerate(grid, start, [self.threshold])[0]

    def _cuts(self, graph: AffinityGraph, thresholds: Sequence[float]) -> list[IntegerArray]:
        assert isinstance(graph, GridGraph)
        start = np.arange(graph.n_nodes).reshape(graph.shape)
        partitions = self._agglomerate(graph, start, thresholds)
        return [outside_alone(labels.ravel().astype(np.int64), graph) for labels in partitions]

    def _agglomerate(
        self, grid: GridGraph, start: NDArray[np.int64], thresholds: Sequence[float]
    ) -> list[IntegerArray]:
        """Return a part (*shape) for each pixel, at each threshold."""
        import waterz

        affinity = layout(along_axes(grid))
        fragments = (start + 1).astype(np.uint64)
        if grid.mask is not None:
            fragments[~grid.mask] = 0
        fragments = fragments.reshape(affinity.shape[1:])
        scores = [1 - threshold for threshold in thresholds]
        with _silence(), solving():
            partitions: Any = waterz.agglomerate(affinity, scores, fragments=fragments, discretize_queue=self.bins)
            by_score = {
                score: labels.reshape(grid.shape).copy()
                for score, labels in zip(sorted(scores), partitions, strict=True)
            }
        return [by_score[score] for score in scores]


def layout(affinity: FloatArray) -> NDArray[np.float32]:
    """Return (3, d, h, w) affinities to the previous pixel along each axis, of (rank, *shape) to the next one."""
    rank = len(affinity)
    volume = affinity.reshape(rank, *(1,) * (3 - rank), *affinity.shape[1:])
    laid = np.zeros((3, *volume.shape[1:]), np.float32)
    for axis, values in zip(range(3 - rank, 3), volume, strict=True):
        np.moveaxis(laid[axis], axis, 0)[1:] = np.moveaxis(values, axis, 0)[:-1]
    return laid


@exclusive
def _silence() -> Iterator[None]:
    """Keep what is printed, by native code too, away from the terminal: one thread at a time, or it would not come back."""
    sys.stdout.flush()
    terminal = os.dup(1)
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            os.dup2(nowhere.fileno(), 1)
            yield
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)
