"""Greedy additive edge contraction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partitioners import checks
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.graph import AffinityGraph
from partitioners.reference.contraction import Priority, contract
from partitioners.reference.linkage import LINKAGES


@PARTITIONERS.register("gaec")
@PARTITIONERS.register("gaec-reference")
@dataclass(frozen=True)
class GAEC(GraphPartitioner):
    """Greedy additive edge contraction: merges the pair of largest affinity while it is above a threshold.

    Source: Algorithm 1 of Deep Affinity Net; Keuper et al., "Efficient decomposition of image and mesh graphs by
    lifted multicuts", ICCV 2015.

    Args:
        linkage: what becomes of two edges made parallel by a merge: "wpgma" (the paper's line 14), their mean;
            "average", the mean over all pixel edges behind them; "sum", the sum of their log-odds.
        threshold: merges stop at it. An affinity in [0, 1], default 0.5; for "sum" log-odds, default 0.

    Raises:
        InputError: a parameter is not as above.
    """

    linkage: str = "wpgma"
    threshold: float | None = None

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, LINKAGES)
        if self.threshold is not None:
            bounds = () if self.linkage == "sum" else (0, 1)
            checks.number("threshold", self.threshold, *bounds)

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        linkage = LINKAGES[self.linkage]
        threshold = linkage.threshold if self.threshold is None else self.threshold
        return contract(graph, Priority(linkage), threshold)
