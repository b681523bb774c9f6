"""The competitors: this project's GAEC, and the best public implementations of the same contraction.

Each takes an image's affinities to labels. To add a peer, name a partitioner of `partitioners.peers` in `COMPETITORS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import process_time
from typing import Any, NamedTuple

from partitioners import NEIGHBOURS, create, grid_graph, solver_clock
from partitioners.arrays import FloatArray, IntegerArray


class Cut(NamedTuple):
    """Labels (h, w), integers, and the processor seconds of the solver alone."""

    labels: IntegerArray
    solver_seconds: float


@dataclass(frozen=True)
class Competitor:
    """One implementation of one linkage.

    Args:
        name: unique within the linkage.
        linkage: "average", "sum" or "wpgma"; merges stop at an affinity of one half.
        cut: from (2, h, w) affinities to labels.
        package: the distribution that it needs, empty for this project.
        exact: whether merges come in exactly the order of their affinities.
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


def cut(affinity: FloatArray, name: str, **parameters: Any) -> Cut:
    """Cut the grid of `affinity` (2, h, w) with the graph partitioner `name`."""
    grid = grid_graph(affinity, NEIGHBOURS)
    with solver_clock() as clock:
        labels = create(name, **parameters).partition(grid)
    return Cut(labels.reshape(affinity.shape[1:]), clock.seconds)


def ours(affinity: FloatArray, linkage: str) -> Cut:
    """Cut with this project's native GAEC; the solver's share leaves out the building of the graph."""
    graph = grid_graph(affinity, NEIGHBOURS)
    start = process_time()
    labels = create("gaec", linkage=linkage).partition(graph)
    return Cut(labels.reshape(affinity.shape[1:]), process_time() - start)


OURS = "affinity-bench"
COMPETITORS = (
    *(Competitor(OURS, linkage, partial(ours, linkage=linkage)) for linkage in ("average", "sum", "wpgma")),
    Competitor("bioimage-cpp GASP", "average", partial(cut, name="bioimage-gasp"), "bioimage-cpp"),
    Competitor("waterz", "average", partial(cut, name="waterz"), "waterz"),
    Competitor("waterz, 256 bins", "average", partial(cut, name="waterz", bins=256), "waterz", exact=False),
    Competitor("bioimage-cpp GAEC", "sum", partial(cut, name="bioimage-gaec"), "bioimage-cpp"),
)
