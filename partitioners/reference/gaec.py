"""Greedy additive edge contraction, in Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.graph import Graph
from partitioners.greedy.gaec import Contraction
from partitioners.linkage import LINKAGES
from partitioners.reference.contraction import Priority, contract


@PARTITIONERS.register("gaec-reference")
@dataclass(frozen=True)
class GAECReference(Contraction):
    """GAEC as the paper's Algorithm 1 reads, in Python: what `gaec` equals, node for node."""

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return contract(graph, Priority(LINKAGES[self.linkage]), self.threshold)
