"""Greedy association: gives each unlabelled node the label of its most affine labelled neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partitioners import _native, checks
from partitioners.base import PARTITIONERS, UNASSIGNED, GraphPartitioner
from partitioners.graph import AffinityGraph


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

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        initial = np.where(labelled, np.arange(graph.n_nodes), UNASSIGNED)
        order = visiting_order(graph.n_nodes, self.seed)
        return _native.associate(graph.edges, graph.weights, order, self.threshold, initial)


def visiting_order(n_nodes: int, seed: int) -> np.ndarray:
    """Return the permutation (n_nodes,) in which nodes are visited."""
    return np.random.default_rng(seed).permutation(n_nodes)
