"""Values of another type than is expected: an error that names the argument, what was expected and what came."""

from collections.abc import Callable

import numpy as np
import pytest

from partitioners import (
    NEIGHBOURS,
    AffinityPyramid,
    CascadeGAEC,
    GraphPartitioner,
    InputError,
    PyramidLevel,
    create,
    grid_graph,
    partitioner_for,
    read_multicut,
    register,
    write_multicut,
)
from partitioners.blocks import partition_blocks

ARRAY = np.zeros((2, 3, 4), np.float32)
GOT_ARRAY = "got an array of shape (2, 3, 4) and float32"
GRAPH = grid_graph(ARRAY, NEIGHBOURS)
LEVEL = PyramidLevel(ARRAY, np.ones((1, 3, 4)))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: create("gaec").partition(ARRAY), f"{GOT_ARRAY}; grid_graph makes a graph of affinities"),
        (lambda: create("gaec").partition(GraphPartitioner), "problem: expected an AffinityGraph, a CostGraph or an "),
        (lambda: create("gaec").partition(GraphPartitioner), "got the class GraphPartitioner"),
        (lambda: create("gaec").segment(GRAPH), "pyramid: expected an AffinityPyramid, got a GridGraph"),
        (lambda: create("cascade-gaec").segment("a.npz"), "pyramid: expected an AffinityPyramid, got 'a.npz'"),
        (lambda: create("gaec").merge_tree(ARRAY), f"graph: expected a Graph, {GOT_ARRAY}"),
        (lambda: create(create("gaec")), "partitioner: expected NAME or NAME(KEY=VALUE, …), got GAEC("),
        (lambda: CascadeGAEC(affinity=ARRAY), f"affinity: expected a graph partitioner, the name of one or None, {GOT_ARRAY}"),
        (lambda: partitioner_for(ARRAY), f"pyramid: expected an AffinityPyramid, {GOT_ARRAY}"),
        (lambda: AffinityPyramid.load(None), "path: expected a path, got None"),
        (lambda: AffinityPyramid((LEVEL,), ["a"], 1, (3, 4)), "classes: expected a ClassTable, got ['a']"),
        (lambda: AffinityPyramid(LEVEL, None, 1, (3, 4)), "levels: expected a sequence of PyramidLevel, got a PyramidLevel"),
        (lambda: read_multicut(GRAPH), "path: expected a path, got a GridGraph"),
        (lambda: write_multicut("a.txt", ARRAY), f"graph: expected a Graph, {GOT_ARRAY}"),
        (lambda: register(GraphPartitioner), "name: expected a text, as in @register('my-own'), got the class"),
        (lambda: partition_blocks(ARRAY, "a.zarr", create("gaec")), f"source: expected a path, {GOT_ARRAY}"),
        (lambda: partition_blocks("no.zarr", "a.zarr", "gaec"), "partitioner: expected a GraphPartitioner, got 'gaec'"),
        (lambda: partition_blocks("no.zarr", "a.zarr", create("gaec")), "no.zarr: no such zarr array"),
    ],
)  # fmt: skip
def test_the_argument_is_named(call: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError) as raised:
        call()
    assert said in str(raised.value)
