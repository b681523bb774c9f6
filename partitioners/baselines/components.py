"""Connected components of the strong edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from partitioners import checks
from partitioners._native import connected_components
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.graph import AffinityGraph
from partitioners.tuning import AFFINITIES


@PARTITIONERS.register("components")
@dataclass(frozen=True)
class Components(GraphPartitioner):
    """Connected components of the edges whose affinity reaches a threshold.

    Of parallel edges one that reaches it suffices. Source: Tarjan and van Leeuwen, "Worst-case analysis of
    set union algorithms", JACM 1984.

    Args:
        threshold: in [0, 1]; edges at it count, compared in the dtype of the weights.

    Raises:
        InputError: `threshold` is out of range.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        return connected_components(graph.n_nodes, graph.edges[graph.weights >= self.threshold])
