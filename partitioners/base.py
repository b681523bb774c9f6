"""The two kinds of partitioner, and the registry of both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partitioners import _native, checks
from partitioners.errors import InputError
from partitioners.graph import AffinityGraph
from partitioners.pyramid import AffinityPyramid
from partitioners.registry import Registry
from partitioners.segmentation import Segmentation

UNASSIGNED = -1
"""The label of a node that belongs to no part: in `initial`, not yet; in a result, background."""


class Partitioner(ABC):
    """Anything with a `partition` method: see `GraphPartitioner` and `PyramidPartitioner`."""

    @abstractmethod
    def partition(self, problem: Any) -> Any:
        """Cut a graph or a pyramid."""

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        """Return values to try for the parameters that depend on the data; by default none.

        What tells one algorithm from another, such as a linkage, is no such parameter. Of a parameter that is itself a
        partitioner, the key is PARAMETER.ITS_PARAMETER.
        """
        return {}


PARTITIONERS: Registry[Partitioner] = Registry("partitioner", "affinity_bench.partitioners", nests=True)
"""All partitioners by name; other packages add theirs through the entry-point group `affinity_bench.partitioners`."""


class GraphPartitioner(Partitioner):
    """A partitioner of affinity graphs. To add one, write `_cut` and register the class."""

    @abstractmethod
    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        """Return a part for each node.

        Args:
            graph: the graph, its initial parts already contracted into nodes (so edges may be parallel).
            labelled: (n_nodes,) bool, the nodes that came from a part of `initial`.

        Returns:
            (n_nodes,) integers in any numbering, or negative for nodes that belong to no part.
        """

    def partition(self, problem: Any, initial: Any = None) -> Any:
        """Cut a graph, or the finest level of a pyramid.

        Args:
            problem: an `AffinityGraph`; or an `AffinityPyramid`, whose level 1 is cut and made instances.
            initial: for a graph, (n_nodes,) integers: nodes of equal number start in one part, negative
                ones alone. Default: all alone.

        Returns:
            For a graph, (n_nodes,) int64 labels 0…k-1, numbered by their first node, or -1 for nodes that
            belong to no part (only some partitioners leave any). For a pyramid, a `Segmentation`.

        Raises:
            InputError: `problem` or `initial` is not as above.
        """
        if isinstance(problem, AffinityPyramid):
            from partitioners.cascade.cascade_gaec import partition_level_1

            return partition_level_1(problem, self)
        if not isinstance(problem, AffinityGraph):
            raise InputError(f"problem: expected an AffinityGraph or an AffinityPyramid, got {type(problem).__name__}")
        if initial is None:
            return renumber(self._cut(problem, np.zeros(problem.n_nodes, bool)))
        return renumber(self._cut_from(problem, *initial_parts(initial, problem.n_nodes)))

    def _cut_from(self, graph: AffinityGraph, parts: np.ndarray, labelled: np.ndarray) -> np.ndarray:
        """Return what `_cut` does, given the part (n_nodes,) of 0…k-1 of each node and which (k,) came from a label."""
        if len(labelled) == graph.n_nodes:  # all alone: a grid stays a grid
            return self._cut(graph, labelled)
        return self._cut(graph.contract(parts), labelled)[parts]


Step = GraphPartitioner | str | None
"""A part of another partitioner: a partitioner, or one as `Registry.create` takes it; None leaves the step out."""


def make_step(name: str, step: Step) -> GraphPartitioner | None:
    """Return the partitioner that `step`, the argument called `name`, means.

    Raises:
        InputError: it is none of graphs, or cannot be made.
    """
    made = PARTITIONERS.create(step) if isinstance(step, str) else step
    if made is not None and not isinstance(made, GraphPartitioner):
        raise InputError(f"{name}: expected a graph partitioner, the name of one or None, got {step!r}")
    return made


class PyramidPartitioner(Partitioner):
    """A partitioner of affinity pyramids. To add one, write `_segment` and register the class."""

    @abstractmethod
    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        """Return the instances of `pyramid`."""

    def partition(self, problem: Any) -> Segmentation:
        """Return the instances of an `AffinityPyramid`.

        Raises:
            InputError: `problem` is something else.
        """
        if not isinstance(problem, AffinityPyramid):
            raise InputError(f"problem: expected an AffinityPyramid, got {type(problem).__name__}")
        return self._segment(problem)


def renumber(labels: np.ndarray) -> np.ndarray:
    """Return (n,) int64 `labels` renumbered 0…k-1 by first occurrence; negative ones become -1."""
    if labels.dtype == np.uint64:
        labels = np.unique(labels, return_inverse=True)[1]
    return _native.renumber(labels)


def initial_parts(initial: Any, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the part (n_nodes,) of every node, numbered by first node, and which parts came from a label.

    Raises:
        InputError: `initial` is not (n_nodes,) integers.
    """
    initial = checks.array("initial", initial, (n_nodes,), "integer")
    keys = renumber(initial)
    alone = keys == UNASSIGNED
    parts = renumber(np.where(alone, len(initial) + np.arange(len(initial)), keys))
    labelled = np.zeros(int(parts.max(initial=-1)) + 1, bool)
    labelled[parts[~alone]] = True
    return parts, labelled
