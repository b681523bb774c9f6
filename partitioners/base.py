"""The two kinds of partitioner, and the registry of both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.checks import PlainParameters
from partitioners.errors import InputError, NotApplicable
from partitioners.graph import AffinityGraph, CostGraph, Graph, LiftedGraph, grid_graph
from partitioners.instances import to_instances
from partitioners.labels import BACKGROUND, UNASSIGNED, UNLABELLED, initial_parts, renumber
from partitioners.pyramid import AffinityPyramid, PyramidLevel, as_planes
from partitioners.registry import Registry
from partitioners.segmentation import Segmentation


class Partitioner(PlainParameters, ABC):
    """Anything that finds the instances of a pyramid: see `GraphPartitioner` and `PyramidPartitioner`."""

    @abstractmethod
    def partition(self, problem: Any) -> Any:
        """Cut a graph or a pyramid."""

    def segment(self, pyramid: AffinityPyramid) -> Segmentation:
        """Return the instances of a pyramid."""
        found: Segmentation = self.partition(pyramid)
        return found

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        """Return values to try for the parameters that depend on the data; by default none.

        A parameter that makes it another algorithm, such as a linkage, is none of these. Of a parameter that is itself a
        partitioner, the key is PARAMETER.ITS_PARAMETER.
        """
        return {}


PARTITIONERS: Registry[Partitioner] = Registry("partitioner", "affinity_bench.partitioners", nests=True)
"""All partitioners by name; other packages add theirs through the entry-point group `affinity_bench.partitioners`."""


class GraphPartitioner(Partitioner):
    """A partitioner of affinity graphs. To add one, write `_cut` and register the class."""

    takes_costs: ClassVar[bool] = False
    """True for those whose `_cut` takes a `CostGraph` as well."""

    takes_lifted: ClassVar[bool] = False
    """True for those whose `_cut` takes a `LiftedGraph` as well."""

    @abstractmethod
    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        """Return a part for each node.

        Args:
            graph: the graph, its initial parts already contracted into nodes (so edges may be parallel).
            labelled: (n_nodes,) bool, the nodes that came from a part of `initial`.

        Returns:
            (n_nodes,) integers in any numbering, or negative for nodes that belong to no part.
        """

    @overload
    def partition(self, problem: Graph, initial: ArrayLike | None = None) -> NDArray[np.int64]: ...

    @overload
    def partition(self, problem: AffinityPyramid) -> Segmentation: ...

    def partition(self, problem: Any, initial: ArrayLike | None = None) -> Any:
        """Cut a graph; or, by the older name of `segment`, the finest level of a pyramid.

        Args:
            problem: an `AffinityGraph`, an `AffinityPyramid`, or, for partitioners that cut by costs, a `CostGraph`.
            initial: the initial partition of a graph, (n_nodes,) integers: nodes of equal number start in one part,
                negative ones alone. Default: all alone.

        Returns:
            For a graph, (n_nodes,) int64 labels as `partitioners.labels` has them. For a pyramid, a `Segmentation`.

        Raises:
            InputError: `problem` or `initial` is not as above.
            NotApplicable: `problem` is, but of a kind that this partitioner does not cut.
        """
        if isinstance(problem, AffinityPyramid):
            return self.segment(problem)
        hint = "; grid_graph makes a graph of affinities" if isinstance(problem, np.ndarray) else ""
        checks.instance("problem", problem, AffinityGraph, CostGraph, AffinityPyramid, hint=hint)
        self._check_lifted(problem)
        if initial is None:
            return renumber(self._cut_whole(problem, np.zeros(problem.n_nodes, bool)))
        return renumber(self._cut_from(problem, *initial_parts(initial, problem.n_nodes)))

    def segment(self, pyramid: AffinityPyramid) -> Segmentation:
        """Return the parts of the finest level of a pyramid as instances.

        Raises:
            InputError: `pyramid` is something else.
        """
        checks.instance("pyramid", pyramid, AffinityPyramid)
        labels = np.where(pyramid.is_thing(1), np.int32(UNLABELLED), np.int32(BACKGROUND))
        return to_instances(pyramid, self.cut_level(pyramid.levels[0], labels))

    def cut_level(self, level: PyramidLevel, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the segments into which the grid of a level is cut: here, by way of the graph of all pixels.

        Overrides do without that graph and have the same result.

        Args:
            level: the level, of h × w pixels, or d × h × w.
            labels: (h, w) or (d, h, w). Inherited segments 1…n are nodes, unlabelled pixels single nodes, background
                takes no part.

        Returns:
            Segments 1…n of the same shape, numbered by their first pixels, and background.
        """
        graph = grid_graph(level.affinity, level.offsets, labels != BACKGROUND)
        initial = np.where(labels > BACKGROUND, labels, UNASSIGNED).ravel()
        nodes = np.where(labels == BACKGROUND, 0, np.arange(1, labels.size + 1, dtype=np.int32).reshape(labels.shape))
        return _native.relabel(as_planes(nodes), self.partition(graph, initial=initial)).reshape(labels.shape)

    @property
    def reach(self) -> float | None:
        """The affinity at or below which no edge matters that joins two components of those above; None where all may."""
        return None

    def _cut_from(self, graph: Graph, parts: NDArray[np.int64], labelled: NDArray[np.bool_]) -> IntegerArray:
        """Return what `_cut` does, given the part (n_nodes,) of 0…k-1 of each node and which (k,) came from a label."""
        if len(labelled) == graph.n_nodes:  # all alone: a grid stays a grid
            return self._cut_whole(graph, labelled)
        return self._cut_whole(graph.contract(parts), labelled)[parts]

    def _check_lifted(self, graph: Graph) -> None:
        if isinstance(graph, LiftedGraph) and not self.takes_lifted:
            raise NotApplicable(f"problem: expected no lifted edges, which {type(self).__name__} does not know")

    def _cut_whole(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        if isinstance(graph, CostGraph) and not self.takes_costs:
            raise NotApplicable(f"problem: expected affinities, got costs, by which {type(self).__name__} does not cut")
        return self._cut(cast(AffinityGraph, graph), labelled)


Step = GraphPartitioner | str | None
"""A part of another partitioner: a partitioner, or one as `Registry.create` takes it; None leaves the step out."""


def make_step(name: str, step: Step) -> GraphPartitioner | None:
    """Return the partitioner that `step`, the argument called `name`, means.

    Raises:
        InputError: it is none of graphs, or cannot be made.
    """
    made = PARTITIONERS.create(step) if isinstance(step, str) else step
    if made is not None and not isinstance(made, GraphPartitioner):
        raise InputError(f"{name}: expected a graph partitioner, the name of one or None, got {checks.shown(step)}")
    return made


class PyramidPartitioner(Partitioner):
    """A partitioner of affinity pyramids of images. To add one, write `_segment` and register the class."""

    @abstractmethod
    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        """Return the instances of `pyramid`."""

    def segment(self, pyramid: AffinityPyramid) -> Segmentation:
        """Return the instances of a pyramid.

        Raises:
            InputError: `pyramid` is something else.
            NotApplicable: it is a volume's.
        """
        checks.instance("pyramid", pyramid, AffinityPyramid)
        if pyramid.is_volume:
            raise NotApplicable(f"pyramid: expected an image's, got one of a volume, {pyramid.image_size}")
        return self._segment(pyramid)

    def partition(self, problem: AffinityPyramid) -> Segmentation:
        """Return the instances of a pyramid, by the older name of `segment`."""
        return self.segment(problem)
