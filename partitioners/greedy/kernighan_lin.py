"""Local search on the multicut objective."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner, Step, make_step
from partitioners.graph import CostGraph, Graph, LiftedGraph
from partitioners.labels import initial_parts
from partitioners.linkage import LINKAGES
from partitioners.tuning import AFFINITIES

ENDLESS = 2**62
"""More moves than any search can try."""


@dataclass(frozen=True)
class LocalSearch(GraphPartitioner):
    """The parameters of Kernighan-Lin, which its reference shares."""

    takes_costs: ClassVar[bool] = True
    takes_lifted: ClassVar[bool] = True

    start: Step = "gaec(linkage=sum)"
    bias: float = 0.5
    large: int = 1024
    moves: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", make_step("start", self.start))
        checks.number("bias", self.bias, 0, 1)
        checks.integer("large", self.large)
        if self.moves is not None:
            checks.integer("moves", self.moves)
        if self.seconds is not None:
            checks.number("seconds", self.seconds, 0)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"bias": AFFINITIES}

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return self._improve(graph.biased(self.bias))

    def _improve(self, graph: CostGraph) -> IntegerArray:
        start: NDArray[np.int64] = np.arange(graph.n_nodes)
        if isinstance(self.start, GraphPartitioner):
            start, _ = initial_parts(self.start.partition(graph), graph.n_nodes)
        return self._search(graph, start)

    @abstractmethod
    def _search(self, graph: Graph, start: NDArray[np.int64]) -> IntegerArray:
        """Return a partition of no higher energy than `start` (n_nodes,), 0…k-1."""


@PARTITIONERS.register("kernighan-lin")
@dataclass(frozen=True)
class KernighanLin(LocalSearch):
    """Multicut by local search: nodes move between adjacent parts, parts join and split, while the energy falls.

    In each round all pairs of adjacent parts of which one has changed since they were last tried are improved, the pair of
    lower parts first: nodes at their border move one by one to the other side, the one that gains most first, at most 64 in
    a row without a gain, and the best sequence is kept; or both parts are joined, if that gains as much. Then nodes of each
    changed part move to a new one likewise. Source: Keuper et al., "Efficient decomposition of image and mesh graphs by
    lifted multicuts", ICCV 2015, algorithms 1 and 2.

    A large piece in the wrong part, as of a neurite, gains nothing until thousands of pixels have moved. So where a part is
    large, groups move first, then the groups in them, and nodes last: each is grouped with that neighbour in its part that
    costs most to cut off, per node of the neighbour, as long as over a twentieth of the nodes are saved. Source:
    Hendrickson and Leland, "A multilevel algorithm for partitioning graphs", Supercomputing 1995, whose groups are pairs.

    Parts of a lifted problem are adjacent by edges that are not lifted; pieces that these no longer connect after a sequence
    become parts, and a sequence that then gains nothing is undone.

    Args:
        start: the partitioner of costs whose partition is improved; None: each node is alone.
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.
        large: the number of nodes above which a part is large.
        moves: the number of moves tried, of groups or nodes, after which the search ends; None: it ends when nothing is
            gained any more.
        seconds: the time after which it ends at the latest; the result then depends on the machine.

    Raises:
        InputError: a parameter is not as above.
    """

    def _search(self, graph: Graph, start: NDArray[np.int64]) -> IntegerArray:
        values, sizes, _ = graph.in_fixed_point(LINKAGES["sum"])
        is_lifted = graph.is_lifted if isinstance(graph, LiftedGraph) else None
        large = min(self.large, graph.n_nodes)
        moves = None if self.moves is None else min(self.moves, ENDLESS)
        arguments = graph.n_nodes, graph.edges, values, sizes, start, large, moves, self.seconds
        return _native.kernighan_lin(*arguments, is_lifted)
