"""Position-aware GAEC: groups the segments of an image, near ones first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partitioners import checks
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.errors import InputError
from partitioners.graph import AffinityGraph
from partitioners.reference.contraction import Priority, contract
from partitioners.reference.linkage import LINKAGES, Edge, Linkage
from partitioners.segments import Segments


class PositionAware(Priority):
    """Affinities weighed down by distance: A ⊙ D of Algorithm 2, with D anew from the merged bounding boxes."""

    renews = True

    def __init__(self, linkage: Linkage, segments: Segments, beta: float) -> None:
        super().__init__(linkage)
        self.beta = beta
        self.boxes = [tuple(box) for box in segments.boxes.tolist()]  # 22

    def of(self, u: int, v: int, edge: Edge) -> float:
        """Return A · D of two segments (line 25)."""
        return self.linkage.affinity(edge) * position_factor(self.boxes[u], self.boxes[v], self.beta)

    def merge(self, u: int, v: int) -> None:
        """Give u the box around both (line 28)."""
        (top, left, bottom, right), (other_top, other_left, other_bottom, other_right) = self.boxes[u], self.boxes[v]
        self.boxes[u] = (
            min(top, other_top),
            min(left, other_left),
            max(bottom, other_bottom),
            max(right, other_right),
        )


def position_factor(first: tuple[int, ...], second: tuple[int, ...], beta: float) -> float:
    """Return d of line 23 for two boxes (top, left, bottom, right): 1 for near or equal centres, else towards 0."""
    factor = 1.0
    for low, high in ((0, 2), (1, 3)):
        extent = max(first[high] - first[low], second[high] - second[low])
        distance = abs((first[low] + first[high]) - (second[low] + second[high]))  # twice that of the centres
        if distance > extent:
            factor *= (extent / distance) ** beta
    return factor


@PARTITIONERS.register("pa-gaec")
@PARTITIONERS.register("pa-gaec-reference")
@dataclass(frozen=True)
class PositionAwareGAEC(GraphPartitioner):
    """Position-aware GAEC: GAEC on segments, the affinities of far apart ones weighed down.

    Its graphs carry `segments`, as those of `grouping_graph` do. Source: Algorithm 2 of Deep Affinity Net.

    Args:
        linkage: "wpgma" or "average", as in GAEC.
        threshold: merges stop when no affinity times position factor is above it; in [0, 1].
        beta: the exponent of the position factor; 0 is GAEC, larger keeps far segments further apart.

    Raises:
        InputError: a parameter is not as above, or the graph has no segments.
    """

    linkage: str = "wpgma"
    threshold: float = 0.5
    beta: float = 0.5

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, ("wpgma", "average"))
        checks.number("threshold", self.threshold, 0, 1)
        checks.number("beta", self.beta, 0)

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        if graph.segments is None:
            raise InputError("graph: expected segments (boxes of its nodes, see AffinityGraph), got none")
        priority = PositionAware(LINKAGES[self.linkage], graph.segments, self.beta)
        return contract(graph, priority, self.threshold)  # 26-30
