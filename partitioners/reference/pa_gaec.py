"""Position-aware GAEC, in Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import AffinityGraph
from partitioners.greedy.pa_gaec import PositionAwareGAEC
from partitioners.linkage import LINKAGES, Edge, Linkage
from partitioners.reference.contraction import Priority, contract
from partitioners.segments import Segments


class PositionAware(Priority):
    """Affinities weighed down by distance: A ⊙ D of Algorithm 2, with D anew from the merged bounding boxes."""

    renews = True

    def __init__(self, linkage: Linkage, segments: Segments, beta: float) -> None:
        super().__init__(linkage)
        self.beta = beta
        self.boxes = [tuple(box) for box in segments.boxes.tolist()]  # 22

    def of(self, u: int, v: int, edge: Edge) -> float:
        """Return A · D of two segments (line 25), in fixed-point units."""
        return self.linkage.rounded(edge) * position_factor(self.boxes[u], self.boxes[v], self.beta)

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


@PARTITIONERS.register("pa-gaec-reference")
@dataclass(frozen=True)
class PositionAwareGAECReference(PositionAwareGAEC):
    """PA-GAEC as the paper's Algorithm 2 reads, in Python: what `pa-gaec` equals, node for node."""

    @property
    def reach(self) -> None:
        """None: the reference is given all pairs."""

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        priority = PositionAware(LINKAGES[self.linkage], self._segments(graph), self.beta)
        return contract(graph, priority, self.threshold)  # 26-30
