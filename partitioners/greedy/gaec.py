"""Greedy additive edge contraction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.errors import InputError
from partitioners.graph import AffinityGraph, Graph, GridGraph, LiftedGraph, offset_array
from partitioners.labels import initial_parts, renumber
from partitioners.linkage import EXPONENT, LINKAGES, fixed_point
from partitioners.merge_tree import MergeTree
from partitioners.pyramid import PyramidLevel
from partitioners.threads import threads
from partitioners.tuning import AFFINITIES, LOG_ODDS, Hierarchical

T = TypeVar("T")


@dataclass(frozen=True)
class Contraction(GraphPartitioner):
    """The parameters of GAEC, which its reference shares."""

    takes_costs: ClassVar[bool] = True
    takes_lifted: ClassVar[bool] = True

    linkage: str = "wpgma"
    threshold: float = None  # type: ignore[assignment]  # left out, it is the linkage's own

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, LINKAGES)
        if self.threshold is None:
            object.__setattr__(self, "threshold", LINKAGES[self.linkage].threshold)
        bounds = (-1e9, 1e9) if self.linkage == "sum" else (0, 1)
        checks.number("threshold", self.threshold, *bounds)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": LOG_ODDS if self.linkage == "sum" else AFFINITIES}


@PARTITIONERS.register("gaec")
@dataclass(frozen=True)
class GAEC(Contraction, Hierarchical):
    """Greedy additive edge contraction: merges the pair of largest affinity while it is above a threshold.

    Source: Algorithm 1 of Deep Affinity Net; Keuper et al., "Efficient decomposition of image and mesh graphs by
    lifted multicuts", ICCV 2015.

    Args:
        linkage: the rule for two edges made parallel by a merge: "wpgma" (the paper's line 14), their mean;
            "average", the mean over all pixel edges behind them; "sum", the sum of their log-odds, or of their costs
            where the graph is one of costs.
        threshold: merges stop at it. An affinity in [0, 1], default 0.5; for "sum" log-odds or costs, default 0,
            within a thousand million.

    Raises:
        InputError: a parameter is not as above.
    """

    @property
    def reach(self) -> float | None:
        return self.threshold if LINKAGES[self.linkage].reducible else None

    def cut_level(self, level: PyramidLevel, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        if len(level.shape) == 3:
            return super().cut_level(level, labels)
        offsets = offset_array(level.offsets)
        n_nodes, nodes, edges, weights = _native.region_graph(labels, level.affinity, offsets)
        sizes = np.ones(len(edges), np.int64)
        graph = checks.unchecked(
            AffinityGraph, n_nodes=n_nodes, edges=edges, weights=weights, sizes=sizes, segments=None
        )
        return _native.relabel(nodes, self.partition(graph))

    def merge_tree(self, graph: Graph, initial: ArrayLike | None = None) -> MergeTree:
        """Return all merges down to the threshold, to be cut at any higher one.

        Args:
            graph: any graph.
            initial: (n_nodes,) integers as for `partition`.

        Raises:
            InputError: an argument is not as above.
        """
        checks.instance("graph", graph, Graph)
        if isinstance(graph, LiftedGraph):
            raise InputError("graph: expected no lifted edges, got a LiftedGraph")
        if initial is not None:
            parts, _ = initial_parts(initial, graph.n_nodes)
            graph = graph.contract(parts)
        else:
            parts = np.arange(graph.n_nodes)
        (pairs, heights), exponent = self._run(graph, _native.merge_tree_of_grid, _native.merge_tree)
        return MergeTree(self.linkage, pairs, heights, parts, exponent)

    def certain(self, graph: AffinityGraph, is_open: ArrayLike) -> NDArray[np.int64]:
        """Return parts that hold whatever edges are still missing: a partition of the whole graph only joins them.

        Two nodes merge if each is the other's best neighbour, and neither is open; under wpgma no neighbour of theirs may
        have a better edge or be open either. Source: Lu, Zlateski and Seung, "Large-scale image segmentation based on
        distributed clustering algorithms", arXiv 2106.10795.

        Args:
            graph: a part of a larger graph, its edges in the same order.
            is_open: (n_nodes,) bool, the nodes that may have edges which are not in this graph.

        Returns:
            (n_nodes,) int64 labels 0…k-1, numbered by their first node; open nodes are alone.

        Raises:
            InputError: an argument is not as above, or the linkage is "sum", where any merge may depend on any edge.
        """
        if not LINKAGES[self.linkage].reducible:
            raise InputError(f"linkage: expected one that is reducible, average or wpgma, got {self.linkage!r}")
        is_open = checks.array("is_open", is_open, (graph.n_nodes,), "bool")
        values, sizes, exponent = graph.in_fixed_point(LINKAGES[self.linkage])
        threshold = int(fixed_point(self.threshold, exponent))
        arguments = graph.n_nodes, graph.edges, values, sizes, self.linkage, threshold
        return renumber(_native.contract_inner(*arguments, is_open))

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        if isinstance(graph, LiftedGraph):
            values, sizes, exponent = graph.in_fixed_point(LINKAGES[self.linkage])
            threshold = int(fixed_point(self.threshold, exponent))
            return _native.contract_lifted(graph.n_nodes, graph.edges, values, sizes, threshold, graph.is_lifted)
        return self._run(graph, _native.contract_grid, _native.contract)[0]

    def _cuts(self, graph: AffinityGraph, thresholds: Sequence[float]) -> list[IntegerArray]:
        tree = GAEC(self.linkage, min(thresholds)).merge_tree(graph)
        return [tree.cut(threshold) for threshold in thresholds]

    def _run(self, graph: Graph, of_grid: Callable[..., T], of_edges: Callable[..., T]) -> tuple[T, int]:
        """Call the one that suits the graph; return its result and the exponent of the unit of fixed-point numbers."""
        if isinstance(graph, GridGraph):
            offsets, threshold = offset_array(graph.offsets, len(graph.shape)), int(fixed_point(self.threshold))
            return of_grid(graph.affinity, offsets, self.linkage, threshold, graph.mask, threads()), EXPONENT
        values, sizes, exponent = graph.in_fixed_point(LINKAGES[self.linkage])
        threshold = int(fixed_point(self.threshold, exponent))
        return of_edges(graph.n_nodes, graph.edges, values, sizes, self.linkage, threshold), exponent
