"""Greedy association, in Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import AffinityGraph
from partitioners.greedy.gas import Association, reachable, visiting_order
from partitioners.labels import UNASSIGNED


@PARTITIONERS.register("gas-reference")
@dataclass(frozen=True)
class GASReference(Association):
    """GAS as the paper's Algorithm 4 reads, in Python: what `gas` equals, node for node."""

    def _associate(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        order = visiting_order(reachable(graph, labelled), self.seed)
        return associate(graph, labelled, order, self.threshold)


def associate(
    graph: AffinityGraph, labelled: NDArray[np.bool_], order: NDArray[np.int64], threshold: float
) -> NDArray[np.int64]:
    """Return labels (n_nodes,) that grow from the labelled nodes, each of which is its own label.

    Args:
        graph: 42. Of equally affine neighbours, the one behind the edge of smallest index is taken.
        labelled: (n_nodes,) bool, the complement of V_n (43).
        order: the order in which V_n is traversed, without the nodes that have no edge: they can never get a label.
        threshold: nodes join at affinities of at least this.
    """
    adjacent = defaultdict(list)
    for (u, v), weight in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True):
        adjacent[u].append((weight, v))
        adjacent[v].append((weight, u))
    labels = np.where(labelled, np.arange(graph.n_nodes), UNASSIGNED).tolist()
    unlabelled = order.tolist()
    changed = True
    while unlabelled and changed:  # 44
        remaining = []
        for v in unlabelled:  # 45
            candidates = [(weight, labels[u]) for weight, u in adjacent[v] if labels[u] != UNASSIGNED]  # 46
            affinity, label = max(candidates, key=lambda candidate: candidate[0], default=(-1.0, UNASSIGNED))  # 47
            if affinity < threshold:  # 48, 49
                remaining.append(v)
            else:
                labels[v] = label  # 50
        changed = len(remaining) < len(unlabelled)
        unlabelled = remaining  # 51
    return np.array(labels, np.int64)  # 52, 53
