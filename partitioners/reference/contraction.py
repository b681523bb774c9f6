"""Greedy contraction: the one core behind GAEC and PA-GAEC (Algorithm 1 of Deep Affinity Net, lines 1 to 19)."""

from __future__ import annotations

from fractions import Fraction
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from partitioners._native import connected_components
from partitioners.graph import FixedPoint, Graph, LiftedGraph
from partitioners.linkage import Edge, Linkage, fixed_point


class Priority:
    """The order of edges: here, the largest affinity first. `PositionAware` refines it.

    Priorities never exceed affinities where `linkage.reducible`.
    """

    renews = False
    """A merge changes the priority of all edges of the merged node, not only of those that were joined."""

    def __init__(self, linkage: Linkage) -> None:
        self.linkage = linkage

    def of(self, u: int, v: int, edge: Edge) -> float | Fraction:
        """Return the priority of the edge between nodes u and v, in fixed-point units."""
        return self.linkage.worth(edge)

    def merge(self, u: int, v: int) -> None:
        """Take note that node v has become part of node u."""


def contract(graph: Graph, priority: Priority, threshold: float) -> NDArray[np.int64]:
    """Merge the two ends of the edge of highest priority until none is above the threshold.

    Equal priorities go by the smallest original edge index behind the edge. Time O(n² log n) at worst for n nodes
    (section 4.5), O(n log n) on grids.

    Args:
        graph: any graph; parallel edges are joined by the linkage first.
        priority: the order of edges, with its linkage.
        threshold: an affinity, or a cost.

    Returns:
        (n_nodes,) int64, for each node the node it ended in.
    """
    linkage = priority.linkage
    fixed = graph.in_fixed_point(linkage)
    least = int(fixed_point(threshold, fixed.exponent))
    within = _within_reach(graph, fixed.values > least) if linkage.reducible else np.ones(graph.n_edges, bool)
    neighbours = _neighbours(graph, fixed, within, linkage)  # 1-3
    connected = _connected(graph)
    queue: list[tuple[float | Fraction, int, int, int]] = []
    for u, edges in enumerate(neighbours):  # 4
        for v, edge in edges.items():
            if u < v and v in connected[u] and (worth := priority.of(u, v, edge)) > least:
                queue.append((-worth, edge.order, u, v))
    heapify(queue)
    merged_into = np.arange(graph.n_nodes)
    while queue:  # 5
        worth, index, u, v = heappop(queue)  # 6, 7
        queued = neighbours[u].get(v)
        if queued is None or queued.order != index or priority.of(u, v, queued) != -worth:
            continue  # 16: what was removed or changed is still queued, and passed over here
        if len(neighbours[u]) < len(neighbours[v]):
            u, v = v, u
        merged_into[v] = u  # 8
        priority.merge(u, v)
        for w in connected[v]:
            connected[w] = connected[w] - {v} | {u}
        connected[u] = (connected[u] | connected[v]) - {u, v}
        joined = _merge(neighbours, u, v, linkage)
        for w in neighbours[u] if priority.renews else joined:  # 15
            edge = neighbours[u][w]
            if w in connected[u] and (worth := priority.of(u, w, edge)) > least:
                heappush(queue, (-worth, edge.order, u, w))
    return _roots(merged_into)  # 19


def _connected(graph: Graph) -> list[set[int]]:
    """Return for each node those to which it has an edge that is not lifted."""
    edges = graph.edges[~graph.is_lifted] if isinstance(graph, LiftedGraph) else graph.edges
    connected: list[set[int]] = [set() for _ in range(graph.n_nodes)]
    for u, v in edges.tolist():
        connected[u].add(v)
        connected[v].add(u)
    return connected


def _within_reach(graph: Graph, above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which edges a merge can touch, (m,) bool; `above`, (m,) bool, are above the threshold.

    A reducible linkage never lifts an edge above the larger of the two it came from, so nodes in different
    connected components of the edges above the threshold never meet: the result is the same without their edges.
    """
    components = connected_components(graph.n_nodes, graph.edges[above])
    same: NDArray[np.bool_] = components[graph.edges[:, 0]] == components[graph.edges[:, 1]]
    return same


def _neighbours(graph: Graph, fixed: FixedPoint, within: NDArray[np.bool_], linkage: Linkage) -> list[dict[int, Edge]]:
    """Return for each node its neighbours and the edges to them, parallel edges joined, of those `within` reach."""
    totals: dict[tuple[int, int], tuple[int, int, int]] = {}
    columns = (values.tolist() for values in (graph.edges, fixed.values, fixed.sizes, within))
    for index, ((u, v), value, size, touched) in enumerate(zip(*columns, strict=True)):
        if not touched:
            continue
        key = (u, v) if u < v else (v, u)
        total, total_size, first = totals.get(key, (0, 0, index))
        totals[key] = (total + value * size, total_size + size, first)
    neighbours: list[dict[int, Edge]] = [{} for _ in range(graph.n_nodes)]
    for (u, v), (total, size, index) in totals.items():
        neighbours[u][v] = neighbours[v][u] = Edge(linkage.start(total, size), size, index)
    return neighbours


def _merge(neighbours: list[dict[int, Edge]], u: int, v: int, linkage: Linkage) -> list[int]:
    """Make node v part of node u; return the neighbours of u whose edge to u is new or changed.

    Line 17 read literally would drop the edges that only one of the two had; they are kept with their value.
    """
    del neighbours[u][v], neighbours[v][u]  # 9
    joined = list(neighbours[v])  # 11
    for w in joined:
        edge = neighbours[w].pop(v)  # 17
        if w in neighbours[u]:  # 10, 12, 13
            edge = linkage.merge(neighbours[u][w], edge)  # 14
        neighbours[u][w] = neighbours[w][u] = edge  # 18
    neighbours[v] = {}
    return joined


def _roots(merged_into: NDArray[np.int64]) -> NDArray[np.int64]:
    """Follow each node to where it ended, by doubling the length of all chains until they stop."""
    while not np.array_equal(further := merged_into[merged_into], merged_into):
        merged_into = further
    return merged_into
