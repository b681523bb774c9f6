"""Tuning: usual candidates, and the partitions of many thresholds from one run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import GraphPartitioner
from partitioners.graph import AffinityGraph

AFFINITIES = tuple(step / 20 for step in range(1, 20))
"""Candidates for thresholds between affinities: 0.05, 0.1 … 0.95."""

LOG_ODDS = (-8.0, -4.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Candidates for thresholds between sums of log-odds."""

RESOLUTIONS = tuple(float(f"{mantissa}e{exponent}") for exponent in range(-4, 3) for mantissa in (1, 3))
"""Candidates for the resolution of modularity."""


@dataclass(frozen=True)
class AffinityThreshold(GraphPartitioner):
    """A graph partitioner whose only parameter is a threshold between affinities.

    Args:
        threshold: an affinity in [0, 1].

    Raises:
        InputError: `threshold` is out of range.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}


class Hierarchical(ABC):
    """A graph partitioner with a threshold that finds the partitions of all thresholds in one run."""

    @abstractmethod
    def _cuts(self, graph: AffinityGraph, thresholds: Sequence[float]) -> list[IntegerArray]:
        """Return the result of `_cut` at each threshold, in order.

        Args:
            graph: the graph, as in `_cut`.
            thresholds: one threshold or more; the partitioner's own plays no part.
        """


def at_thresholds(partitioner: Hierarchical, thresholds: Sequence[float]) -> list[GraphPartitioner]:
    """Return a partitioner for each threshold; the first one that is used does the work of all.

    They are for one problem: any other graph would get the labels of the first.

    Args:
        partitioner: the partitioner, with its other parameters.
        thresholds: one threshold or more.
    """
    run = _Run(partitioner, tuple(thresholds))
    return [_AtThreshold(run, number) for number in range(len(run.thresholds))]


@dataclass(eq=False)
class _Run:
    """One run for all thresholds, done when it is first needed."""

    partitioner: Hierarchical
    thresholds: tuple[float, ...]
    partitions: list[IntegerArray] = field(default_factory=list)

    def labels(self, graph: AffinityGraph) -> list[IntegerArray]:
        if not self.partitions:
            self.partitions = self.partitioner._cuts(graph, self.thresholds)
        return self.partitions


@dataclass(frozen=True, eq=False)
class _AtThreshold(GraphPartitioner):
    run: _Run
    number: int

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return self.run.labels(graph)[self.number]
