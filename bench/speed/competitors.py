"""What is timed: this project's GAEC, and the best public implementations of the same contraction.

Each takes an image's affinities to labels. To add a peer, write an adapter and name it in `COMPETITORS`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import process_time
from typing import NamedTuple

import numpy as np

from partitioners import NEIGHBOURS, create, grid_graph
from partitioners.reference.linkage import log_odds


class Cut(NamedTuple):
    """Labels (h, w), integers, and the processor seconds of the solver alone (NaN where it is not separable)."""

    labels: np.ndarray
    solver_seconds: float


def _as_it_is(affinity: np.ndarray) -> np.ndarray:
    return affinity


@dataclass(frozen=True)
class Competitor:
    """One implementation of one linkage.

    Args:
        name: unique within the linkage.
        linkage: "average", "sum" or "wpgma"; merges stop at an affinity of one half.
        cut: from affinities as `lay_out` returns them to labels.
        package: the distribution that it needs, empty for this project.
        exact: whether merges come in exactly the order of their affinities.
        lay_out: from (2, h, w) affinities to the peer's own layout of them; not timed.
    """

    name: str
    linkage: str
    cut: Callable[[np.ndarray], Cut]
    package: str = ""
    exact: bool = True
    lay_out: Callable[[np.ndarray], np.ndarray] = _as_it_is

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


def ours(affinity: np.ndarray, linkage: str) -> Cut:
    """Cut with this project's native GAEC; the solver's share leaves out the building of the graph."""
    graph = grid_graph(affinity, NEIGHBOURS)
    start = process_time()
    labels = create("gaec", linkage=linkage).partition(graph)
    return Cut(labels.reshape(affinity.shape[1:]), process_time() - start)


def gasp_mean(affinity: np.ndarray) -> Cut:
    """Cut with bioimage-cpp's GASP of linkage "mean": average linkage over pixel edges, from one queue of all edges.

    Its affinities are signed, so that merges stop at zero.
    """
    import bioimage_cpp as bic

    graph, weights = _bioimage_graph(affinity)
    start = process_time()
    labels = bic.graph.agglomeration.GaspClusterPolicy(linkage="mean").optimize(graph, weights - 0.5)
    return Cut(labels.reshape(affinity.shape[1:]), process_time() - start)


def greedy_additive(affinity: np.ndarray) -> Cut:
    """Cut with bioimage-cpp's GreedyAdditiveMulticut: GAEC on log-odds, clipped like this project's."""
    import bioimage_cpp as bic

    graph, weights = _bioimage_graph(affinity)
    objective = bic.graph.multicut.MulticutObjective(graph, log_odds(weights))
    start = process_time()
    labels = bic.graph.multicut.GreedyAdditiveMulticut().optimize(objective)
    return Cut(labels.reshape(affinity.shape[1:]), process_time() - start)


def _bioimage_graph(affinity: np.ndarray) -> tuple[object, np.ndarray]:
    """Return bioimage-cpp's grid graph, and the affinity (m,) of each of its edges."""
    import bioimage_cpp as bic

    graph = bic.graph.grid_graph(affinity.shape[1:])
    weights, _ = bic.graph.features.grid_affinity_features(graph, affinity, NEIGHBOURS)
    return graph, weights


def waterz_mean(affinity: np.ndarray, bins: int) -> Cut:
    """Cut with waterz's mean affinity, each pixel being a fragment of its own.

    Args:
        affinity: (3, 1, h, w), as `waterz_layout` makes it.
        bins: of the queue; 0 for an exact one.
    """
    import waterz

    shape = affinity.shape[1:]
    pixels = np.arange(1, affinity[0].size + 1, dtype=np.uint64).reshape(shape)
    with _silence():
        labels = next(waterz.agglomerate(affinity, [0.5], fragments=pixels, discretize_queue=bins))
    return Cut(labels[0], np.nan)


def waterz_layout(affinity: np.ndarray) -> np.ndarray:
    """Return (3, 1, h, w) affinities, to the pixel behind, above and on the left, of (2, h, w) to the right and down."""
    laid = np.zeros((3, 1, *affinity.shape[1:]), np.float32)
    laid[1, 0, 1:] = affinity[1, :-1]
    laid[2, 0, :, 1:] = affinity[0, :, :-1]
    return laid


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what is printed, by native code too, away from the terminal."""
    sys.stdout.flush()
    terminal = os.dup(1)
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            os.dup2(nowhere.fileno(), 1)
            yield
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)


OURS = "affinity-bench"
COMPETITORS = (
    *(Competitor(OURS, linkage, partial(ours, linkage=linkage)) for linkage in ("average", "sum", "wpgma")),
    Competitor("bioimage-cpp GASP", "average", gasp_mean, "bioimage-cpp"),
    Competitor("waterz", "average", partial(waterz_mean, bins=0), "waterz", lay_out=waterz_layout),
    Competitor("waterz, 256 bins", "average", partial(waterz_mean, bins=256), "waterz", False, waterz_layout),
    Competitor("bioimage-cpp GAEC", "sum", greedy_additive, "bioimage-cpp"),
)
