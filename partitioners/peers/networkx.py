"""Community detection by networkx: pure Python, for small graphs only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.clock import solving
from partitioners.graph import AffinityGraph
from partitioners.peers.communities import Seeded, WithResolution, simple_edges
from partitioners.registry import needs
from partitioners.tuning import RESOLUTIONS

_UNAVAILABLE = needs("networkx", extra="peers")
_TOTAL = 2.0**26


@PARTITIONERS.register("networkx-greedy-modularity", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class NetworkxGreedyModularity(GraphPartitioner):
    """Merging of the pair of communities that raises modularity most, until none does (networkx).

    Strengths are affinity × size, summed over parallel edges. Source: Clauset, Newman and Moore, "Finding
    community structure in very large networks", Physical Review E 70, 2004.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.

    Raises:
        InputError: `resolution` is out of range.
    """

    resolution: float = 1.0

    def __post_init__(self) -> None:
        checks.number("resolution", self.resolution, 0)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"resolution": RESOLUTIONS}

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from networkx.algorithms.community import greedy_modularity_communities

        simple = _simple_graph(graph.n_nodes, *simple_edges(graph))
        with solving():
            communities = greedy_modularity_communities(simple, weight="weight", resolution=self.resolution)
        return _labels(communities, graph.n_nodes)


@PARTITIONERS.register("networkx-louvain", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class NetworkxLouvain(WithResolution):
    """Modularity by moving single nodes, then whole communities, while it rises (networkx).

    Strengths are affinity × size, summed over parallel edges. Source: Blondel, Guillaume, Lambiotte and
    Lefebvre, "Fast unfolding of communities in large networks", J. Stat. Mech. P10008, 2008.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited.

    Raises:
        InputError: a parameter is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from networkx.algorithms.community import louvain_communities

        pairs, strengths = simple_edges(graph)
        simple = _simple_graph(graph.n_nodes, pairs, _with_total(strengths))
        with solving():
            communities = louvain_communities(simple, resolution=self.resolution, seed=self.seed)
        return _labels(communities, graph.n_nodes)


@PARTITIONERS.register("networkx-label-propagation", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class NetworkxLabelPropagation(Seeded):
    """Every node takes the strongest label around it, one node at a time, until all have it (networkx).

    Strengths are affinity × size, summed over parallel edges. Source: Raghavan, Albert and Kumara, "Near
    linear time algorithm to detect community structures in large-scale networks", Physical Review E 76, 2007.

    Args:
        seed: the seed of the order in which nodes are visited and of the choice among equally strong labels.

    Raises:
        InputError: `seed` is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from networkx.algorithms.community import asyn_lpa_communities

        simple = _simple_graph(graph.n_nodes, *simple_edges(graph))
        with solving():
            communities = list(asyn_lpa_communities(simple, weight="weight", seed=self.seed))
        return _labels(communities, graph.n_nodes)


def _with_total(strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `strengths` scaled to whole numbers with the sum 2²⁶, each off by less than 1.

    Then all that Louvain computes at resolution 1 is exact. With rounding, networkx (3.6 at least) moves a
    node to and fro for ever between communities of equal gain (networkx issue 8739).
    """
    if not len(strengths):
        return strengths
    sums = np.cumsum(strengths)
    return np.diff(np.rint(sums / sums[-1] * _TOTAL), prepend=0)


def _simple_graph(n_nodes: int, pairs: NDArray[np.int64], strengths: NDArray[np.float64]) -> Any:
    """Return the networkx graph of nodes 0…n_nodes-1 with `strengths` as the attribute `weight`."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(n_nodes))
    graph.add_weighted_edges_from(zip(*pairs.T.tolist(), strengths.tolist(), strict=True))
    return graph


def _labels(communities: Iterable[Iterable[int]], n_nodes: int) -> NDArray[np.int64]:
    """Return the number (n_nodes,) of the community that holds each node."""
    labels = np.empty(n_nodes, np.int64)
    for number, community in enumerate(communities):
        labels[list(community)] = number
    return labels
