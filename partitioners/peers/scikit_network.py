"""Community detection by scikit-network.

Its Leiden draws from the C library's generator, so that no seed repeats it, and its label propagation joins cliques across
a weak edge: both are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.graph import AffinityGraph
from partitioners.peers.communities import WithResolution, simple_edges
from partitioners.registry import needs


@PARTITIONERS.register("scikit-network-louvain", unavailable=needs("sknetwork", extra="peers"))
@dataclass(frozen=True)
class ScikitNetworkLouvain(WithResolution):
    """Modularity by moving single nodes, then whole communities, while it rises: Louvain (scikit-network).

    Strengths are affinity × size, summed over parallel edges. Source: Blondel, Guillaume, Lambiotte and Lefebvre, "Fast
    unfolding of communities in large networks", J. Stat. Mech. P10008, 2008.

    Args:
        resolution: a number of at least 0; the higher, the smaller the communities.
        seed: the seed of the order in which nodes are visited.

    Raises:
        InputError: a parameter is out of range.
    """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from scipy.sparse import coo_matrix
        from sknetwork.clustering import Louvain

        pairs, strengths = simple_edges(graph)
        if not len(pairs):
            return np.arange(graph.n_nodes)
        ends = np.concatenate([pairs, pairs[:, ::-1]]).T
        adjacency = coo_matrix((np.tile(strengths, 2), ends), shape=(graph.n_nodes, graph.n_nodes)).tocsr()
        generator = np.random.RandomState(np.random.MT19937(self.seed))
        louvain = Louvain(resolution=self.resolution, shuffle_nodes=True, random_state=generator)
        with solving():
            labels: IntegerArray = louvain.fit_predict(adjacency)
        return labels
