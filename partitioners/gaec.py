"""Greedy additive edge contraction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partitioners import _native, checks
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.graph import AffinityGraph
from partitioners.reference.linkage import LINKAGES, fixed_point


@PARTITIONERS.register("gaec")
@dataclass(frozen=True)
class GAEC(GraphPartitioner):
    """Greedy additive edge contraction: merges the pair of largest affinity while it is above a threshold.

    Source: Algorithm 1 of Deep Affinity Net; Keuper et al., "Efficient decomposition of image and mesh graphs by
    lifted multicuts", ICCV 2015.

    Args:
        linkage: what becomes of two edges made parallel by a merge: "wpgma" (the paper's line 14), their mean;
            "average", the mean over all pixel edges behind them; "sum", the sum of their log-odds.
        threshold: merges stop at it. An affinity in [0, 1], default 0.5; for "sum" log-odds, default 0,
            within a thousand million.

    Raises:
        InputError: a parameter is not as above.
    """

    linkage: str = "wpgma"
    threshold: float | None = None

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, LINKAGES)
        if self.threshold is not None:
            bounds = (-1e9, 1e9) if self.linkage == "sum" else (0, 1)
            checks.number("threshold", self.threshold, *bounds)

    @property
    def effective_threshold(self) -> float:
        """The threshold, or the linkage's own where none is given."""
        return LINKAGES[self.linkage].threshold if self.threshold is None else self.threshold

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        return contract(graph, self.linkage, self.effective_threshold)


def contract(
    graph: AffinityGraph, linkage: str, threshold: float, boxes: np.ndarray | None = None, beta: float = 0.0
) -> np.ndarray:
    """Return what `partitioners.reference.contraction.contract` returns, from native code.

    Args:
        graph: any graph.
        linkage: a name among `LINKAGES`.
        threshold: in the unit of the linkage.
        boxes: (n_nodes, 4) int64 bounding boxes, for priorities by position.
        beta: the exponent of the position factor.
    """
    values, fixed_threshold = LINKAGES[linkage].fixed(graph.weights), int(fixed_point(threshold))
    return _native.contract(graph.n_nodes, graph.edges, values, graph.sizes, linkage, fixed_threshold, boxes, beta)
