"""Labels that follow a person's corrections at once: pairs of pixels that belong together, or apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners._native import connected_components
from partitioners.errors import InputError
from partitioners.graph import AffinityGraph, GridGraph
from partitioners.greedy.gaec import GAEC
from partitioners.labels import renumber
from partitioners.linkage import fixed_point
from partitioners.summed_edges import SummedEdges

RATIO = 2
"""The mean number of nodes of a layer that make one of the next: many layers of little work each."""
SMALL = 300
"""Layers that would have fewer nodes are left out, but for the last."""
NOWHERE = -1
MOST_PIXEL_EDGES = 2**35
"""The number behind the edges of a graph up to which sums of affinities in fixed point are exact."""

Nodes = NDArray[np.int64]


class Proofreading:
    """The parts of average linkage, and what becomes of them under corrections: exactly the labels of a run from scratch.

    A pair of nodes starts in one part (`must_link`), or is in two in the end (`cannot_link`), as in
    `create("gasp", linkage="average", threshold=threshold).partition_linked(graph, must_link, cannot_link)`. A correction
    costs what lies around it, not the image. The merges of a contraction are kept in layers: a node of a layer is what
    the merges above some affinity have made of nodes of the one below it. As merges never get better, two nodes of a
    layer whose edge was never taken grew without a look at each other. So all that a correction changes is found layer by
    layer: the nodes that it touches, with their neighbours, are contracted anew from the layer below. Where the neighbours
    come out as they were, all beyond them stays too; those that do not are touched as well.

    Args:
        graph: an affinity graph, such as `grid_graph` returns. The first contraction takes a few times as long as
            `gaec(linkage=average)`.
        threshold: merges stop at this affinity in [0, 1].

    Raises:
        InputError: an argument is not as above.
    """

    def __init__(self, graph: AffinityGraph, threshold: float = 0.5) -> None:
        if not isinstance(graph, AffinityGraph):
            raise InputError(f"graph: expected an AffinityGraph, got {type(graph).__name__}")
        checks.number("threshold", threshold, 0, 1)
        if graph.sizes.sum(dtype=np.float64) > MOST_PIXEL_EDGES:
            raise InputError(f"graph: expected sizes that sum up to at most {MOST_PIXEL_EDGES}")
        self._links: Nodes = np.empty((0, 2), np.int64)
        self._cuts: Nodes = np.empty((0, 2), np.int64)
        self._n_nodes = graph.n_nodes
        self._pixels: _Nodes = (
            _Grid(graph) if isinstance(graph, GridGraph) else _Listed(graph.n_nodes, _all_edges(graph))
        )
        self._layers: list[_Layer] = []
        tree = GAEC("average", threshold).merge_tree(graph)
        heights = np.sort(tree.heights)[::-1]
        first: Nodes = np.arange(graph.n_nodes)  # of the graph's nodes, one in each node of the layer before
        edges = _all_edges(graph)
        for level in _levels(heights, graph.n_nodes, int(fixed_point(threshold))):
            parts = connected_components(graph.n_nodes, tree.pairs[tree.heights > level])
            owner, first = parts[first], np.unique(parts, return_index=True)[1]
            edges = edges._replace(ends=owner[edges.ends])
            edges = edges.where(edges.ends[:, 0] != edges.ends[:, 1]).joined()
            self._layers.append(_Layer(level, owner, len(first), edges))

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n_nodes,) int64, the part of each node, 0…k-1 in the order of their first nodes."""
        part = self._layers[-1].owner
        for layer in reversed(self._layers[:-1]):
            part = part[layer.owner]
        return renumber(part)

    def must_link(self, u: int, v: int) -> NDArray[np.int64]:
        """Let two nodes start in one part; return the new `labels`.

        Raises:
            InputError: there is no such node, or the two are to be kept apart.
        """
        self._check(links := np.append(self._links, self._pair(u, v), axis=0), self._cuts)
        self._links = links
        return self._renewed(links[-1], is_link=True)

    def cannot_link(self, u: int, v: int) -> NDArray[np.int64]:
        """Keep two nodes in different parts; return the new `labels`.

        Raises:
            InputError: there is no such node, or the two are to be together.
        """
        self._check(self._links, cuts := np.append(self._cuts, self._pair(u, v), axis=0))
        self._cuts = cuts
        return self._renewed(cuts[-1], is_link=False)

    def _pair(self, u: int, v: int) -> Nodes:
        for name, node in (("u", u), ("v", v)):
            if checks.integer(name, node) >= self._n_nodes:
                raise InputError(f"{name}: expected a node below {self._n_nodes}, got {node}")
        return np.array([[u, v]], np.int64)

    @staticmethod
    def _check(links: Nodes, cuts: Nodes) -> None:
        """Refuse a pair that is to be both together and apart."""
        nodes, place = np.unique(np.concatenate([links, cuts]), return_inverse=True)
        pairs = place.reshape(-1, 2)
        part = connected_components(len(nodes), pairs[: len(links)])
        ends = part[pairs[len(links) :]]
        if (same := ends[:, 0] == ends[:, 1]).any():
            u, v = cuts[same][0].tolist()
            raise InputError(f"expected nodes that are not to be both together and apart, got {u} and {v}")

    def _renewed(self, ends: Nodes, is_link: bool) -> NDArray[np.int64]:
        """Return the labels after a new pair of nodes, its `ends`."""
        links, cuts, below = self._links, self._cuts, self._pixels
        removed: Nodes = np.empty(0, np.int64)
        added = removed
        for layer in self._layers:
            if len(added):
                layer.owner = np.concatenate([layer.owner, np.full(len(added), NOWHERE)])
            owners = layer.owner[ends]
            matters = is_link or owners[0] == owners[1]  # nodes that did not meet are apart
            touched = np.concatenate([removed, ends]) if matters else removed
            removed, added = layer.renew(below, np.unique(layer.owner[touched]), added, links, cuts)
            below, ends, is_link = layer, layer.owner[ends], False
            links, cuts = links[:0], layer.owner[cuts]
        return self.labels


def _levels(heights: NDArray[np.int64], n_nodes: int, threshold: int) -> Iterator[int]:
    """Yield the thresholds of the layers, in fixed point and descending, from the heights of all merges, descending."""
    n_left, target = n_nodes, n_nodes // RATIO
    while target >= SMALL and n_nodes - target < len(heights):
        level = int(heights[n_nodes - target])
        n_merges = int(np.searchsorted(-heights, -level))
        if level > threshold and n_nodes - n_merges < 0.75 * n_left:
            yield level
            n_left = n_nodes - n_merges
        target //= RATIO
    yield threshold


def _all_edges(graph: AffinityGraph) -> SummedEdges:
    """Return the edges of a graph in fixed point, of a grid with the indices of their affinities as `order`."""
    order = np.arange(graph.n_edges)
    if isinstance(graph, GridGraph):
        order = np.concatenate(graph.per_offset(np.arange(graph.affinity.size).reshape(graph.affinity.shape)))
    return SummedEdges(graph.edges, fixed_point(graph.weights) * graph.sizes, graph.sizes, order)


class _Nodes(ABC):
    """Nodes that are contracted."""

    def __init__(self, n_nodes: int) -> None:
        self._place = np.full(n_nodes, NOWHERE)

    @abstractmethod
    def incident(self, nodes: Nodes) -> SummedEdges:
        """Return all edges at some nodes, each once."""

    def positions(self, nodes: Nodes, sought: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each node sought, of any shape, its position among some nodes, or `NOWHERE`."""
        self._place[nodes] = np.arange(len(nodes))
        positions: NDArray[np.int64] = self._place[sought]
        self._place[nodes] = NOWHERE
        return positions


class _Grid(_Nodes):
    """The pixels of a grid: edges are read from the affinities."""

    def __init__(self, graph: GridGraph) -> None:
        super().__init__(graph.n_nodes)
        self._graph = graph
        self._mask = None if graph.mask is None else graph.mask.ravel()

    def incident(self, nodes: Nodes) -> SummedEdges:
        graph = self._graph
        at = np.stack(np.unravel_index(nodes, graph.shape))
        limits = np.array(graph.shape)[:, None]
        found = []
        for channel, offset in enumerate(graph.offsets):
            step = np.array(offset)[:, None]
            for is_first in (True, False):  # of the two pixels of an edge
                first, second = (at, at + step) if is_first else (at - step, at)
                other = second if is_first else first
                inside = ((other >= 0) & (other < limits)).all(axis=0)
                u, v = (np.ravel_multi_index(tuple(ends[:, inside]), graph.shape) for ends in (first, second))
                kept = np.ones(len(u), bool) if is_first else self.positions(nodes, u) == NOWHERE
                if self._mask is not None:
                    kept &= self._mask[u] & self._mask[v]
                u, v = u[kept], v[kept]
                values = fixed_point(graph.affinity[channel].ravel()[u])
                ends, order = np.stack([u, v], axis=1), channel * graph.n_nodes + u
                found.append(SummedEdges(ends, values, np.ones(len(u), np.int64), order))
        return SummedEdges.concatenated(found)


class _Listed(_Nodes):
    """Nodes with a list of edges."""

    def __init__(self, n_nodes: int, edges: SummedEdges) -> None:
        super().__init__(n_nodes)
        self._edges = edges
        ends = edges.ends.ravel()
        by = np.argsort(ends, kind="stable")
        self._at, self._start = by // 2, np.searchsorted(ends[by], np.arange(n_nodes + 1))

    def incident(self, nodes: Nodes) -> SummedEdges:
        at = _slices(self._at, self._start, nodes)
        edges = self._edges.where(at)
        first = self.positions(nodes, edges.ends[:, 0])
        listed = np.repeat(np.arange(len(nodes)), self._start[nodes + 1] - self._start[nodes])
        return edges.where((first == listed) | (first == NOWHERE))


class _Layer(_Listed):
    """The nodes that contraction down to a level has made of those below.

    Args:
        level: the threshold, in fixed point.
        owner: (m,) int64, the node of this layer that each node of the one below is in.
        n_nodes: the number of nodes of this layer.
        edges: the edges between them.
    """

    def __init__(self, level: int, owner: Nodes, n_nodes: int, edges: SummedEdges) -> None:
        super().__init__(n_nodes, edges)
        self.level, self.owner = level, owner
        self.is_alive = np.ones(n_nodes, bool)
        self._n_first = n_nodes
        self._members = np.argsort(owner, kind="stable")
        self._begin = np.searchsorted(owner[self._members], np.arange(n_nodes + 1))
        self._later_members: dict[int, Nodes] = {}
        self._later_edges = SummedEdges.concatenated([])

    def incident(self, nodes: Nodes) -> SummedEdges:
        is_later = self.positions(nodes, self._later_edges.ends).max(axis=1) != NOWHERE
        later = self._later_edges.where(is_later)
        return self._alive(SummedEdges.concatenated([super().incident(nodes[nodes < self._n_first]), later]))

    def members(self, nodes: Nodes) -> Nodes:
        """Return the nodes below that some nodes were made of, those too that are no more."""
        later = [self._later_members[node] for node in nodes[nodes >= self._n_first].tolist()]
        return np.concatenate([_slices(self._members, self._begin, nodes[nodes < self._n_first]), *later])

    def renew(self, below: _Nodes, touched: Nodes, added: Nodes, links: Nodes, cuts: Nodes) -> tuple[Nodes, Nodes]:
        """Contract anew what has changed; return the nodes of this layer that are no more, and those that are new.

        Args:
            below: the layer below.
            touched: nodes of this layer of which something below has changed.
            added: new nodes of the layer below, whose owner is `NOWHERE` yet.
            links, cuts: (k, 2) nodes of the layer below that start in one part, or never get into one.
        """
        chosen = touched[touched != NOWHERE]
        if not len(chosen):
            return chosen, chosen
        nodes = part = chosen[:0]
        n_contracted = 0
        while True:
            ring = np.setdiff1d(self.incident(chosen).ends, chosen)
            region = np.concatenate([ring, chosen])
            if len(region) > n_contracted:  # it never loses any
                members = self.members(region)
                nodes = np.concatenate(
                    [members[below.is_alive[members]] if isinstance(below, _Layer) else members, added]
                )
                part = _contracted(below, nodes, self.level, links, cuts)
                n_contracted = len(region)
            owner = self.owner[nodes]
            place = self.positions(region, owner)
            is_ours = (place >= len(ring)) | (owner == NOWHERE)
            changed = np.unique(place[~is_ours & _is_mixed(np.where(is_ours, len(ring), place), part)])
            if not len(changed):
                return chosen, self._replace(below, chosen, nodes[is_ours], part[is_ours])
            chosen = np.concatenate([chosen, ring[changed]])

    def _replace(self, below: _Nodes, chosen: Nodes, nodes: Nodes, part: Nodes) -> Nodes:
        """Put new nodes in place of those chosen, one for each part of some nodes below, and return them."""
        n_before = len(self.is_alive)
        number = renumber(part)
        new = n_before + np.arange(int(number.max()) + 1)
        self.is_alive[chosen] = False
        self.is_alive = np.concatenate([self.is_alive, np.ones(len(new), bool)])
        self._place = np.concatenate([self._place, np.full(len(new), NOWHERE)])
        self.owner[nodes] = n_before + number
        by = np.argsort(number, kind="stable")
        starts = np.searchsorted(number[by], np.arange(1, len(new)))
        self._later_members.update(zip(new.tolist(), np.split(nodes[by], starts), strict=True))
        edges = below.incident(nodes)
        edges = edges._replace(ends=self.owner[edges.ends])
        edges = edges.where(edges.ends[:, 0] != edges.ends[:, 1]).joined()
        self._later_edges = SummedEdges.concatenated([self._alive(self._later_edges), edges])
        return new

    def _alive(self, edges: SummedEdges) -> SummedEdges:
        return edges.where(self.is_alive[edges.ends].min(axis=1, initial=True))


def _contracted(layer: _Nodes, nodes: Nodes, level: int, links: Nodes, cuts: Nodes) -> Nodes:
    """Return (n,) int64, the part of each of some nodes of a layer, contracted down to a level on their own."""
    edges = layer.incident(nodes)
    ends, links, cuts = (layer.positions(nodes, pairs) for pairs in (edges.ends, links, cuts))
    edges = edges._replace(ends=ends).where((ends != NOWHERE).all(axis=1))
    start = connected_components(len(nodes), links[(links != NOWHERE).all(axis=1)])
    ends, values, sizes = edges.as_means()
    ends = start[ends]
    kept = ends[:, 0] != ends[:, 1]
    n_nodes = int(start.max(initial=-1)) + 1
    arguments = n_nodes, ends[kept], values[kept], sizes[kept], "average", level
    cuts = start[cuts[(cuts != NOWHERE).all(axis=1)]]
    if not len(cuts):
        return _native.contract(*arguments)[start]
    return _native.contract_constrained(*arguments, False, cuts, np.ones(n_nodes, np.int64), 0, 2**31 - 1, 1)[start]


def _is_mixed(owner: Nodes, part: Nodes) -> NDArray[np.bool_]:
    """Return (n,) bool, which nodes have an owner that is in several parts, or are in a part of several owners."""
    part_of, owner_of = (np.zeros(int(values.max()) + 1, np.int64) for values in (owner, part))
    part_of[owner], owner_of[part] = part, owner  # of several, one
    is_split, is_shared = np.zeros(len(part_of), bool), np.zeros(len(owner_of), bool)
    is_split[owner[part_of[owner] != part]] = True
    is_shared[part[owner_of[part] != owner]] = True
    is_split[owner[is_shared[part]]] = True
    return is_split[owner]


def _slices(values: Nodes, start: Nodes, which: Nodes) -> Nodes:
    """Return values[start[i] : start[i + 1]] of all i in `which`, one after the other."""
    counts = start[which + 1] - start[which]
    shift = np.repeat(start[which] - np.append(0, np.cumsum(counts))[: len(which)], counts)
    slices: Nodes = values[np.arange(len(shift)) + shift]
    return slices
