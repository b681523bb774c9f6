"""Greedy association: gives each unlabelled node the label of its most affine labelled neighbour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from partitioners import _native, checks
from partitioners.base import PARTITIONERS, UNASSIGNED, GraphPartitioner
from partitioners.graph import AffinityGraph
from partitioners.tuning import AFFINITIES


@PARTITIONERS.register("gas")
@dataclass(frozen=True)
class GAS(GraphPartitioner):
    """Greedy association: unlabelled nodes join labelled neighbours, in random order; needs an initial partition.

    Nodes that find none stay out of every part (label -1). Source: Algorithm 4 of Deep Affinity Net.

    Args:
        threshold: an affinity in [0, 1] below which nodes do not join.
        seed: of the order in which nodes are visited.

    Raises:
        InputError: a parameter is not as above.
    """

    threshold: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)
        checks.integer("seed", self.seed)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        initial = np.where(labelled, np.arange(graph.n_nodes), UNASSIGNED)
        order = visiting_order(reachable(graph, labelled), self.seed)
        return _native.associate(graph.edges, graph.weights, order, self.threshold, initial)


def reachable(graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
    """Return the unlabelled nodes that have an edge, in ascending order, given which (n_nodes,) are labelled."""
    has_edge = np.zeros(graph.n_nodes, bool)
    has_edge[graph.edges.ravel()] = True
    return np.flatnonzero(has_edge & ~labelled)


def visiting_order(nodes: np.ndarray, seed: int) -> np.ndarray:
    """Return `nodes` in the order in which they are visited."""
    return np.random.default_rng(seed).permutation(nodes)
