"""Edges between groups of nodes, with exact sums of what is behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class SummedEdges(NamedTuple):
    """Edges, each with the sum of the values behind it.

    Fields:
        ends: (m, 2) int64 numbers of nodes.
        totals: (m,) int64, sums of the fixed-point values of the pixel edges behind each.
        sizes: (m,) int64, how many these are.
        order: (m,) int64, the smallest index of them among all edges of the image: by it ties are decided.
    """

    ends: NDArray[np.int64]
    totals: NDArray[np.int64]
    sizes: NDArray[np.int64]
    order: NDArray[np.int64]

    @classmethod
    def concatenated(cls, edges: Iterable[SummedEdges]) -> SummedEdges:
        """Return all edges, those that are parallel too."""
        nothing = np.empty(0, np.int64)
        none = cls(nothing.reshape(0, 2), nothing, nothing, nothing)
        return cls(*map(np.concatenate, zip(none, *edges, strict=True)))

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> SummedEdges:
        """Return the edges at some indices, or those for which a mask (m,) bool holds."""
        return SummedEdges(*(column[chosen] for column in self))

    def joined(self) -> SummedEdges:
        """Return the edges with parallel ones made one, ordered by their ends."""
        ends = np.sort(self.ends, axis=1)
        by = np.lexsort(ends.T)
        ends = ends[by]
        is_first = np.ones(len(ends), bool)
        is_first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
        starts = np.flatnonzero(is_first)
        totals, sizes = (np.add.reduceat(values[by], starts) for values in (self.totals, self.sizes))
        return SummedEdges(ends[starts], totals, sizes, np.minimum.reduceat(self.order[by], starts))

    def as_means(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return ends, values and sizes of edges in `order` whose values times their sizes have the same sums.

        An edge whose mean is no whole number has that below it, and a parallel edge at the end the one above.
        """
        ends, totals, sizes, _ = self.where(np.argsort(self.order))
        lower, rest = np.divmod(totals, sizes)
        more = np.flatnonzero(rest)
        values = np.concatenate([lower, lower[more] + 1])
        return np.concatenate([ends, ends[more]]), values, np.concatenate([sizes - rest, rest[more]])
