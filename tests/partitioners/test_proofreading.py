"""Corrections change exactly what a run from scratch would."""

import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioners import NEIGHBOURS, AffinityGraph, InputError, Proofreading, create, grid_graph, proofreading


@pytest.fixture(autouse=True)
def many_layers(monkeypatch):
    monkeypatch.setattr(proofreading, "SMALL", 2)
    monkeypatch.setattr(proofreading, "RATIO", 3)


@st.composite
def grids(draw):
    """Images, with and without a mask, half of them with many ties, and small volumes."""
    shape = draw(st.one_of(st.tuples(st.integers(1, 8), st.integers(1, 8)), st.tuples(*[st.integers(1, 4)] * 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    affinity = rng.random((len(shape), *shape))
    if draw(st.booleans()):
        affinity = np.rint(4 * affinity) / 4
    offsets = NEIGHBOURS if len(shape) == 2 else ((0, 0, 1), (0, 2, 0), (-1, 0, 0))
    return grid_graph(affinity, offsets, rng.random(shape) < 0.9 if draw(st.booleans()) else None)


@settings(max_examples=150, deadline=None)
@given(
    graph=st.one_of(grids(), affinity_graphs(max_nodes=20, max_edges=60)),
    threshold=st.sampled_from([0.3, 0.5, 0.75]),
    seed=st.integers(0, 2**32),
)
def test_labels_are_those_of_a_run_from_scratch(graph, threshold, seed):
    rng = np.random.default_rng(seed)
    scratch = create("gasp", linkage="average", threshold=threshold)
    proof = Proofreading(graph, threshold)
    pairs = {"must_link": [], "cannot_link": []}
    assert proof.labels.tolist() == scratch.partition(graph).tolist()
    for _ in range(6 if graph.n_nodes > 1 else 0):
        pair = rng.integers(0, graph.n_nodes, 2).tolist()
        kind = str(rng.choice(list(pairs)))
        pairs[kind].append(pair)
        try:
            expected = scratch.partition_linked(graph, **{name: np.reshape(of, (-1, 2)) for name, of in pairs.items()})
        except InputError:
            before = proof.labels
            with pytest.raises(InputError, match="together and apart"):
                getattr(proof, kind)(*pair)
            pairs[kind].pop()
            assert proof.labels.tolist() == before.tolist()
        else:
            assert getattr(proof, kind)(*pair).tolist() == expected.tolist()


def test_what_is_far_from_a_correction_is_left_alone(monkeypatch):
    rng = np.random.default_rng(0)
    graph = grid_graph(rng.random((2, 60, 60)), NEIGHBOURS)
    proof = Proofreading(graph)
    contracted = []
    run = proofreading._contracted
    monkeypatch.setattr(
        proofreading,
        "_contracted",
        lambda layer, nodes, *rest: contracted.append(len(nodes)) or run(layer, nodes, *rest),
    )
    proof.must_link(0, 1)
    assert 0 < contracted[0] < 400


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Proofreading(np.zeros((2, 3, 3))), "graph: expected an AffinityGraph, got ndarray"),
        (
            lambda: Proofreading(AffinityGraph(2, np.array([[0, 1]]), np.ones(1), np.array([2**36]))),
            "graph: .* at most",
        ),
        (lambda: Proofreading(grid_graph(np.ones((2, 3, 3)), NEIGHBOURS), 2), r"threshold: expected .*, got 2"),
        (lambda: Proofreading(grid_graph(np.ones((2, 3, 3)), NEIGHBOURS)).must_link(0, 9), "v: expected .* got 9"),
        (lambda: Proofreading(grid_graph(np.ones((2, 3, 3)), NEIGHBOURS)).cannot_link(-1, 0), "u: expected .* got -1"),
        (
            lambda: Proofreading(grid_graph(np.ones((2, 3, 3)), NEIGHBOURS)).cannot_link(4, 4),
            "together and apart.* 4 and 4",
        ),
    ],
)
def test_mistakes_are_told(call, message):
    with pytest.raises(InputError, match=message):
        call()
