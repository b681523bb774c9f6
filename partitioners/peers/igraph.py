"""Community detection by igraph.

Strengths are affinity × size, summed over parallel edges. igraph has one global random generator: it is
seeded for each call, which others wait for, and left as Python's `random` module, igraph's own default.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.clock import solving
from partitioners.exclusive import exclusive
from partitioners.graph import AffinityGraph
from partitioners.peers.communities import Seeded, WithResolution, simple_edges
from partitioners.registry import needs
from partitioners.tuning import RESOLUTIONS

_UNAVAILABLE = needs("igraph", extra="peers")


@PARTITIONERS.register("igraph-fast-greedy", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class IgraphFastGreedy(GraphPartitioner):
    """Merging of the pair of communities that raises modularity most, cut at the maximum (igraph).

    Source: Clauset, Newman and Moore, "Finding community structure in very large networks", Physical
    Review E 70, 2004.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        simple, strengths = _simple_graph(graph)
        with solving():
            return _labels(simple.community_fastgreedy(weights=strengths).as_clustering())


@PARTITIONERS.register("igraph-multilevel", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class IgraphMultilevel(WithResolution):
    """Modularity by moving single nodes, then whole communities, while it rises: Louvain (igraph).

    Source: Blondel, Guillaume, Lambiotte and Lefebvre, "Fast unfolding of communities in large networks",
    J. Stat. Mech. P10008, 2008.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited.

    Raises:
        InputError: a parameter is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        simple, strengths = _simple_graph(graph)
        with _seeded(self.seed), solving():
            return _labels(simple.community_multilevel(weights=strengths, resolution=self.resolution))


@PARTITIONERS.register("igraph-leiden-modularity", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class IgraphLeidenModularity(WithResolution):
    """Modularity by moving nodes and refining communities, two iterations of Leiden (igraph).

    Source: Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
    Scientific Reports 9, 2019.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited and of the refinement.

    Raises:
        InputError: a parameter is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return _leiden(graph, "modularity", self.resolution, self.seed)


@PARTITIONERS.register("igraph-leiden-cpm", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class IgraphLeidenCpm(WithResolution):
    """Strength inside parts minus resolution × pairs of nodes inside, two iterations of Leiden (igraph).

    Two communities are joined where the strength between them exceeds resolution × the product of their
    numbers of nodes (an initial part is one node), so on a grid a lower resolution allows larger parts:
    0.0001 suits segments of hundreds of pixels.
    Source: Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
    Scientific Reports 9, 2019; the objective is Traag, Van Dooren and Nesterov, "Narrow scope for
    resolution-limit-free community detection", Physical Review E 84, 2011.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited and of the refinement.

    Raises:
        InputError: a parameter is out of range.
    """

    resolution: float = 1e-4

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"resolution": tuple(resolution / 100 for resolution in RESOLUTIONS)}

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return _leiden(graph, "CPM", self.resolution, self.seed)


@PARTITIONERS.register("igraph-label-propagation", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class IgraphLabelPropagation(Seeded):
    """Every node takes the strongest label around it, one node at a time, until all have it (igraph).

    Source: Raghavan, Albert and Kumara, "Near linear time algorithm to detect community structures in
    large-scale networks", Physical Review E 76, 2007.

    Args:
        seed: the seed of the order in which nodes are visited and of the choice among equally strong labels.

    Raises:
        InputError: `seed` is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        simple, strengths = _simple_graph(graph)
        with _seeded(self.seed), solving():
            return _labels(simple.community_label_propagation(weights=strengths))


def _leiden(graph: AffinityGraph, objective: str, resolution: float, seed: int) -> NDArray[np.int64]:
    simple, strengths = _simple_graph(graph)
    with _seeded(seed), solving():
        return _labels(simple.community_leiden(objective, weights=strengths, resolution=resolution))


def _simple_graph(graph: AffinityGraph) -> tuple[Any, list[float]]:
    """Return the igraph graph without parallel edges, and its edges' strengths."""
    import igraph

    pairs, strengths = simple_edges(graph)
    return igraph.Graph(n=graph.n_nodes, edges=pairs), strengths.tolist()


def _labels(clustering: Any) -> NDArray[np.int64]:
    return np.array(clustering.membership, np.int64)


@exclusive
def _seeded(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of its own."""
    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)
