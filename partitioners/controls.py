"""Controls: the two trivial partitions, and the best that any partitioner can reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.errors import InputError
from partitioners.graph import AffinityGraph
from partitioners.labels import UNASSIGNED


@PARTITIONERS.register("singletons")
@dataclass(frozen=True)
class Singletons(GraphPartitioner):
    """Control: every node is a part of its own (initial parts stay)."""

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return np.arange(graph.n_nodes)


@PARTITIONERS.register("one-cluster")
@dataclass(frozen=True)
class OneCluster(GraphPartitioner):
    """Control: all nodes are one part, those without edges too."""

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return np.zeros(graph.n_nodes, np.int64)


@PARTITIONERS.register("oracle")
@dataclass(frozen=True, eq=False)
class Oracle(GraphPartitioner):
    """Control: the true partition, an upper bound for every partitioner.

    Edges play no part. An initial part goes whole to the label that most of its nodes have, the
    smallest of those in a tie.

    Args:
        truth: (n_nodes,), or an array (h, w) or (d, h, w), of integers of at least 0, the true label of each node or of
            each pixel of the level that is cut, in raster order; nodes labelled 0, background, belong to no part.

    Raises:
        InputError: `truth` is not as above or, when cutting, of another number of nodes than the graph.
    """

    truth: NDArray[np.int64]

    def __post_init__(self) -> None:
        n_axes = getattr(self.truth, "ndim", 1)
        shape = (None,) * (n_axes if n_axes in (2, 3) else 1)
        truth = checks.array("truth", self.truth, shape, "integer").ravel()
        checks.within("truth", truth, 0, np.iinfo(np.int64).max)
        object.__setattr__(self, "truth", truth.astype(np.int64))

    def partition(self, problem: Any, initial: Any = None) -> Any:
        if initial is None or not isinstance(problem, AffinityGraph):
            return super().partition(problem, initial)
        self._check_size(problem)
        parts = Singletons().partition(problem, initial)
        return Oracle(self._majority(parts)).partition(problem.contract(parts))[parts]

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        self._check_size(graph)
        return np.where(self.truth == 0, UNASSIGNED, self.truth)

    def _check_size(self, graph: AffinityGraph) -> None:
        if len(self.truth) != graph.n_nodes:
            raise InputError(f"truth: expected {graph.n_nodes} labels, one per node, got {len(self.truth)}")

    def _majority(self, parts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the most frequent label of every part of `parts` (n_nodes,) of 0…k-1."""
        pairs, counts = np.unique(np.stack([parts, self.truth]), axis=1, return_counts=True)
        order = np.lexsort([pairs[1], -counts, pairs[0]])
        _, first = np.unique(pairs[0, order], return_index=True)
        labels: NDArray[np.int64] = pairs[1, order[first]]
        return labels
