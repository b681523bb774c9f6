"""A graph partitioner, as a file to begin with.

affinity-bench check new-name --plugin new-name.py
affinity-bench leaderboard --partitioners new-name gaec --plugin new-name.py
affinity-bench ablation --partitioners cascade-gaec 'cascade-gaec(affinity=new-name)' --plugin new-name.py
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import AffinityGraph, GraphPartitioner, InputError, create, register


@register("new-name")
@dataclass(frozen=True)  # each field is a parameter: 'new-name(threshold=0.6)'
class NewName(GraphPartitioner):
    """Joins the two ends of every edge above a threshold that is its node's strongest.

    Args:
        threshold: the affinity above which edges join, in [0, 1].
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise InputError(f"threshold: expected a number in [0, 1], got {self.threshold!r}")

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        """Return the values that `leaderboard --tune` tries."""
        return {"threshold": (0.3, 0.5, 0.7)}

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return an integer for each of `graph.n_nodes` nodes, equal for nodes of one part, negative for those of none.

        `graph.edges` (m, 2) are pairs of nodes, several of which may be the same, `graph.weights` (m,) their affinities in
        [0, 1], and `graph.sizes` (m,) how many edges between pixels each stands for. A graph may have no edge or no node.
        Raise `partitioners.NotApplicable`, a message in it, for graphs that it is not for: tables then say "not applicable".
        `labelled` (n,) says which nodes are segments of a coarser level: the cascade has them, plain images have none.
        """
        order = graph.weights.argsort(kind="stable")
        strongest = np.full(graph.n_nodes, -1)
        strongest[graph.edges[order].ravel()] = order.repeat(2)  # of several, the last one stays
        joining = np.unique(strongest[strongest >= 0])
        kept = AffinityGraph(graph.n_nodes, graph.edges[joining], graph.weights[joining])
        # Replace all of this by your own. A graph may also be cut by another partitioner, as here.
        labels: NDArray[np.int64] = create("components", threshold=self.threshold).partition(kept)
        return labels
