"""A certificate for partitions: a lower bound on the multicut energy of all of them."""

from __future__ import annotations

import math
import time
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from partitioners import _native, checks
from partitioners.cutting_planes import CuttingPlanes
from partitioners.errors import InputError
from partitioners.graph import Graph
from partitioners.linkage import exponent_for


class LowerBound(NamedTuple):
    """An energy that no partition of a graph goes below.

    Fields:
        value: the energy, at most 0, which is that of all nodes in one part.
        rounds: the number of rounds of improvement that were run.
        cycles: the number of cycles, or of all inequalities, behind the bound.
    """

    value: float
    rounds: int = 0
    cycles: int = 0

    def gap(self, energy: float) -> float:
        """Return by how many percent of the bound an energy is above it: at most as far from the optimum, 0 at it."""
        return 100 * (energy - self.value) / -self.value if self.value else 0.0 if energy <= 0 else math.inf


def lower_bound(
    graph: Graph, rounds: int = 30, seconds: float | None = None, cutting_planes: bool = False
) -> LowerBound:
    """Return a lower bound on the multicut energy, the summed cost of the cut edges, of all partitions of a graph.

    A partition that cuts a repulsive edge of a cycle cuts one of its other edges too. So if a weight w ≥ 0 is added to
    the cost of that edge and taken from those of the others, here attractive ones, no partition costs more than before,
    whatever the weights of all cycles; and none costs less than the sum of the costs that are then below 0. Such weights
    are found first by packing: as much as all edges of a cycle have left, short cycles first (Lange, Karrenbauer and
    Andres, "Partial optimality and fast lower bounds for weighted correlation clustering", ICML 2018); then, of these
    cycles and of those that the best fractional cut so far does not respect, by 100 primal-dual steps a round (Chambolle
    and Pock, "A first-order primal-dual algorithm for convex problems with applications to imaging", JMIV 2011).
    With rounds enough it comes near the optimum of the linear program over all cycles.

    Cutting planes go further on graphs of up to a few hundred nodes, often to the least energy itself. After packing, each
    round solves a linear program, and adds inequalities that its optimum violates: of cycles, and of one node and several
    that are all adjacent (Grötschel and Wakabayashi, "A cutting plane algorithm for a clustering problem", Mathematical
    Programming 1989). Its multipliers are used like the weights of cycles. An edge of cost 0 makes two nodes adjacent.

    The sum is one of whole numbers, of costs rounded down to 2^-61 of their absolute sum, and is rounded down itself, so
    that `value` is a bound in exact arithmetic; energies that were added up in double precision may be a last digit below.

    Args:
        graph: a graph of affinities or of costs.
        rounds: the most rounds, 0 for packing alone; it ends earlier once nothing is gained. More give no lower bound.
        seconds: the time after which it ends; the result then depends on the machine.
        cutting_planes: true for linear programs, which scipy solves, in place of primal-dual steps.

    Raises:
        InputError: an argument is not as above, or there are to be cutting planes and scipy is not installed.
    """
    rounds = min(checks.integer("rounds", rounds), 2**62)
    if seconds is not None:
        checks.number("seconds", seconds, 0)
    checks.boolean("cutting_planes", cutting_planes)
    if cutting_planes and find_spec("scipy") is None:
        raise InputError("cutting_planes: needs scipy: pip install scipy")
    end = math.inf if seconds is None else time.monotonic() + seconds
    exponent = exponent_for(graph.costs)
    scaled = np.ldexp(graph.costs, exponent)
    fixed = np.floor(scaled) - ((scaled == 0) & (graph.costs < 0))  # where nothing of a cost was left
    fixed = fixed.astype(np.int64)
    steps = 0 if cutting_planes else rounds
    bound, steps, cycles = _native.lower_bound(graph.n_nodes, graph.edges, fixed, steps, seconds)
    if cutting_planes:
        planes = CuttingPlanes(graph.n_nodes, graph.edges, fixed, end)
        planes.run(rounds)
        bound, steps, cycles = max((bound, steps, cycles), (planes.bound, planes.rounds, planes.n_used))
    value = float(bound)
    if int(value) > bound:
        value = math.nextafter(value, -math.inf)
    with np.errstate(over="ignore"):  # below all finite numbers
        return LowerBound(float(np.ldexp(value, -exponent)), steps, cycles)
