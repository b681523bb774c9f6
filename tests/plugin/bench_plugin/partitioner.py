"""A graph partitioner."""

from dataclasses import dataclass

import numpy as np

from partitioners import AffinityGraph, GraphPartitioner, create, register


@register("best-neighbour")
@dataclass(frozen=True)
class BestNeighbour(GraphPartitioner):
    """Joins every node with the neighbour at the other end of its strongest edge."""

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        order = graph.weights.argsort(kind="stable")
        strongest = np.full(graph.n_nodes, -1)
        strongest[graph.edges[order].ravel()] = order.repeat(2)  # of several, the last one stays
        chosen = np.unique(strongest[strongest >= 0])
        joined = AffinityGraph(graph.n_nodes, graph.edges[chosen], graph.weights[chosen])
        return create("components", threshold=0.0).partition(joined)
