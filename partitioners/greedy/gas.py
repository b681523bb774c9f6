"""Greedy association: gives each unlabelled node the label of its most affine labelled neighbour."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner, Step, make_step
from partitioners.graph import AffinityGraph, offset_array
from partitioners.labels import BACKGROUND, UNASSIGNED
from partitioners.pyramid import PyramidLevel
from partitioners.tuning import AFFINITIES


@dataclass(frozen=True)
class Association(GraphPartitioner):
    """The parameters of GAS, which its reference shares."""

    threshold: float = 0.5
    seed: int = 0
    rest: Step = None

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)
        checks.integer("seed", self.seed)
        object.__setattr__(self, "rest", make_step("rest", self.rest))

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        labels = self._associate(graph, labelled)
        if not isinstance(self.rest, GraphPartitioner):
            return labels
        unlabelled = labels == UNASSIGNED
        parts = self.rest.partition(graph.keep(unlabelled[graph.edges].all(axis=1)))
        return np.where(unlabelled & (parts != UNASSIGNED), graph.n_nodes + parts, labels)

    @abstractmethod
    def _associate(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        """Return labels (n_nodes,) as Algorithm 4 does."""


@PARTITIONERS.register("gas")
@dataclass(frozen=True)
class GAS(Association):
    """Greedy association: unlabelled nodes join labelled neighbours, in random order; needs an initial partition.

    Source: Algorithm 4 of Deep Affinity Net.

    Args:
        threshold: an affinity in [0, 1] below which nodes do not join.
        seed: the seed of the order in which nodes are visited.
        rest: a partitioner of the graph of the nodes that find none, so that in a cascade objects may begin at the
            finest level; None leaves these out of every part (label -1), as the paper does.

    Raises:
        InputError: a parameter is not as above.
    """

    def cut_level(self, level: PyramidLevel, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        if len(level.shape) == 3:
            return super().cut_level(level, labels)
        offsets = offset_array(level.offsets)
        order = visiting_order(_native.reachable(labels, offsets), self.seed)
        grown = _native.grow(labels, level.affinity, offsets, order, self.threshold)
        if isinstance(self.rest, GraphPartitioner):
            added = self.rest.cut_level(level, np.minimum(grown, BACKGROUND))
            grown = np.where(added > BACKGROUND, grown.max(initial=0) + added, grown)
        return _native.relabel(grown, np.arange(grown.max(initial=0)))

    def _associate(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        initial = np.where(labelled, np.arange(graph.n_nodes), UNASSIGNED)
        order = visiting_order(reachable(graph, labelled), self.seed)
        return _native.associate(graph.edges, graph.weights, order, self.threshold, initial)


def reachable(graph: AffinityGraph, labelled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the unlabelled nodes that have an edge, in ascending order; `labelled` is (n_nodes,) bool."""
    has_edge = np.zeros(graph.n_nodes, bool)
    has_edge[graph.edges.ravel()] = True
    return np.flatnonzero(has_edge & ~labelled)


def visiting_order(nodes: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return `nodes` in the order in which they are visited."""
    return np.random.default_rng(seed).permutation(nodes)
