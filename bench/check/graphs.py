"""Small graphs on which partitioners are checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import NEIGHBOURS, AffinityGraph, GridGraph, Segments, grid_graph
from partitioners.arrays import FloatArray
from partitioners.graph import Offsets, overlap
from partitioners.pyramid import neighbours


def graph_of(n_nodes: int, edges: Any, weights: Any, sizes: Any = None) -> AffinityGraph:
    """Return a graph whose nodes all look the same, so that partitioners that look at them only see its edges."""
    boxes = np.tile([0, 0, 1, 1], (n_nodes, 1))
    segments = Segments(np.ones(n_nodes, int), boxes, np.ones((n_nodes, 1)), np.zeros((n_nodes, 1)))
    return AffinityGraph(n_nodes, np.reshape(edges, (-1, 2)), np.asarray(weights, float), sizes, segments)


def random_graph(n_nodes: int, n_edges: int, seed: int) -> AffinityGraph:
    """Return a graph of random edges, parallel ones among them, with random weights and sizes."""
    rng = np.random.default_rng(seed)
    edges = rng.integers(n_nodes, size=(n_edges, 2))
    edges = edges[edges[:, 0] != edges[:, 1]]
    return graph_of(n_nodes, edges, rng.random(len(edges)), rng.integers(1, 5, len(edges)))


def tied_graph(n_nodes: int = 400, n_edges: int = 800) -> AffinityGraph:
    """Return a random graph of equal weights, whose parts depend on the order in which a method takes nodes or edges."""
    graph = random_graph(n_nodes, n_edges, seed=7)
    return graph_of(n_nodes, graph.edges, np.full(graph.n_edges, 0.5))


def tied_grid(shape: tuple[int, int] = (20, 20)) -> GridGraph:
    """Return a grid of equal affinities, for which the same holds."""
    return grid_graph(np.full((2, *shape), 0.5), NEIGHBOURS)


def two_cliques(size: int = 6, inside: float = 0.9, bridge: float = 0.001) -> AffinityGraph:
    """Return two complete graphs joined by one edge between their first nodes."""
    clique = np.stack(np.triu_indices(size, 1), axis=1)
    edges = np.concatenate([clique, clique + size, [[0, size]]])
    return graph_of(2 * size, edges, [inside] * (2 * len(clique)) + [bridge])


def example_graphs() -> dict[str, AffinityGraph]:
    """Return small graphs, the odd ones first."""
    affinity = np.random.default_rng(0).random((2, 5, 7))
    pixels = grid_graph(affinity, NEIGHBOURS)
    sparse = random_graph(30, 20, seed=1)
    return {
        "no nodes": graph_of(0, [], []),
        "one node": graph_of(1, [], []),
        "no edges": graph_of(4, [], []),
        "one edge": graph_of(2, [[1, 0]], [0.75]),
        "isolated nodes": graph_of(6, [[1, 4], [4, 2]], [0.9, 0.8]),
        "parallel edges": graph_of(3, [[0, 1], [1, 0], [0, 1], [1, 2]], [0.9, 0.1, 0.6, 0.4], [1, 7, 2, 1]),
        "zero weights": graph_of(4, [[0, 1], [1, 2], [2, 3]], [0, 0, 0]),
        "a zero weight": graph_of(3, [[0, 1], [1, 2]], [0, 1]),
        "weights of one": graph_of(4, [[0, 1], [1, 2], [2, 3]], [1, 1, 1]),
        "tiny weights": graph_of(4, [[0, 1], [1, 2], [2, 3]], [5e-324, 1e-200, 1e-45]),
        "large sizes": graph_of(3, [[0, 1], [1, 2]], [0.9, 0.2], [10**9, 1]),
        "ties": graph_of(6, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 0]], [0.7] * 6),
        "two cliques": two_cliques(),
        "disconnected": sparse,
        "float32": replace(sparse, weights=sparse.weights.astype(np.float32)),
        "dense": random_graph(12, 80, seed=2),
        "grid": graph_of(pixels.n_nodes, pixels.edges, pixels.weights),
    }


def random_grid(shape: tuple[int, int], seed: int, masked: bool = False) -> GridGraph:
    """Return a grid of random affinities to the right and down; where `masked`, half of the pixels take part."""
    rng = np.random.default_rng(seed)
    return grid_graph(rng.random((2, *shape)), NEIGHBOURS, rng.random(shape) < 0.5 if masked else None)


def volume() -> GridGraph:
    """Return a grid of 3 × 4 × 5 voxels with random affinities to the next one along each axis, most of which take part."""
    rng = np.random.default_rng(8)
    return grid_graph(rng.random((3, 3, 4, 5)), neighbours(3), rng.random((3, 4, 5)) < 0.8)


def unknown_outside(affinity: FloatArray, offsets: Offsets) -> FloatArray:
    """Return affinities (A, h, w) that are NaN where the second pixel is outside the image."""
    result = np.full_like(affinity, np.nan)
    for channel, offset in enumerate(offsets):
        first, _ = overlap(*offset)
        result[channel][first] = affinity[channel][first]
    return result


def two_blocks(size: int = 6, inside: float = 0.9, bridge: float = 0.001) -> GridGraph:
    """Return a grid of two square blocks, one above the other."""
    affinity = np.full((2, 2 * size, size), inside)
    affinity[1, size - 1] = bridge
    return grid_graph(affinity, NEIGHBOURS)


def example_grids() -> dict[str, AffinityGraph]:
    """Return small grids, the odd ones first."""
    wide = random_grid((5, 7), seed=0)
    constant = {name: np.full((2, 3, 4), value) for name, value in {"zeros": 0.0, "ones": 1.0, "ties": 0.7}.items()}
    return {
        "no pixels": random_grid((0, 5), seed=0),
        "one pixel": random_grid((1, 1), seed=0),
        "one row": random_grid((1, 6), seed=1),
        "one column": random_grid((6, 1), seed=2),
        "nothing takes part": grid_graph(wide.affinity, NEIGHBOURS, np.zeros((5, 7), bool)),
        **{name: grid_graph(affinity, NEIGHBOURS) for name, affinity in constant.items()},
        "tiny": grid_graph(np.full((2, 2, 2), 5e-324), NEIGHBOURS),
        "wide": wide,
        "float32": grid_graph(wide.affinity.astype(np.float32), NEIGHBOURS),
        "masked": random_grid((8, 9), seed=3, masked=True),
        "two blocks": two_blocks(),
    }


def graphs_alike() -> tuple[AffinityGraph, dict[str, AffinityGraph]]:
    """Return a graph of 20 nodes, and others that are equal to it but for how they lie in memory."""
    graph = random_graph(20, 60, seed=4)
    edges, weights, sizes = graph.edges, graph.weights, np.asarray(graph.sizes)
    alike: dict[str, list[NDArray[Any]]] = {
        "strided": [np.repeat(array, 2, axis=0)[::2] for array in (edges, weights, sizes)],
        "backward": [array[::-1].copy()[::-1] for array in (edges, weights, sizes)],
        "byte-swapped": [edges.astype(">i8"), weights.astype(">f8"), sizes.astype(">u4")],
        "Fortran": [np.asfortranarray(edges, np.uint16), weights, sizes.astype(np.int8)],
    }
    return graph, {name: AffinityGraph(20, e, w, s, graph.segments) for name, (e, w, s) in alike.items()}


def grids_alike() -> tuple[AffinityGraph, dict[str, AffinityGraph]]:
    """Return a grid of 20 pixels, and others that are equal to it but for how they lie in memory."""
    grid = random_grid((4, 5), seed=4)
    alike = {
        "strided": np.repeat(grid.affinity, 2, axis=2)[:, :, ::2],
        "backward": grid.affinity[:, ::-1].copy()[:, ::-1],
        "byte-swapped": grid.affinity.astype(">f8"),
        "Fortran": np.asfortranarray(grid.affinity),
    }
    return grid, {name: grid_graph(affinity, NEIGHBOURS) for name, affinity in alike.items()}


def random_initial(n_nodes: int, seed: int = 3) -> NDArray[np.int64]:
    """Return an initial partition in which about half of the nodes are alone."""
    return np.random.default_rng(seed).integers(-max(n_nodes // 4, 1), max(n_nodes // 4, 1), n_nodes)
