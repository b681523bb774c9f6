"""The merges of a greedy contraction, which give a partition for every threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners._native import connected_components
from partitioners.labels import renumber
from partitioners.linkage import EXPONENT, fixed_point


@dataclass(frozen=True, eq=False)
class MergeTree:
    """The merges of parts, and their affinities, as `GAEC.merge_tree` returns them.

    Args:
        linkage: the linkage of the contraction.
        pairs: (k, 2) int64, two nodes that were in the parts of each merge.
        heights: (k,) int64, in units of 2^-exponent: a contraction with a threshold below it makes the merge. It is what
            the edge was worth (rounded up), for "sum" the least that any edge was worth up to then.
        parts: (n_nodes,) int64, the node among `pairs` that each node of the graph belongs to.
        exponent: the exponent of the unit of heights.
    """

    linkage: str
    pairs: NDArray[np.int64]
    heights: NDArray[np.int64]
    parts: NDArray[np.int64]
    exponent: int = EXPONENT

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """(k,) float64, the affinity (for "sum": log-odds) from which on each merge is not made, unsorted."""
        return np.ldexp(self.heights.astype(np.float64), -self.exponent)

    def cut(self, threshold: float) -> NDArray[np.int64]:
        """Return the (n_nodes,) int64 labels that `partition` gives with this threshold, one not below the tree's own.

        Raises:
            InputError: `threshold` is no number.
        """
        merges = self.heights > fixed_point(checks.number("threshold", threshold, -1e9, 1e9), self.exponent)
        n_parts = int(self.parts.max(initial=-1)) + 1
        return renumber(connected_components(n_parts, self.pairs[merges])[self.parts])
