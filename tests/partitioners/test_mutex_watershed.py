"""The native mutex watershed is its reference's, a peer's and that of a few nodes by hand."""

import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_costs import cost_graphs

from partitioners import AffinityGraph, InputError, create, grid_graph
from partitioners.labels import renumber

OFFSETS = [
    ((0, 1), (1, 0), (0, 3), (3, 0), (2, -2)),
    ((0, 0, 1), (0, 1, 0), (1, 0, 0), (0, -3, 0), (-2, 2, 1)),
    ((1,), (4,)),
]
RING = AffinityGraph(5, [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]], [0.9, 0.8, 0.7, 0.6, 0.05])


FINENESS = st.sampled_from([2, 8, 10**6])


@st.composite
def problems(draw, steps=FINENESS):
    """Grids of any rank with a mask and an initial partition, tied or not."""
    rng, offsets = np.random.default_rng(draw(st.integers(0, 2**32))), draw(st.sampled_from(OFFSETS))
    shape = draw(st.tuples(*[st.integers(1, 7)] * len(offsets[0])))
    fineness = draw(steps)
    affinity = np.rint(rng.random((len(offsets), *shape)) * fineness) / fineness
    mask = draw(st.sampled_from([None, rng.random(shape) < 0.9]))
    initial = draw(st.sampled_from([None, rng.integers(-4, 3, np.prod(shape))]))
    return grid_graph(affinity, offsets, mask), initial


def same(graph, initial, **parameters):
    native, reference = (
        create(name, **parameters).partition(graph, initial)
        for name in ("mutex-watershed", "mutex-watershed-reference")
    )
    return native.tolist() == reference.tolist()


@given(problems(), st.booleans(), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_on_signed_grids_and_as_the_graphs_that_they_are(problem, seeded, threshold):
    grid, initial = problem
    assert same(grid, initial, threshold=threshold, seeded=seeded)
    edges = AffinityGraph(grid.n_nodes, grid.edges, grid.weights)
    labels = [create("mutex-watershed", threshold=threshold).partition(graph, initial) for graph in (grid, edges)]
    assert labels[0].tolist() == labels[1].tolist()


@given(problems(), st.integers(0, 6), st.booleans(), st.data())
def test_with_attractive_and_repulsive_offsets(problem, attractive, seeded, data):
    grid, initial = problem
    strides = data.draw(st.one_of(st.none(), st.tuples(*[st.integers(1, 3)] * len(grid.shape))))
    assert same(grid, initial, attractive=attractive, strides=strides, seeded=seeded)


@given(st.one_of(affinity_graphs(max_nodes=12, max_edges=60), cost_graphs()), st.booleans(), st.data())
def test_on_graphs(graph, seeded, data):
    initial = data.draw(st.one_of(st.none(), hnp.arrays(np.int64, graph.n_nodes, elements=st.integers(-2, 2))))
    assert same(graph, initial, seeded=seeded, threshold=data.draw(st.sampled_from([0.5, 0.25])))


@pytest.mark.parametrize("seed", range(4))
def test_sets_that_many_others_are_kept_apart_from(seed):
    rng = np.random.default_rng(seed)
    edges = np.argwhere(np.triu(rng.random((150, 150)) < 0.5, 1))
    weights = np.where(rng.random(len(edges)) < 0.1, rng.random(len(edges)), 0.5 * rng.random(len(edges)))
    assert same(AffinityGraph(150, edges, weights), None)


@given(problems(steps=st.just(10**6)), st.booleans())
def test_equals_a_peer_without_ties(problem, strided):
    bioimage = pytest.importorskip("bioimage_cpp")
    grid, _ = problem
    if len(grid.shape) == 1:
        return
    attractive, strides = len(grid.shape), (2,) * len(grid.shape) if strided else None
    affinity = grid.affinity.copy()
    affinity[attractive:] = 1 - affinity[attractive:]
    if len(np.unique(affinity)) < affinity.size:
        return
    mine = create("mutex-watershed", attractive=attractive, strides=strides).partition(grid)
    offsets = [list(offset) for offset in grid.offsets]
    theirs = bioimage.segmentation.mutex_watershed(affinity, offsets, attractive, strides=strides, mask=grid.mask)
    inside = np.ones(grid.n_nodes, bool) if grid.mask is None else grid.mask.ravel()
    labels = np.asarray(theirs).ravel()[inside].astype(np.int64)
    assert renumber(mine[inside]).tolist() == renumber(labels).tolist()


@given(problems(steps=st.just(10**6)), st.booleans())
def test_equals_a_peer_that_starts_from_seeds_or_parts(problem, seeded):
    pytest.importorskip("mwatershed")
    grid, initial = problem
    if len(np.unique(np.abs(grid.weights - 0.5))) < grid.n_edges:
        return
    for graph in (grid, AffinityGraph(grid.n_nodes, grid.edges, grid.weights)):
        mine, theirs = (
            create(name, seeded=seeded).partition(graph, initial) for name in ("mutex-watershed", "mwatershed")
        )
        assert mine.tolist() == theirs.tolist()


@given(affinity_graphs(max_nodes=12, max_edges=60, unique=True))
def test_equals_a_peer_given_edges_between_fragments(graph):
    mwatershed = pytest.importorskip("mwatershed")
    signed = graph.weights - 0.5
    order = np.argsort(-np.abs(signed))
    edges = [(bool(signed[edge] > 0), *(graph.n_nodes + graph.edges[edge]).tolist()) for edge in order]
    fragments = np.arange(graph.n_nodes, 2 * graph.n_nodes, dtype=np.uint64)
    theirs = mwatershed.agglom(np.zeros((0, graph.n_nodes)), [], seeds=fragments, edges=edges)
    assert create("mutex-watershed").partition(graph).tolist() == renumber(theirs.astype(np.int64)).tolist()


@pytest.mark.parametrize("name", ["mutex-watershed", "mutex-watershed-reference"])
def test_by_hand(name):
    assert create(name).partition(RING).tolist() == [0, 0, 1, 1, 2]  # 0 and 2 must not meet
    assert create(name, threshold=0.02).partition(RING).tolist() == [0, 0, 0, 0, 1]
    assert create(name).partition(RING, [-1, 7, -1, 7, -1]).tolist() == [0, 0, 1, 0, 2]  # 3 comes with 1
    assert create(name, seeded=True).partition(RING, [4, -1, -1, 7, -1]).tolist() == [0, 0, 1, 1, 2]
    row = grid_graph(np.array([[0.6, 0.7, 0.8, 0], [0.9, 0.25, 0, 0]]), ((1,), (2,)))
    assert create(name, attractive=1).partition(row).tolist() == [0, 0, 1, 1]  # 1 and 3 are kept apart by 0.75
    assert create(name, attractive=1, strides=[2]).partition(row).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"attractive": -1}, "attractive: expected a whole number of at least 0, got -1"),
        ({"attractive": 2}, "attractive: expected None for a graph without offsets"),
        ({"strides": (2, 2)}, "strides: expected `attractive` with it"),
        ({"attractive": 1, "strides": (2, 0)}, "strides: expected a whole number of at least 1, got 0"),
        ({"seeded": 1}, "seeded: expected True or False, got 1"),
        ({"threshold": 1.5}, r"threshold: expected a number in \[0, 1\], got 1.5"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        create("mutex-watershed", **parameters).partition(RING)


def test_strides_have_one_number_for_each_axis():
    with pytest.raises(InputError, match=r"strides: expected 2 numbers, one for each axis, got \(2,\)"):
        create("mutex-watershed(attractive=1, strides=[2])").partition(grid_graph(np.ones((1, 2, 2)), ((0, 1),)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zeros": np.array([2**26 + 1])}, r"zeros: expected values in \[0, 67108865\)"),
        ({"strided": np.array([True, True])}, r"strided: expected shape \(1,\)"),
        ({"strides": np.array([1])}, r"strides: expected shape \(2,\)"),
        ({"strides": np.array([0, 1])}, r"strides: expected values in \[1, "),
        ({"seeds": np.zeros(3, int)}, r"seeds: expected shape \(4,\)"),
        ({"seeds": np.full(4, 4)}, "seeds: expected values in"),
    ],
)
def test_the_native_one_refuses(changes, message):
    from partitioners import _native

    fine = {"affinity": np.ones((1, 2, 2)), "offsets": np.array([[0, 1]]), "zeros": np.array([0])}
    fine |= {"strided": np.array([False]), "strides": np.array([1, 1])}
    with pytest.raises(ValueError, match=message):
        _native.mutex_watershed_of_grid(**(fine | changes))
