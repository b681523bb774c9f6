"""What every graph partitioner must do: one function per promise, for built-in ones and for plug-ins.

Each check takes `make`, which is given a number of nodes and returns the partitioner, and raises an
`AssertionError` where the promise is broken:

    for check in CHECKS:
        check(lambda n_nodes: MyPartitioner())
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from partitioners import (
    NEIGHBOURS,
    AffinityGraph,
    AffinityPyramid,
    ClassTable,
    GraphPartitioner,
    GridGraph,
    InputError,
    PyramidLevel,
    Segments,
    grid_graph,
)
from partitioners._native import connected_components
from partitioners.base import UNASSIGNED
from partitioners.peers.grid import GridPartitioner

Make = Callable[[int], GraphPartitioner]


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


def random_grid(shape: tuple[int, int], seed: int, masked: bool = False) -> GridGraph:
    """Return a grid of random affinities to the right and down; where `masked`, half of the pixels take part."""
    rng = np.random.default_rng(seed)
    return grid_graph(rng.random((2, *shape)), NEIGHBOURS, rng.random(shape) < 0.5 if masked else None)


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


def takes_grids_only(make: Make) -> bool:
    """Whether a partitioner takes grids and no other graphs."""
    return isinstance(make(1), GridPartitioner)


def examples(make: Make) -> dict[str, AffinityGraph]:
    """Return small graphs of the kind that a partitioner takes."""
    return example_grids() if takes_grids_only(make) else example_graphs()


def random_initial(n_nodes: int, seed: int = 3) -> np.ndarray:
    """Return an initial partition in which about half of the nodes are alone."""
    return np.random.default_rng(seed).integers(-max(n_nodes // 4, 1), max(n_nodes // 4, 1), n_nodes)


def answers(make: Make) -> dict[str, list[int]]:
    """Return the labels of all example graphs, with and without an initial partition."""
    result = {}
    for name, graph in examples(make).items():
        partitioner = make(graph.n_nodes)
        result[name] = partitioner.partition(graph).tolist()
        result[f"{name}, initial"] = partitioner.partition(graph, random_initial(graph.n_nodes)).tolist()
    return result


def assert_canonical(labels: np.ndarray, n_nodes: int) -> None:
    """Refuse labels that are not (n_nodes,) int64 0…k-1, numbered by their first node, or -1."""
    assert isinstance(labels, np.ndarray) and labels.shape == (n_nodes,) and labels.dtype == np.int64
    seen = 0
    for label in labels.tolist():
        assert UNASSIGNED <= label <= seen, f"label {label} comes before {seen}"
        seen += label == seen


def assert_joined(labels: np.ndarray, initial: np.ndarray) -> None:
    """Refuse labels that separate nodes of one initial part."""
    for part in np.unique(initial[initial >= 0]):
        assert len(np.unique(labels[initial == part])) == 1, f"initial part {part} was separated"


def check_labels(make: Make) -> None:
    """Labels have the promised shape, dtype and numbering, with and without an initial partition."""
    for graph in examples(make).values():
        partitioner = make(graph.n_nodes)
        assert_canonical(partitioner.partition(graph), graph.n_nodes)
        assert_canonical(partitioner.partition(graph, random_initial(graph.n_nodes)), graph.n_nodes)


def check_deterministic(make: Make) -> None:
    """A second call, and a second object made alike, give the same labels."""
    for name, graph in examples(make).items():
        partitioner = make(graph.n_nodes)
        first = partitioner.partition(graph)
        assert np.array_equal(first, partitioner.partition(graph)), f"{name}: the second call differs"
        assert np.array_equal(first, make(graph.n_nodes).partition(graph)), f"{name}: the second object differs"


def check_input_unchanged(make: Make) -> None:
    """Read-only arrays are accepted, and no array is changed."""
    for graph in examples(make).values():
        initial = random_initial(graph.n_nodes)
        kept = [*vars(graph).values(), *vars(graph.segments or graph).values(), initial]
        arrays = [value for value in kept if isinstance(value, np.ndarray)]
        before = [array.copy() for array in arrays]
        for array in arrays:
            array.setflags(write=False)
        make(graph.n_nodes).partition(graph)
        make(graph.n_nodes).partition(graph, initial)
        assert all(np.array_equal(array, copy) for array, copy in zip(arrays, before, strict=True))


def check_initial(make: Make) -> None:
    """Nodes of one initial part end in one part, whatever integers number the parts."""
    for graph in examples(make).values():
        initial = random_initial(graph.n_nodes)
        labels = make(graph.n_nodes).partition(graph, initial)
        assert_joined(labels, initial)
        top = np.iinfo(np.int64).max
        for alike in (np.where(initial < 0, -top, top - initial), initial.astype(np.int8), initial.tolist()):
            assert np.array_equal(labels, make(graph.n_nodes).partition(graph, alike))


def check_layouts(make: Make) -> None:
    """Strided, Fortran-ordered and byte-swapped arrays and small integers give the same labels as plain ones."""
    graph, alike = grids_alike() if takes_grids_only(make) else graphs_alike()
    initial = random_initial(20)
    expected = make(20).partition(graph, initial)
    for name, other in alike.items():
        labels = make(20).partition(other, np.repeat(initial, 2)[::2])
        assert np.array_equal(labels, expected), name


def graphs_alike() -> tuple[AffinityGraph, dict[str, AffinityGraph]]:
    """Return a graph of 20 nodes, and others that are equal to it but for how they lie in memory."""
    graph = random_graph(20, 60, seed=4)
    arrays = {
        "strided": [np.repeat(array, 2, axis=0)[::2] for array in (graph.edges, graph.weights, graph.sizes)],
        "backward": [array[::-1].copy()[::-1] for array in (graph.edges, graph.weights, graph.sizes)],
        "byte-swapped": [graph.edges.astype(">i8"), graph.weights.astype(">f8"), graph.sizes.astype(">u4")],
        "Fortran": [np.asfortranarray(graph.edges, np.uint16), graph.weights, graph.sizes.astype(np.int8)],
    }
    return graph, {name: AffinityGraph(20, *three, graph.segments) for name, three in arrays.items()}


def grids_alike() -> tuple[AffinityGraph, dict[str, AffinityGraph]]:
    """Return a grid of 20 pixels, and others that are equal to it but for how they lie in memory."""
    grid = random_grid((4, 5), seed=4)
    arrays = {
        "strided": np.repeat(grid.affinity, 2, axis=2)[:, :, ::2],
        "backward": grid.affinity[:, ::-1].copy()[:, ::-1],
        "byte-swapped": grid.affinity.astype(">f8"),
        "Fortran": np.asfortranarray(grid.affinity),
    }
    return grid, {name: grid_graph(affinity, NEIGHBOURS) for name, affinity in arrays.items()}


def check_bad_input(make: Make) -> None:
    """Anything but a graph or a pyramid, and an initial partition of another kind, is an `InputError`."""
    graph = random_grid((1, 5), seed=5) if takes_grids_only(make) else random_graph(5, 8, seed=5)
    wrong_initial = [np.zeros(4, int), np.zeros((5, 1), int), np.zeros(5), np.zeros(5, bool), [[1], [1, 2]], "abcde", 0]
    calls = [(problem, None) for problem in (None, "graph", graph.edges, [graph])]
    for problem, initial in calls + [(graph, initial) for initial in wrong_initial]:
        try:
            make(5).partition(problem, initial)
        except InputError as error:
            assert str(error).startswith(("problem:", "initial:")), f"{error} does not name the argument"
        else:
            raise AssertionError(f"accepted {problem!r} with initial {initial!r}")


def check_components(make: Make) -> None:
    """Nodes that no path of edges connects are never joined."""
    for name, graph in examples(make).items():
        labels = make(graph.n_nodes).partition(graph)
        components = connected_components(graph.n_nodes, graph.edges)
        for label in np.unique(labels[labels != UNASSIGNED]):
            assert len(np.unique(components[labels == label])) == 1, f"{name}: joined what is not connected"


def check_two_cliques(make: Make) -> None:
    """Two cliques with a weak bridge are two parts, if one node of each is labelled at the start."""
    graph = two_blocks() if takes_grids_only(make) else two_cliques()
    half = graph.n_nodes // 2
    initial = np.full(graph.n_nodes, -1)
    initial[[1, half + 1]] = 0, 1
    labels = make(graph.n_nodes).partition(graph, initial)
    assert labels.tolist() == [0] * half + [1] * half, f"got {labels.tolist()}"


def check_pyramid(make: Make) -> None:
    """A pyramid's finest level is cut into a `Segmentation` of the image's size; stuff is background."""
    rng = np.random.default_rng(6)
    thing = np.zeros((5, 6))
    thing[:, :4] = 1
    levels = [
        PyramidLevel(rng.random((2, 5, 6)), np.stack([1 - thing, thing]), rng.random((2, 5, 6))),
        PyramidLevel(rng.random((2, 3, 3)), np.full((2, 3, 3), 0.5), rng.random((2, 3, 3))),
    ]
    pyramid = AffinityPyramid(tuple(levels), ClassTable(("road", "car"), (False, True)), stride=2, image_size=(9, 12))
    found = make(30).partition(pyramid)
    assert found.labels.shape == (9, 12) and found.labels.dtype == np.int32
    assert not found.labels[:, 8:].any(), "a pixel of stuff is part of an instance"
    assert (found.classes == 1).all() and (found.scores == 1).all()
    assert np.array_equal(found.labels, make(30).partition(pyramid).labels)


CHECKS = (
    check_labels,
    check_deterministic,
    check_input_unchanged,
    check_initial,
    check_layouts,
    check_bad_input,
    check_components,
    check_two_cliques,
    check_pyramid,
)
