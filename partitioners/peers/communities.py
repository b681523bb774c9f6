"""Inputs that partitioners of other packages need: simple graphs, and for community detection exact, positive strengths and
their usual parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.base import GraphPartitioner
from partitioners.graph import AffinityGraph
from partitioners.tuning import RESOLUTIONS

_UNIT = 2.0**-30


@dataclass(frozen=True)
class Seeded(GraphPartitioner):
    """A method whose only parameter is a seed of at least 0."""

    seed: int = 0

    def __post_init__(self) -> None:
        checks.integer("seed", self.seed)


@dataclass(frozen=True)
class WithResolution(GraphPartitioner):
    """A method with the parameters of Louvain's and Leiden's, checked: a resolution and a seed, each of at least 0."""

    resolution: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        checks.number("resolution", self.resolution, 0)
        checks.integer("seed", self.seed)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"resolution": RESOLUTIONS}


def unique_pairs(edges: NDArray[np.int64], n_nodes: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the pairs of nodes that `edges` (m, 2) join.

    Returns:
        pairs: (k, 2) int64, the smaller node first, in ascending order.
        pair_index: (m,) the number of each edge's pair.
    """
    ends = np.sort(edges, axis=1)
    keys, pair_index = np.unique(ends[:, 0] * n_nodes + ends[:, 1], return_inverse=True)
    return np.stack(np.divmod(keys, max(n_nodes, 1)), axis=1), pair_index


def simple_edges(graph: AffinityGraph) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs of nodes that an edge joins, and how strongly.

    Affinities are rounded to multiples of 2⁻³⁰, so that sums do not depend on their order: a loop that goes
    on while something improves would not end where rounding makes equal sums unequal. Pairs whose edges all
    round to 0 are left out, since several methods refuse weights of 0.

    Returns:
        pairs: (k, 2) int64, the smaller node first, in ascending order.
        strengths: (k,) float64 above 0, the sum of affinity × size over the pair's parallel edges.
    """
    pairs, pair_index = unique_pairs(graph.edges, graph.n_nodes)
    units = np.rint(graph.weights.astype(np.float64) / _UNIT) * graph.sizes
    strengths: NDArray[Any] = np.bincount(pair_index, units, len(pairs)) * _UNIT  # float64: numpy's stubs say int
    positive = strengths > 0
    return pairs[positive], strengths[positive]
