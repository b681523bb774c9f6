"""Every registered graph partitioner keeps every promise of the contract."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from contract_checks import CHECKS, answers, assert_canonical, assert_joined, example_graphs, graph_of, takes_grids_only
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from partitioners import (
    NEIGHBOURS,
    PARTITIONERS,
    GraphPartitioner,
    InputError,
    Segmentation,
    create,
    grid_graph,
    names,
)

REQUIRED = {"oracle": lambda n_nodes: {"truth": 1 + (np.arange(n_nodes) >= n_nodes // 2)}}
"""Values of the parameters that have no default, for a graph of n nodes."""

EXEMPT = {
    "one-cluster": {"check_components", "check_two_cliques"},
    "oracle": {"check_components"},
    "pa-gaec": {"check_pyramid"},
    "pa-gaec-reference": {"check_pyramid"},
    "singletons": {"check_two_cliques"},
    "skimage-felzenszwalb": {"check_two_cliques"},
}
"""Promises that are broken on purpose: by controls, by PA-GAEC, which cuts segments and not pixels, and by what cuts an
image of the boundaries, on which a boundary is a part."""


def maker(name):
    return lambda n_nodes: create(name, **REQUIRED.get(name, lambda _: {})(n_nodes))


def graph_partitioners():
    """Return the names to test, those that are unavailable marked to be skipped with their reason."""
    for name in names():
        if (reason := PARTITIONERS.unavailable(name)) is not None:
            yield pytest.param(name, marks=pytest.mark.skip(reason=reason))
        elif isinstance(maker(name)(1), GraphPartitioner):
            yield name


def available():
    return [name for name in graph_partitioners() if isinstance(name, str)]


every_name = pytest.mark.parametrize("name", list(graph_partitioners()))


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
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_promise(name, check):
    if check.__name__ in EXEMPT.get(name, ()):
        with pytest.raises((AssertionError, InputError)):
            check(maker(name))
    else:
        check(maker(name))


@every_name
@given(st.data())
@settings(max_examples=25)
def test_any_graph(name, data):
    graph, initial = data.draw(grids() if takes_grids_only(maker(name)) else graphs())
    partitioner = maker(name)(graph.n_nodes)
    labels = partitioner.partition(graph, initial)
    assert_canonical(labels, graph.n_nodes)
    assert_joined(labels, initial)
    assert np.array_equal(labels, partitioner.partition(graph, initial))


@pytest.mark.parametrize("name", [name for name in available() if takes_grids_only(maker(name))])
def test_what_takes_grids_refuses_other_graphs(name):
    for graph in example_graphs().values():
        for initial in (None, np.zeros(graph.n_nodes, int)):
            with pytest.raises(InputError, match="problem: expected a grid"):
                create(name).partition(graph, initial)


@pytest.fixture(scope="module")
def answers_of_another_process():
    code = "import json, test_contract as t; print(json.dumps({n: t.answers(t.maker(n)) for n in t.available()}))"
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(__file__).parent)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@every_name
def test_another_process_gives_the_same_labels(name, answers_of_another_process):
    assert answers(maker(name)) == answers_of_another_process[name]


@every_name
def test_has_a_summary_of_its_own(name):
    entry = PARTITIONERS.entry(name)
    assert entry.factory.__doc__ and not entry.factory.__doc__.startswith(f"{entry.factory.__name__}(")
    assert entry.summary.endswith(".") and len(entry.summary) < 120


@every_name
def test_unknown_parameter_gets_a_suggestion(name):
    with pytest.raises(InputError, match=f"{name}: no parameter 'zzz'"):
        create(name, zzz=1)
    for parameter in PARTITIONERS.entry(name).parameters:
        with pytest.raises(InputError, match=f"did you mean '{parameter}'"):
            create(name, **{f"{parameter}s": 1})


@every_name
def test_missing_parameter_is_named(name):
    if name in REQUIRED:
        with pytest.raises(InputError, match=f"{name}: needs the parameter '{next(iter(REQUIRED[name](1)))}'"):
            create(name)
    else:
        assert isinstance(create(name), GraphPartitioner)


BROKEN = {
    "check_labels": lambda graph, initial: np.arange(graph.n_nodes)[::-1],
    "check_deterministic": lambda graph, initial: np.random.default_rng().random(graph.n_nodes),
    "check_input_unchanged": lambda graph, initial: graph.weights.setflags(write=True) or graph.weights.fill(1),
    "check_initial": lambda graph, initial: np.arange(graph.n_nodes),
    "check_layouts": lambda graph, initial: graph.weights.strides,
    "check_bad_input": lambda graph, initial: np.zeros(5, np.int64),
    "check_components": lambda graph, initial: np.zeros(graph.n_nodes),
    "check_two_cliques": lambda graph, initial: np.zeros(graph.n_nodes),
    "check_pyramid": lambda pyramid, initial: Segmentation(np.ones((9, 12), int), np.array([1]), np.array([1.0])),
}
"""For each check a `partition` that breaks its promise."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_notice_a_broken_promise(check):
    broken = BROKEN[check.__name__]
    with pytest.raises(AssertionError):
        check(lambda n_nodes: SimpleNamespace(partition=lambda problem, initial=None: broken(problem, initial)))
