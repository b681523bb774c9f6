"""Contraction within limits: GASP with and without cannot-link constraints, and what a user wants kept apart or together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partitioners import _native, checks
from partitioners._native import connected_components
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.errors import InputError
from partitioners.graph import AffinityGraph, FixedPoint, Graph
from partitioners.labels import UNASSIGNED, initial_parts
from partitioners.linkage import EXTREMES, LINKAGES, fixed_point
from partitioners.tuning import AFFINITIES, LOG_ODDS

_MOST_PIXELS = 2**31 - 1


class Limits(NamedTuple):
    """The limits of a contraction.

    Fields:
        apart: (k, 2) int64 nodes that never become one part.
        node_sizes: (n_nodes,) int64 of at least 1.
        n_parts: the least number of parts that are left.
        largest: the size of the largest part that a merge may make.
        smallest: the size below which parts merge at the end.
    """

    apart: NDArray[np.int64]
    node_sizes: NDArray[np.int64]
    n_parts: int
    largest: int
    smallest: int


@dataclass(frozen=True)
class SignedContraction(GraphPartitioner):
    """The parameters of GASP, which its reference shares."""

    takes_costs: ClassVar[bool] = True

    linkage: str = "average"
    threshold: float = None  # type: ignore[assignment]  # left out, it is the linkage's own
    constrained: bool = False
    n_parts: int = 0
    max_size: int | None = None
    min_size: int = 1

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, {**LINKAGES, **EXTREMES})
        if self.threshold is None:
            object.__setattr__(self, "threshold", 0.0 if self.linkage == "sum" else 0.5)
        checks.number("threshold", self.threshold, *((-1e9, 1e9) if self.linkage == "sum" else (0, 1)))
        checks.boolean("constrained", self.constrained)
        if self.constrained and self.linkage == "sum" and self.threshold != 0:
            raise InputError(f"threshold: expected 0 with constrained sums, got {self.threshold!r}")
        checks.integer("n_parts", self.n_parts)
        checks.integer("min_size", self.min_size)
        if self.max_size is not None:
            checks.integer("max_size", self.max_size, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        if self.constrained and self.linkage == "sum":
            return {}
        return {"threshold": LOG_ODDS if self.linkage == "sum" else AFFINITIES}

    def partition_linked(
        self,
        graph: Graph,
        must_link: ArrayLike = (),
        cannot_link: ArrayLike = (),
        initial: ArrayLike | None = None,
    ) -> NDArray[np.int64]:
        """Cut a graph with pairs of nodes that are to be in one part, or in two.

        Args:
            graph: a graph of affinities or costs.
            must_link: (k, 2) nodes that start in one part.
            cannot_link: (k, 2) nodes whose parts never join; they need no edge.
            initial: the initial partition, as in `partition`.

        Returns:
            (n_nodes,) int64 labels as `partition` returns them.

        Raises:
            InputError: an argument is not as above, or two nodes are to be both together and apart.
        """
        self._check_lifted(graph)
        together, apart = (
            checks.array(name, pairs, (None, 2), "integer").astype(np.int64)
            for name, pairs in (("must_link", must_link), ("cannot_link", cannot_link))
        )
        checks.within("must_link", together, 0, graph.n_nodes - 1)
        checks.within("cannot_link", apart, 0, graph.n_nodes - 1)
        start = np.full(graph.n_nodes, UNASSIGNED) if initial is None else initial
        parts, labelled = initial_parts(start, graph.n_nodes)
        parts = connected_components(len(labelled), parts[together])[parts]
        apart = parts[apart]
        if (same := apart[:, 0] == apart[:, 1]).any():
            u, v = np.asarray(cannot_link)[same][0].tolist()
            raise InputError(f"cannot_link: expected nodes that do not start in one part, got {u} and {v}")
        return initial_parts(self._cut_limited(graph, parts, apart), graph.n_nodes)[0]

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return self._cut_from(graph, np.arange(graph.n_nodes), labelled)

    def _cut_from(self, graph: Graph, parts: NDArray[np.int64], labelled: NDArray[np.bool_]) -> IntegerArray:
        return self._cut_limited(graph, parts, np.empty((0, 2), np.int64))

    def _cut_limited(self, graph: Graph, parts: NDArray[np.int64], apart: NDArray[np.int64]) -> IntegerArray:
        node_sizes = np.bincount(parts, minlength=1)[: int(parts.max(initial=-1)) + 1]
        largest = _MOST_PIXELS if self.max_size is None else self.max_size
        limits = Limits(apart, node_sizes, self.n_parts, largest, self.min_size)
        contracted = graph if len(node_sizes) == graph.n_nodes else graph.contract(parts)
        if self.linkage == "sum":
            fixed = contracted.in_fixed_point(LINKAGES["sum"])
            threshold = int(fixed_point(self.threshold, fixed.exponent))
        else:
            sizes = contracted.sizes if isinstance(contracted, AffinityGraph) else np.ones(contracted.n_edges, np.int64)
            fixed, threshold = FixedPoint(contracted.strengths(self.threshold), sizes), 0
        return self._contract(contracted, fixed, threshold, limits)[parts]

    @abstractmethod
    def _contract(self, graph: Graph, fixed: FixedPoint, threshold: int, limits: Limits) -> IntegerArray:
        """Return a part for each node of a graph whose edges are worth `fixed`."""


@PARTITIONERS.register("gasp")
@dataclass(frozen=True)
class GASP(SignedContraction):
    """Greedy contraction of a signed graph within limits: GASP, with and without cannot-link constraints.

    An edge is worth its affinity less the threshold, or its cost; under "sum" its log-odds. Without constraints the pair of
    highest worth merges while that is positive. With constraints the edge furthest from 0 is next: where it is positive,
    its ends merge; where it is negative, their parts never do. Ties go by the index of the edge. Source: Bailoni et al.,
    "GASP, a generalized framework for agglomerative clustering of signed graphs", arXiv 1906.11713, algorithm 1; with
    constraints and "sum", greedy fixation of Levinkov, Kirillov and Andres, "A comparative study of local search algorithms
    for correlation clustering", GCPR 2017.

    Args:
        linkage: the rule for two edges made parallel by a merge: "average", "wpgma" and "sum" as in GAEC; "max" or "min" of
            both; "abs_max", the one further from the threshold.
        threshold: an affinity in [0, 1], default 0.5; for "sum" log-odds or costs, default 0, with constraints 0.
        constrained: True if repulsive edges keep parts apart for good.
        n_parts: the number of parts at which merges stop.
        max_size: no merge makes a part of more nodes, pixels of an image; None: of any number.
        min_size: parts of fewer nodes merge at the end, along the highest edges first, whatever the threshold; what is to
            be kept apart stays apart.

    Raises:
        InputError: a parameter is not as above.
    """

    def _contract(self, graph: Graph, fixed: FixedPoint, threshold: int, limits: Limits) -> IntegerArray:
        return _native.contract_constrained(
            graph.n_nodes,
            graph.edges,
            fixed.values,
            fixed.sizes,
            self.linkage,
            threshold,
            self.constrained,
            *limits,
        )
