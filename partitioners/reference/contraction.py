"""Greedy contraction: the one core behind GAEC and PA-GAEC (Algorithm 1 of Deep Affinity Net, lines 1 to 19)."""

from __future__ import annotations

from fractions import Fraction
from heapq import heapify, heappop, heappush

import numpy as np

from partitioners._native import connected_components
from partitioners.graph import AffinityGraph
from partitioners.reference.linkage import Edge, Linkage

Neighbours = list[dict[int, Edge]]
"""For each node its neighbours and the edges to them."""


class Priority:
    """Which edge goes first: here the one of the largest affinity. `PositionAware` refines it.

    Priorities never exceed affinities where `linkage.reducible`.
    """

    renews = False
    """Whether a merge changes the priority of all edges of the merged node, not only of those that were joined."""

    def __init__(self, linkage: Linkage) -> None:
        self.linkage = linkage

    def of(self, u: int, v: int, edge: Edge) -> float | Fraction:
        """Return the priority of the edge between nodes u and v, in fixed-point units."""
        return self.linkage.worth(edge)

    def merge(self, u: int, v: int) -> None:
        """Take note that node v has become part of node u."""


def contract(graph: AffinityGraph, priority: Priority, threshold: int) -> np.ndarray:
    """Merge the two ends of the edge of highest priority until none is above the threshold.

    Edges of equal priority go at once: all nodes that they connect become one, and edges that this makes parallel are
    joined together. So neither the numbering of the nodes nor the order of the edges decides anything. Time
    O(n² log n) at worst for n nodes (section 4.5), O(n log n) on grids.

    Args:
        graph: any graph; parallel edges are joined by the linkage first.
        priority: the linkage, and what else decides.
        threshold: in fixed-point units.

    Returns:
        (n_nodes,) int64, for each node the node it ended in.
    """
    linkage = priority.linkage
    if linkage.reducible:
        graph = _within_reach(graph, linkage.fixed(graph.weights) > threshold)
    neighbours = _neighbours(graph, linkage)  # 1-3
    merged_into = list(range(graph.n_nodes))
    queue = [
        (-worth, u, v)
        for u, edges in enumerate(neighbours)  # 4
        for v, edge in edges.items()
        if u < v and (worth := priority.of(u, v, edge)) > threshold
    ]
    heapify(queue)
    while queue:  # 5
        changed: set[tuple[int, int]] = set()
        for pair in _pop_tied(queue, neighbours, priority):  # 6, 7
            u, v = sorted((_root(merged_into, node) for node in pair), key=lambda node: -len(neighbours[node]))
            if u != v:
                merged_into[v] = u  # 8
                priority.merge(u, v)
                joined = _merge(neighbours, u, v)
                changed.update((u, w) for w in (neighbours[u] if priority.renews else joined))
        for u, w in {(_root(merged_into, u), _root(merged_into, w)) for u, w in changed}:
            if u != w:
                edge = neighbours[u][w] = neighbours[w][u] = linkage.settle(neighbours[u][w])  # 14
                if (worth := priority.of(u, w, edge)) > threshold:
                    heappush(queue, (-worth, u, w))  # 15
    return np.array([_root(merged_into, node) for node in range(graph.n_nodes)], np.int64)  # 19


def _within_reach(graph: AffinityGraph, above: np.ndarray) -> AffinityGraph:
    """Drop the edges that no merge can touch, given which (m,) are above the threshold.

    A reducible linkage never lifts an edge above the largest of those it came from, so nodes in different
    connected components of the edges above the threshold never meet: the result is the same without their edges.
    """
    components = connected_components(graph.n_nodes, graph.edges[above])
    return graph.keep(components[graph.edges[:, 0]] == components[graph.edges[:, 1]])


def _neighbours(graph: AffinityGraph, linkage: Linkage) -> Neighbours:
    """Return for each node its neighbours and the edges to them, parallel edges joined."""
    assert graph.sizes is not None
    neighbours: Neighbours = [{} for _ in range(graph.n_nodes)]
    for (u, v), value, size in zip(
        graph.edges.tolist(), linkage.fixed(graph.weights).tolist(), graph.sizes.tolist(), strict=True
    ):
        edge = Edge(value * size, size)
        neighbours[u][v] = neighbours[v][u] = edge + neighbours[u][v] if v in neighbours[u] else edge
    return [{v: linkage.settle(edge) for v, edge in edges.items()} for edges in neighbours]


def _pop_tied(queue: list[tuple], neighbours: Neighbours, priority: Priority) -> list[tuple[int, int]]:
    """Take from the queue all edges of the highest priority; those that were removed or changed are passed over (16)."""
    highest, tied = queue[0][0], []
    while queue and queue[0][0] == highest:
        _, u, v = heappop(queue)
        if v in neighbours[u] and priority.of(u, v, neighbours[u][v]) == -highest:
            tied.append((u, v))
    return tied


def _merge(neighbours: Neighbours, u: int, v: int) -> list[int]:
    """Make node v part of node u; return the nodes whose edge to u is new or changed, to be settled.

    Line 17 read literally would drop the edges that only one of the two had; they are kept with their value.
    """
    neighbours[u].pop(v, None)  # 9
    neighbours[v].pop(u, None)
    joined = list(neighbours[v])  # 11
    for w in joined:
        edge = neighbours[w].pop(v)  # 17
        if w in neighbours[u]:  # 10, 12, 13
            edge += neighbours[u][w]
        neighbours[u][w] = neighbours[w][u] = edge  # 18
    neighbours[v] = {}
    return joined


def _root(merged_into: list[int], node: int) -> int:
    """Return the node in which a node is now."""
    while merged_into[node] != node:
        merged_into[node] = merged_into[merged_into[node]]
        node = merged_into[node]
    return node
