"""The competitors: this project's partitioners, and the best public implementations of the same rules.

Each takes affinities of an image or a volume to labels. To add a peer, name a partitioner of `partitioners.peers` in `COMPETITORS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import process_time
from typing import Any, NamedTuple

from affinity_models.oracle import long_range
from partitioners import GridGraph, create, grid_graph, solver_clock
from partitioners.arrays import FloatArray, IntegerArray


class Cut(NamedTuple):
    """Labels (*shape), integers, and the processor seconds of the solver alone."""

    labels: IntegerArray
    solver_seconds: float


@dataclass(frozen=True)
class Competitor:
    """One implementation of one linkage, or of another rule.

    Args:
        name: unique within the linkage.
        linkage: one of `OURS_BY_LINKAGE`; merges stop at an affinity of one half.
        cut: the function from affinities (A, *shape), as `given` returns them, to labels.
        package: the distribution that it needs, empty for this project.
        exact: True if merges come exactly in the order of their affinities.
    """

    name: str
    linkage: str
    cut: Callable[[FloatArray], Cut]
    package: str = ""
    exact: bool = True

    @property
    def version(self) -> str:
        """The version of its package, empty for this project and where it is not installed."""
        try:
            return version(self.package) if self.package else ""
        except PackageNotFoundError:
            return ""

    @property
    def unavailable(self) -> str:
        """Why it cannot be run here, or an empty string."""
        if not self.package or self.version:
            return ""
        return f"needs {self.package}: pip install 'affinity-bench[speed]'"


def given(affinity: FloatArray, linkage: str) -> FloatArray:
    """Return the affinities that a linkage takes: those of direct neighbours.

    The mutex watershed takes all, the direct ones raised to 0.5 … 1, where they attract, the others lowered to 0 … 0.5,
    where they repel: as in its source, by half of the affinity, and by half of 1 less the affinity.
    """
    rank = affinity.ndim - 1
    if linkage != MUTEX_WATERSHED:
        return affinity[:rank]
    halves: FloatArray = affinity / 2
    halves[:rank] += 0.5
    return halves


def grid(affinity: FloatArray) -> GridGraph:
    """Return the grid of affinities (A, *shape) along the first of `affinity_models.oracle.long_range`."""
    return grid_graph(affinity, long_range(affinity.ndim - 1)[: len(affinity)])


def cut(affinity: FloatArray, name: str, **parameters: Any) -> Cut:
    """Cut the grid of affinities (A, *shape) with the graph partitioner `name`."""
    graph = grid(affinity)
    with solver_clock() as clock:
        labels = create(name, **parameters).partition(graph)
    return Cut(labels.reshape(affinity.shape[1:]), clock.seconds)


def ours(affinity: FloatArray, linkage: str) -> Cut:
    """Cut with this project's native partitioner; the solver's share leaves out the building of the graph."""
    graph = grid(affinity)
    start = process_time()
    labels = create(OURS_BY_LINKAGE[linkage]).partition(graph)
    return Cut(labels.reshape(affinity.shape[1:]), process_time() - start)


OURS = "affinity-bench"
MUTEX_WATERSHED = "mutex watershed"
OURS_BY_LINKAGE = {
    "average": "gaec(linkage=average)",
    "sum": "gaec(linkage=sum)",
    "wpgma": "gaec(linkage=wpgma)",
    MUTEX_WATERSHED: "mutex-watershed",
    "components": "components",
}
"""The partitioner of this project for each linkage, and for other rules."""


def _ours(linkage: str) -> Competitor:
    return Competitor(OURS, linkage, partial(ours, linkage=linkage))


COMPETITORS = (
    *map(_ours, ("average", "sum", "wpgma")),
    Competitor("bioimage-cpp GASP", "average", partial(cut, name="bioimage-gasp"), "bioimage-cpp"),
    Competitor("waterz", "average", partial(cut, name="waterz"), "waterz"),
    Competitor("waterz, 256 bins", "average", partial(cut, name="waterz", bins=256), "waterz", exact=False),
    Competitor("bioimage-cpp GAEC", "sum", partial(cut, name="bioimage-gaec"), "bioimage-cpp"),
)
MUTEX_COMPETITORS = (
    _ours(MUTEX_WATERSHED),
    Competitor("bioimage-cpp", MUTEX_WATERSHED, partial(cut, name="bioimage-mutex-watershed"), "bioimage-cpp"),
    Competitor("mwatershed", MUTEX_WATERSHED, partial(cut, name="mwatershed"), "mwatershed"),
)
ALL_COMPETITORS = (*COMPETITORS, *MUTEX_COMPETITORS, _ours("components"))
