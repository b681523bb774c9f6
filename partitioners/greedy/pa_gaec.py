"""Position-aware GAEC: groups the segments of an image, near ones first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.errors import NotApplicable
from partitioners.graph import AffinityGraph
from partitioners.linkage import fixed_point
from partitioners.segments import Segments
from partitioners.tuning import AFFINITIES


@PARTITIONERS.register("pa-gaec")
@dataclass(frozen=True)
class PositionAwareGAEC(GraphPartitioner):
    """Position-aware GAEC: GAEC on segments, the affinities of far apart ones weighed down.

    Its graphs carry `segments`, as those of `grouping_graph` do. Source: Algorithm 2 of Deep Affinity Net.

    Args:
        linkage: "wpgma" or "average", as in GAEC.
        threshold: merges stop when no affinity times position factor is above it; in [0, 1].
        beta: the exponent of the position factor; 0 is GAEC, larger keeps far segments further apart.

    Raises:
        InputError: a parameter is not as above.
        NotApplicable: the graph has no segments.
    """

    linkage: str = "wpgma"
    threshold: float = 0.5
    beta: float = 0.5

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, ("wpgma", "average"))
        checks.number("threshold", self.threshold, 0, 1)
        checks.number("beta", self.beta, 0)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES, "beta": (0, 0.25, 0.5, 1, 2)}

    @property
    def reach(self) -> float | None:
        return self.threshold

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        values, threshold = fixed_point(graph.weights), int(fixed_point(self.threshold))
        boxes = self._segments(graph).boxes
        return _native.contract_by_position(
            graph.n_nodes, graph.edges, values, graph.sizes, self.linkage, threshold, boxes, self.beta
        )

    @staticmethod
    def _segments(graph: AffinityGraph) -> Segments:
        if graph.segments is None:
            raise NotApplicable("graph: expected segments (boxes of its nodes, see AffinityGraph), got none")
        return graph.segments
