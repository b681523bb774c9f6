"""Community detection by NetworKit, on one thread: on several, no seed repeats it.

NetworKit has one seed and one number of threads for all, which are set anew for each call; calls wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner
from partitioners.clock import solving
from partitioners.exclusive import exclusive
from partitioners.graph import AffinityGraph
from partitioners.peers.communities import WithResolution, simple_edges
from partitioners.registry import needs

_UNAVAILABLE = needs("networkit", extra="peers")


@PARTITIONERS.register("networkit-louvain", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class NetworkitLouvain(WithResolution):
    """Modularity by moving single nodes, then whole communities, while it rises: Louvain (NetworKit's PLM).

    Strengths are affinity × size, summed over parallel edges. Source: Staudt and Meyerhenke, "Engineering parallel
    algorithms for community detection in massive networks", IEEE TPDS 27, 2016.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited.

    Raises:
        InputError: a parameter is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from networkit.community import PLM

        return _communities(graph, lambda simple: PLM(simple, gamma=self.resolution, par="none randomized"), self.seed)


@PARTITIONERS.register("networkit-leiden", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class NetworkitLeiden(WithResolution):
    """Modularity by moving nodes and refining communities, three iterations of Leiden (NetworKit).

    Strengths are affinity × size, summed over parallel edges. Source: Traag, Waltman and van Eck, "From Louvain to
    Leiden: guaranteeing well-connected communities", Scientific Reports 9, 2019.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited and of the refinement.

    Raises:
        InputError: a parameter is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from networkit.community import ParallelLeiden

        return _communities(graph, lambda simple: ParallelLeiden(simple, gamma=self.resolution), self.seed)


@PARTITIONERS.register("networkit-label-propagation", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class NetworkitLabelPropagation(GraphPartitioner):
    """Every node takes the strongest label around it, one node at a time, until few change (NetworKit's PLP).

    Strengths are affinity × size, summed over parallel edges. Source: Raghavan, Albert and Kumara, "Near linear time
    algorithm to detect community structures in large-scale networks", Physical Review E 76, 2007.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from networkit.community import PLP

        return _communities(graph, PLP)


def _communities(graph: AffinityGraph, method: Callable[[Any], Any], seed: int = 0) -> NDArray[np.int64]:
    """Return what a method of `networkit.community`, made by `method` from a graph, finds."""
    import networkit

    pairs, strengths = simple_edges(graph)
    simple = networkit.GraphFromCoo((strengths, (pairs[:, 0], pairs[:, 1])), n=graph.n_nodes, weighted=True)
    with _one_thread(seed), solving():
        return np.array(method(simple).run().getPartition().getVector(), np.int64)


@exclusive
def _one_thread(seed: int) -> Iterator[None]:
    import networkit

    threads = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(1)
    networkit.setSeed(seed % 2**32, False)
    try:
        yield
    finally:
        networkit.setNumberOfThreads(threads)
