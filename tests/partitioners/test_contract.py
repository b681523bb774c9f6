"""Every registered partitioner keeps every promise of its kind, and every check notices a broken one."""

from functools import partial
from threading import current_thread, main_thread
from types import SimpleNamespace

import numpy as np
import pytest
from graphs import by_hash
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.check import pyramid_partitioners, registered
from bench.check.graph_partitioners import CHECKS, EXEMPT, expect_canonical, expect_joined, takes_grids_only
from bench.check.graphs import example_graphs, graph_of
from bench.check.promises import Broken, title
from bench.check.pyramids import arrays
from partitioners import (
    NEIGHBOURS,
    PARTITIONERS,
    GraphPartitioner,
    InputError,
    Segmentation,
    create,
    expressions,
    grid_graph,
    names,
)

PYRAMID_CHECKS = pyramid_partitioners.CHECKS


def maker(name):
    return partial(registered.make, PARTITIONERS.kind, expressions.parse(name), {})


def named(graph_partitioners):
    """Return the names of one kind, those that are unavailable marked to be skipped with their reason."""
    for name in names():
        if (reason := PARTITIONERS.unavailable(name)) is not None:
            yield pytest.param(name, marks=pytest.mark.skip(reason=reason))
        elif isinstance(maker(name)(), GraphPartitioner) == graph_partitioners:
            yield name


GRAPH_PARTITIONERS = list(named(graph_partitioners=True))
every_name = pytest.mark.parametrize("name", GRAPH_PARTITIONERS)


WEIGHTS = st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


@st.composite
def graphs(draw):
    n_nodes = draw(st.integers(2, 9))
    node = st.integers(0, n_nodes - 1)
    edges = draw(st.lists(st.tuples(node, node).filter(lambda ends: ends[0] != ends[1]), max_size=20))
    weights = draw(st.lists(WEIGHTS, min_size=len(edges), max_size=len(edges)))
    sizes = draw(st.lists(st.integers(1, 10**6), min_size=len(edges), max_size=len(edges)))
    initial = draw(st.lists(st.integers(-2, 4), min_size=n_nodes, max_size=n_nodes))
    return graph_of(n_nodes, edges, weights, np.array(sizes, int)), np.array(initial)


@st.composite
def grids(draw):
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    affinity = draw(hnp.arrays(float, (2, *shape), elements=WEIGHTS))
    mask = draw(st.none() | hnp.arrays(bool, shape))
    initial = draw(hnp.arrays(int, shape[0] * shape[1], elements=st.integers(-2, 4)))
    return grid_graph(affinity, NEIGHBOURS, mask), initial


@every_name
@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_promise(name, check):
    if title(check) in EXEMPT.get(name, ()):
        with pytest.raises((Broken, InputError)):
            check(maker(name))
    else:
        check(maker(name))


@pytest.mark.parametrize("name", list(named(graph_partitioners=False)))
@pytest.mark.parametrize("check", PYRAMID_CHECKS, ids=title)
def test_promise_of_pyramid_partitioners(name, check):
    check(maker(name))


@every_name
@given(st.data())
@settings(max_examples=25)
def test_any_graph(name, data):
    graph, initial = data.draw(grids() if takes_grids_only(maker(name)) else graphs())
    partitioner = maker(name)(graph.n_nodes)
    labels = partitioner.partition(graph, initial)
    expect_canonical(labels, graph.n_nodes, "drawn")
    expect_joined(labels, initial, "drawn")
    assert np.array_equal(labels, partitioner.partition(graph, initial))


GRID_PARTITIONERS = [name for name in GRAPH_PARTITIONERS if isinstance(name, str) and takes_grids_only(maker(name))]


@pytest.mark.parametrize("name", GRID_PARTITIONERS)
def test_what_takes_grids_refuses_other_graphs(name):
    for graph in example_graphs().values():
        for initial in (None, np.zeros(graph.n_nodes, int)):
            with pytest.raises(InputError, match="problem: expected a grid"):
                create(name).partition(graph, initial)


@pytest.mark.parametrize("name", names())
def test_has_a_summary_of_its_own(name):
    registered.check_description(PARTITIONERS.kind, name)


@pytest.mark.parametrize("name", [*named(graph_partitioners=True), *named(graph_partitioners=False)])
def test_all_that_is_tunable_can_be_given(name):
    registered.check_tunable(PARTITIONERS.kind, expressions.parse(name), {})


@every_name
def test_unknown_parameter_gets_a_suggestion(name):
    with pytest.raises(InputError, match=f"{name}: no parameter 'zzz'"):
        create(name, zzz=1)
    for parameter in PARTITIONERS.entry(name).parameters:
        with pytest.raises(InputError, match=f"did you mean '{parameter}'"):
            create(name, **{f"{parameter}s": 1})


def test_missing_parameter_is_named():
    with pytest.raises(InputError, match="oracle: needs the parameter 'truth'"):
        create("oracle")


BROKEN = {
    "cut": lambda graph, initial=None: np.zeros(graph.n_nodes),
    "labels": lambda graph, initial=None: np.arange(graph.n_nodes)[::-1],
    "threads": lambda graph, initial=None: np.full(graph.n_nodes, current_thread() is main_thread()),
    "deterministic": lambda graph, initial=None: np.random.default_rng().random(graph.n_nodes),
    "input unchanged": lambda graph, initial=None: graph.weights.setflags(write=True) or graph.weights.fill(1),
    "initial": lambda graph, initial=None: np.arange(graph.n_nodes),
    "layouts": lambda graph, initial=None: graph.weights.strides,
    "outside": lambda graph, initial=None: np.full(graph.n_nodes, np.isnan(graph.affinity).any()),
    "bad input": lambda graph, initial=None: np.zeros(5, np.int64),
    "components": lambda graph, initial=None: np.zeros(graph.n_nodes),
    "two cliques": lambda graph, initial=None: np.zeros(graph.n_nodes),
    "pyramid": lambda pyramid, initial=None: Segmentation(np.ones((9, 12), int), np.array([1]), np.array([1.0])),
    "volume": lambda pyramid: Segmentation(np.ones((12, 5), int), np.array([1]), np.array([1.0])),
}
"""For each check a `partition`, and `_cut`, that breaks its promise."""


@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_checks_notice_a_broken_promise(check):
    broken = BROKEN.get(title(check))
    make = by_hash if broken is None else lambda n_nodes: SimpleNamespace(partition=broken, segment=broken, _cut=broken)
    with pytest.raises(Broken):
        check(make)


BROKEN_ON_PYRAMIDS = {
    "segmentation": lambda pyramid: segmentation(pyramid, kind=0),
    "threads": lambda pyramid: segmentation(pyramid, label=int(current_thread() is main_thread())),
    "deterministic": lambda pyramid: segmentation(pyramid, score=np.random.default_rng().random()),
    "input unchanged": lambda pyramid: [array.setflags(write=True) or array.fill(1) for array in arrays(pyramid)],
    "outside": lambda pyramid: segmentation(pyramid, score=float(np.isfinite(pyramid.levels[0].affinity).all())),
    "bad input": lambda problem: None,
    "two objects": lambda pyramid: segmentation(pyramid),
}


def segmentation(pyramid, kind=1, score=1.0, label=1):
    """One instance everywhere."""
    return Segmentation(np.full(pyramid.image_size, label), np.array([kind]), np.array([score]))


@pytest.mark.parametrize("check", PYRAMID_CHECKS, ids=title)
def test_checks_of_pyramid_partitioners_notice_a_broken_promise(check):
    broken = BROKEN_ON_PYRAMIDS[title(check)]
    with pytest.raises(Broken):
        check(lambda: SimpleNamespace(segment=broken))
