"""Linkages: the rules for two edges that a contraction makes parallel.

Sums are fixed-point integers, so that no order of addition changes a result: native code equals this exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partitioners.arrays import FloatArray

EXPONENT = 26
SCALE = 2.0**EXPONENT
"""Fixed-point units per unit of affinity or of log-odds: single-precision affinities of at least a quarter are whole."""

MOST = 2**62
"""Fixed-point numbers are cut off at ± this: no sum is further from 0."""

EPSILON = 1e-6
"""Affinities are clipped to [EPSILON, 1 - EPSILON] before their log-odds are taken."""


class Edge(NamedTuple):
    """A live edge of a graph under contraction."""

    value: int
    """In fixed-point units: the sum behind the edge (`average`, `sum`), or its affinity (`wpgma`)."""
    size: int
    """The number of pixel edges behind it."""
    order: int
    """The smallest index of an original edge behind it: unique among live edges, it decides ties."""


@dataclass(frozen=True)
class Linkage:
    """How parallel edges join, and the worth of an edge.

    Args:
        threshold: the default threshold: an affinity, for `sum` log-odds.
        reducible: True if joining two edges never gives more than the larger of the two.
        fixed: the function from (m,) weights in [0, 1] to fixed-point values.
        start: the value of an edge from the fixed-point sum of its parallel edges times their sizes, and the sum of sizes.
        join: the value of two edges made parallel by a contraction.
        worth: the worth of an edge in fixed-point units, exactly: were different means rounded to the same number, an
            edge joined from two could tie with the larger, and by the index of the smaller go before both.
        rounded: the same in double precision, to be multiplied; default: the value.
    """

    threshold: float
    reducible: bool
    fixed: Callable[[FloatArray], NDArray[np.int64]]
    start: Callable[[int, int], int]
    join: Callable[[int, int], int]
    worth: Callable[[Edge], int | Fraction]
    rounded: Callable[[Edge], float] = lambda edge: float(edge.value)

    def merge(self, first: Edge, second: Edge) -> Edge:
        """Return the edge that replaces two parallel ones."""
        value = self.join(first.value, second.value)
        return Edge(value, first.size + second.size, min(first.order, second.order))


def fixed_point(values: ArrayLike, exponent: int = EXPONENT) -> NDArray[np.int64]:
    """Return `values`, of any shape, as int64 in units of 2^-exponent, by default 1 / SCALE, rounded half to even."""
    if exponent == EXPONENT:  # affinities and log-odds fit
        return np.rint(np.asarray(values, np.float64) * SCALE).astype(np.int64)
    with np.errstate(over="ignore"):
        scaled = np.ldexp(np.asarray(values, np.float64), exponent)
    fixed: NDArray[np.int64] = np.rint(np.clip(scaled, -MOST, MOST)).astype(np.int64)
    return fixed


def exponent_for(costs: NDArray[np.float64]) -> int:
    """Return the largest exponent with which no sum of absolute fixed-point `costs` (m,) is above 2^61."""
    largest = np.frexp(np.abs(costs).max(initial=0.0))[1]
    return 61 - int(largest) - len(costs).bit_length()


def log_odds(affinities: FloatArray) -> NDArray[np.float64]:
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
    costs: NDArray[np.float64] = (exponent - is_low) * np.log(2) + 2 * s * series
    return costs


def _largest_by(key: Callable[[int], Any]) -> Linkage:
    """Return the linkage that takes, of parallel edges, the value of the largest key."""
    return Linkage(
        threshold=0.5,
        reducible=True,
        fixed=fixed_point,
        start=lambda total, size: total // size,
        join=lambda first, second: max(first, second, key=key),
        worth=lambda edge: edge.value,
        rounded=lambda edge: float(edge.value),
    )


EXTREMES = {
    "max": _largest_by(lambda value: value),
    "min": _largest_by(lambda value: -value),
    "abs_max": _largest_by(lambda value: (abs(value), value)),
}
"""Linkages of GASP that keep one of the values, those of parallel edges at the start too (arXiv 1906.11713, table 1)."""

LINKAGES = {
    # The paper's Algorithm 1, line 14: the mean of the two, whatever stands behind them. Rounded down, it is below the
    # larger of two different ones.
    "wpgma": Linkage(
        threshold=0.5,
        reducible=True,
        fixed=fixed_point,
        start=lambda total, size: total // size,
        join=lambda first, second: (first + second) // 2,
        worth=lambda edge: edge.value,
    ),
    # The mean of all pixel edges behind an edge (UPGMA over edges; Bailoni et al., arXiv 1906.11713).
    "average": Linkage(
        threshold=0.5,
        reducible=True,
        fixed=fixed_point,
        start=lambda total, size: total,
        join=lambda first, second: first + second,
        worth=lambda edge: Fraction(edge.value, edge.size),
        rounded=lambda edge: float(edge.value) / float(edge.size),
    ),
    # The original GAEC (Keuper et al., ICCV 2015): costs add up.
    "sum": Linkage(
        threshold=0.0,
        reducible=False,
        fixed=lambda weights: fixed_point(log_odds(weights)),
        start=lambda total, size: total,
        join=lambda first, second: first + second,
        worth=lambda edge: edge.value,
    ),
}
