"""Connected components of the strong edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners._native import connected_components
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import AffinityGraph
from partitioners.tuning import AffinityThreshold


@PARTITIONERS.register("components")
@dataclass(frozen=True)
class Components(AffinityThreshold):
    """Connected components of the edges whose affinity reaches a threshold.

    Of parallel edges one that reaches it suffices. Source: Tarjan and van Leeuwen, "Worst-case analysis of
    set union algorithms", JACM 1984.

    Args:
        threshold: an affinity in [0, 1]; edges at it count, compared in the dtype of the weights.

    Raises:
        InputError: `threshold` is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return connected_components(graph.n_nodes, graph.edges[graph.weights >= self.threshold])
