"""Small graphs on which partitioners are checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from partitioners import NEIGHBOURS, AffinityGraph, Segments, grid_graph


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


def random_initial(n_nodes: int, seed: int = 3) -> np.ndarray:
    """Return an initial partition in which about half of the nodes are alone."""
    return np.random.default_rng(seed).integers(-max(n_nodes // 4, 1), max(n_nodes // 4, 1), n_nodes)
