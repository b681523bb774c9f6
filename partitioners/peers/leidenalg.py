"""Multicut by leidenalg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.clock import solving
from partitioners.graph import Graph
from partitioners.peers.communities import unique_pairs
from partitioners.registry import needs
from partitioners.tuning import AFFINITIES

_MOST = 2**31  # of iterations, and of seeds: the package takes 32 bits


@PARTITIONERS.register("leidenalg-multicut", unavailable=needs("leidenalg", "igraph", extra="peers"))
@dataclass(frozen=True)
class LeidenalgMulticut(GraphPartitioner):
    """Multicut by moving nodes and refining parts, Leiden on signed weights at resolution 0 (leidenalg).

    Weights are log-odds × size, or given costs, added up over parallel edges; at resolution 0 the constant Potts model is the multicut
    energy. Source: Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
    Scientific Reports 9, 2019.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; weights are log-odds less those of the bias.
        iterations: rounds of moving, refining and aggregating, at least 1.
        seed: the seed of the order in which nodes are visited and of the refinement.

    Raises:
        InputError: a parameter is out of range.
    """

    takes_costs: ClassVar[bool] = True
    bias: float = 0.5
    iterations: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        checks.number("bias", self.bias, 0, 1)
        checks.integer("iterations", self.iterations, 1)
        checks.integer("seed", self.seed)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"bias": AFFINITIES}

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        import igraph
        import leidenalg

        pairs, pair_index = unique_pairs(graph.edges, graph.n_nodes)
        weights = np.bincount(pair_index, graph.biased(self.bias).costs, len(pairs)).tolist()
        simple = igraph.Graph(n=graph.n_nodes, edges=pairs)
        parts = leidenalg.CPMVertexPartition(simple, weights=weights, resolution_parameter=0)
        optimiser = leidenalg.Optimiser()
        optimiser.set_rng_seed(self.seed % _MOST)
        with solving():
            optimiser.optimise_partition(parts, n_iterations=min(self.iterations, _MOST - 1))
        return np.array(parts.membership, np.int64)
