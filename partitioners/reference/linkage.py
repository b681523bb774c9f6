"""Linkages: what becomes of two edges when a contraction makes them parallel.

Sums are fixed-point integers, so that no order of addition changes a result: native code equals this exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

SCALE = 2.0**26
"""Fixed-point units per unit of affinity or of log-odds: single-precision affinities of at least a quarter are whole."""

EPSILON = 1e-6
"""Affinities are clipped to [EPSILON, 1 - EPSILON] before their log-odds are taken."""


class Edge(NamedTuple):
    """A live edge of a graph under contraction: what stands behind it, in fixed-point units."""

    total: int
    """The sum of the values of the edges behind it, each times its size."""
    size: int
    """The sum of their sizes."""

    def __add__(self, other: Edge) -> Edge:  # type: ignore[override]
        return Edge(self.total + other.total, self.size + other.size)


@dataclass(frozen=True)
class Linkage:
    """How parallel edges join, and what an edge is worth.

    Args:
        threshold: the default threshold: an affinity, for `sum` log-odds.
        reducible: joining edges never gives more than the largest of them.
        fixed: from (m,) weights in [0, 1] to fixed-point values.
        settle: from all that parallel edges hold together to the edge that replaces them.
        worth: what an edge is worth in fixed-point units, exactly: were different means rounded to the same number, an
            edge joined from two could tie with the larger of them.
    """

    threshold: float
    reducible: bool
    fixed: Callable[[np.ndarray], np.ndarray]
    settle: Callable[[Edge], Edge]
    worth: Callable[[Edge], int | Fraction]


def fixed_point(values: ArrayLike) -> np.ndarray:
    """Return `values`, of any shape, as int64 in units of 1 / SCALE, rounded half to even."""
    return np.rint(np.asarray(values, np.float64) * SCALE).astype(np.int64)


def log_odds(affinities: np.ndarray) -> np.ndarray:
    """Return (m,) float64 costs log(a / (1 - a)) of affinities clipped by EPSILON (Keuper et al. 2015, section 3).

    The logarithm, exact to 1e-12, takes nothing but sums, products and quotients, so that it has the same bits everywhere:
    with s = (x - 1) / (x + 1) it is 2 artanh(s) = 2 (s + s³/3 + s⁵/5 + …), for x within a factor √2 of 1.
    """
    clipped = np.clip(np.asarray(affinities, np.float64), EPSILON, 1 - EPSILON)
    fraction, exponent = np.frexp(clipped / (1 - clipped))
    is_low = fraction < np.sqrt(0.5)
    near_one = np.where(is_low, 2 * fraction, fraction)
    s = (near_one - 1) / (near_one + 1)
    square, series = s * s, np.float64(1 / 13)
    for odd in (11, 9, 7, 5, 3, 1):
        series = series * square + 1 / odd
    return (exponent - is_low) * np.log(2) + 2 * s * series


LINKAGES = {
    # The paper's Algorithm 1, line 14: the mean of the edges, whatever stands behind them; rounded down to whole units.
    "wpgma": Linkage(
        threshold=0.5,
        reducible=True,
        fixed=fixed_point,
        settle=lambda edge: Edge(edge.total // edge.size, 1),
        worth=lambda edge: edge.total,
    ),
    # The mean of all pixel edges behind an edge (UPGMA over edges; Bailoni et al., arXiv 1906.11713).
    "average": Linkage(
        threshold=0.5,
        reducible=True,
        fixed=fixed_point,
        settle=lambda edge: edge,
        worth=lambda edge: Fraction(edge.total, edge.size),
    ),
    # The original GAEC (Keuper et al., ICCV 2015): costs add up.
    "sum": Linkage(
        threshold=0.0,
        reducible=False,
        fixed=lambda weights: fixed_point(log_odds(weights)),
        settle=lambda edge: edge,
        worth=lambda edge: edge.total,
    ),
}
