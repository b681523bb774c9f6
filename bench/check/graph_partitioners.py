"""The promises of every graph partitioner: one function per promise.

Each takes `make`, which is given a number of nodes and returns the partitioner, and can be pickled.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.check.graphs import (
    example_graphs,
    example_grids,
    graphs_alike,
    grids_alike,
    random_graph,
    random_grid,
    random_initial,
    tied_graph,
    tied_grid,
    two_blocks,
    two_cliques,
    unknown_outside,
    volume,
)
from bench.check.promises import Broken, checks_of, expect, expect_threads_agree
from bench.check.pyramids import random_pyramid, without_outside
from partitioners import AffinityGraph, AffinityPyramid, ClassTable, GraphPartitioner, InputError, PyramidLevel
from partitioners._native import connected_components
from partitioners.arrays import IntegerArray
from partitioners.labels import UNASSIGNED
from partitioners.peers.grid import GridPartitioner

Make = Callable[[int], GraphPartitioner]

_SEGMENTS = "it cuts segments, which a graph of pixels does not have"
EXEMPT = {
    "one-cluster": {
        "components": "it is a control, which joins all",
        "two cliques": "it is a control, which joins all",
    },
    "oracle": {"components": "it is a control, which does not look at edges"},
    "pa-gaec": {"outside": _SEGMENTS, "pyramid": _SEGMENTS},
    "pa-gaec-reference": {"outside": _SEGMENTS, "pyramid": _SEGMENTS},
    "singletons": {"two cliques": "it is a control, which joins nothing"},
    "skimage-felzenszwalb": {"two cliques": "it cuts an image of the boundaries, on which a boundary is a part"},
}
"""Promises that are broken on purpose, and why, by the names of partitioners."""


def takes_grids_only(make: Make) -> bool:
    """Say whether a partitioner takes grids and no other graphs."""
    return isinstance(make(1), GridPartitioner)


def examples(make: Make) -> dict[str, AffinityGraph]:
    """Return small graphs of the kind that a partitioner takes; one that refuses volumes with an `InputError` gets none."""
    graphs, grid = example_grids() if takes_grids_only(make) else example_graphs(), volume()
    try:
        make(grid.n_nodes).partition(grid)
    except InputError:
        return graphs
    except Exception:  # a promise is broken: the checks tell which
        pass
    return {**graphs, "volume": grid}


def answers(make: Make) -> dict[str, list[int]]:
    """Return the labels of all example graphs, with and without an initial partition."""
    result = {}
    for name, graph in examples(make).items():
        partitioner = make(graph.n_nodes)
        result[name] = partitioner.partition(graph).tolist()
        result[f"{name}, initial"] = partitioner.partition(graph, random_initial(graph.n_nodes)).tolist()
    return result


def expect_canonical(labels: NDArray[Any], n_nodes: int, name: str) -> None:
    """Refuse labels that are not (n_nodes,) int64 0…k-1, numbered by their first node, or -1."""
    expect(isinstance(labels, np.ndarray), f"{name}: expected an array, got {type(labels).__name__}")
    got = f"{labels.shape} {labels.dtype}"
    expect(labels.shape == (n_nodes,) and labels.dtype == np.int64, f"{name}: expected ({n_nodes},) int64, got {got}")
    seen = 0
    for label in labels.tolist():
        expect(UNASSIGNED <= label <= seen, f"{name}: label {label} comes before {seen}")
        seen += label == seen


def expect_joined(labels: IntegerArray, initial: IntegerArray, name: str) -> None:
    """Refuse labels that separate nodes of one initial part."""
    for part in np.unique(initial[initial >= 0]):
        expect(len(np.unique(labels[initial == part])) == 1, f"{name}: the nodes of initial part {part} are separated")


def check_cut(make: Make) -> None:
    """`_cut` returns an array with one integer per node, negative for nodes of no part."""
    for name, graph in examples(make).items():
        found = make(graph.n_nodes)._cut(graph, np.zeros(graph.n_nodes, bool))
        expect(isinstance(found, np.ndarray), f"{name}: expected a numpy array, got {type(found).__name__}")
        expect(found.shape == (graph.n_nodes,), f"{name}: expected shape ({graph.n_nodes},), got {found.shape}")
        expect(found.dtype.kind in "iu", f"{name}: expected integers, got dtype {found.dtype}")


def check_labels(make: Make) -> None:
    """Labels are int64, numbered 0…k-1 by their first node or -1, with and without an initial partition."""
    for name, graph in examples(make).items():
        partitioner = make(graph.n_nodes)
        expect_canonical(partitioner.partition(graph), graph.n_nodes, name)
        expect_canonical(partitioner.partition(graph, random_initial(graph.n_nodes)), graph.n_nodes, f"{name}, initial")


def check_deterministic(make: Make) -> None:
    """A second call, and a second object made alike, give the same labels."""
    for name, graph in examples(make).items():
        partitioner = make(graph.n_nodes)
        first = partitioner.partition(graph)
        expect(np.array_equal(first, partitioner.partition(graph)), f"{name}: the second call differs")
        expect(np.array_equal(first, make(graph.n_nodes).partition(graph)), f"{name}: the second object differs")


def check_another_process(make: Make) -> None:
    """Another process, where Python hashes strings differently, gives the same labels."""
    seed = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "1" if seed != "1" else "2"
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            there = pool.submit(answers, make).result()
    finally:
        os.environ.pop("PYTHONHASHSEED") if seed is None else os.environ.update(PYTHONHASHSEED=seed)
    for name, labels in answers(make).items():
        expect(labels == there[name], f"{name}: got {labels} here and {there[name]} there")


def check_threads(make: Make) -> None:
    """Calls of one object from several threads at once give the labels that one thread gets."""
    graph = tied_grid() if takes_grids_only(make) else tied_graph()
    partitioner = make(graph.n_nodes)
    expect_threads_agree(lambda: partitioner.partition(graph))


def check_input_unchanged(make: Make) -> None:
    """Read-only arrays are accepted, and no array is changed."""
    for name, graph in examples(make).items():
        initial = random_initial(graph.n_nodes)
        values = vars(graph) | vars(graph.segments or graph) | {"initial": initial}
        arrays = {field: value for field, value in values.items() if isinstance(value, np.ndarray)}
        before = {field: array.copy() for field, array in arrays.items()}
        initial.setflags(write=False)
        make(graph.n_nodes).partition(graph)
        make(graph.n_nodes).partition(graph, initial)
        for field, array in arrays.items():
            expect(np.array_equal(array, before[field]), f"{name}: {field} were changed")


def check_initial(make: Make) -> None:
    """Nodes of one initial part end in one part, whatever integers number the parts."""
    for name, graph in examples(make).items():
        initial = random_initial(graph.n_nodes)
        labels = make(graph.n_nodes).partition(graph, initial)
        expect_joined(labels, initial, name)
        top = np.iinfo(np.int64).max
        for alike in (np.where(initial < 0, -top, top - initial), initial.astype(np.int8), initial.tolist()):
            again = make(graph.n_nodes).partition(graph, alike)
            expect(np.array_equal(labels, again), f"{name}: the same parts with other numbers give other labels")


def check_layouts(make: Make) -> None:
    """Strided, Fortran-ordered and byte-swapped arrays and small integers give the same labels as plain ones."""
    graph, alike = grids_alike() if takes_grids_only(make) else graphs_alike()
    initial = random_initial(20)
    expected = make(20).partition(graph, initial)
    for name, other in alike.items():
        labels = make(20).partition(other, np.repeat(initial, 2)[::2])
        expect(np.array_equal(labels, expected), f"{name} arrays give other labels")


def check_outside(make: Make) -> None:
    """Affinities whose second pixel is outside the image are not read."""
    initial = random_initial(72)
    for masked in (False, True):
        grid = random_grid((8, 9), seed=3, masked=masked)
        other = replace(grid, affinity=unknown_outside(grid.affinity, grid.offsets))
        for start in (None, initial):
            same = np.array_equal(make(72).partition(grid, start), make(72).partition(other, start))
            expect(same, "the labels depend on them")
    pyramid = random_pyramid((8, 9))
    expected, found = make(72).segment(pyramid), make(72).segment(without_outside(pyramid))
    expect(np.array_equal(expected.labels, found.labels), "the instances depend on them")


def check_bad_input(make: Make) -> None:
    """Anything but a graph or a pyramid, and an initial partition of another kind, is an `InputError`."""
    graph = random_grid((1, 5), seed=5) if takes_grids_only(make) else random_graph(5, 8, seed=5)
    wrong_initial = [np.zeros(4, int), np.zeros((5, 1), int), np.zeros(5), np.zeros(5, bool), [[1], [1, 2]], "abcde", 0]
    calls = [(problem, None) for problem in (None, "graph", graph.edges, [graph])]
    for problem, initial in calls + [(graph, initial) for initial in wrong_initial]:
        try:
            make(5).partition(problem, initial)  # type: ignore[call-overload]
        except InputError as error:
            named = str(error).startswith(("problem:", "initial:"))
            expect(named, f"the message {str(error)!r} does not begin with the name of the argument")
        else:
            raise Broken(f"accepted {problem!r} with initial {initial!r}")


def check_components(make: Make) -> None:
    """Nodes that no path of edges connects are never joined."""
    for name, graph in examples(make).items():
        labels = make(graph.n_nodes).partition(graph)
        components = connected_components(graph.n_nodes, graph.edges)
        for label in np.unique(labels[labels != UNASSIGNED]):
            nodes = np.flatnonzero(labels == label)
            expect(len(np.unique(components[nodes])) == 1, f"{name}: joined {nodes.tolist()}, which are not connected")


def check_two_cliques(make: Make) -> None:
    """Two cliques with a weak bridge are two parts, if one node of each is labelled at the start."""
    graph = two_blocks() if takes_grids_only(make) else two_cliques()
    half = graph.n_nodes // 2
    initial = np.full(graph.n_nodes, -1)
    initial[[1, half + 1]] = 0, 1
    labels = make(graph.n_nodes).partition(graph, initial)
    expect(labels.tolist() == [0] * half + [1] * half, f"got {labels.tolist()}")


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
    found = make(30).segment(pyramid)
    expect(found.labels.shape == (9, 12), f"expected labels of (9, 12) pixels, got {found.labels.shape}")
    expect(not found.labels[:, 8:].any(), "a pixel of stuff is part of an instance")
    expect(bool((found.classes == 1).all() and (found.scores == 1).all()), "expected sure things, got others")
    expect(np.array_equal(found.labels, make(30).segment(pyramid).labels), "the second object differs")


def check_volume(make: Make) -> None:
    """A volume's pyramid is cut into a `Segmentation` of its size, or refused with an `InputError`."""
    pyramid = random_pyramid((3, 4, 5), depth=1)
    try:
        found = make(60).segment(pyramid)
    except InputError:
        return
    expect(found.labels.shape == (3, 4, 5), f"expected labels of (3, 4, 5) voxels, got {found.labels.shape}")
    expect(not found.labels[~pyramid.is_thing(1)].any(), "a voxel of stuff is part of an instance")


CHECKS = checks_of(globals())
