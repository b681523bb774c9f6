import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components as scipy_components

from partitioners._native import connected_components
from partitioners.labels import consecutive, renumber

BAD_INPUT = (TypeError, ValueError)


@given(st.integers(1, 30), st.integers(0, 60), st.integers(0, 2**32))
def test_components_equal_scipy(n_nodes, n_edges, seed):
    edges = np.random.default_rng(seed).integers(n_nodes, size=(n_edges, 2))
    labels = connected_components(n_nodes, edges)
    assert labels.dtype == np.int64 and labels.shape == (n_nodes,)
    matrix = coo_array((np.ones(n_edges), tuple(edges.T)), shape=(n_nodes, n_nodes))
    assert np.array_equal(labels, renumber(scipy_components(matrix, directed=False)[1]))


def test_components_by_hand():
    assert connected_components(6, np.array([[5, 1], [2, 3], [3, 0]])).tolist() == [0, 1, 0, 0, 2, 1]


def test_a_long_path_backwards():
    path = np.arange(100_000)[::-1]
    assert not connected_components(len(path), np.stack([path[:-1], path[1:]], axis=1)).any()


def test_no_nodes_and_no_edges():
    empty = np.empty((0, 2), np.int64)
    assert connected_components(0, empty).shape == (0,)
    assert connected_components(3, empty).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "alike",
    [
        lambda edges: np.asfortranarray(edges),
        lambda edges: np.repeat(edges, 2, axis=1)[:, ::2],
        lambda edges: edges[::-1],
        lambda edges: edges.astype(">i8"),
        lambda edges: edges.astype(np.int32),
        lambda edges: edges.astype(np.uint8),
    ],
    ids=["Fortran", "strided", "backward", "byte-swapped", "int32", "uint8"],
)
def test_layouts(alike):
    edges = np.random.default_rng(0).integers(40, size=(25, 2))
    before = edges.copy()
    edges.setflags(write=False)
    assert np.array_equal(connected_components(40, alike(edges)), connected_components(40, before))
    assert np.array_equal(edges, before)


@pytest.mark.parametrize(
    ("n_nodes", "edges", "message"),
    [
        (-1, np.empty((0, 2), int), "n_nodes: expected 0 to 4294967294, got -1"),
        (2, np.array([[0, 2]]), r"edges: expected values in \[0, 2\), got 2"),
        (2, np.array([[0, -1]]), r"edges: expected values in \[0, 2\), got -1"),
        (0, np.array([[0, 0]]), r"edges: expected values in \[0, 0\), got 0"),
        (4, np.array([0, 1]), r"edges: expected shape \(any, 2\)"),
        (4, np.array([[0, 1, 2]]), r"edges: expected shape \(any, 2\)"),
        (4, np.zeros((1, 2, 2), int), r"edges: expected shape \(any, 2\)"),
        (4, np.array(1), r"edges: expected shape \(any, 2\)"),
    ],
)
def test_bad_values(n_nodes, edges, message):
    with pytest.raises(ValueError, match=message):
        connected_components(n_nodes, edges)


@pytest.mark.parametrize("edges", [np.array([[0.0, 1.0]]), np.array([["0", "1"]]), None, [[0, 1], [2]], "01"])
def test_bad_types(edges):
    with pytest.raises(BAD_INPUT):
        connected_components(4, edges)


@pytest.mark.parametrize("n_nodes", [2.5, "2", None, 2**63])
def test_bad_number_of_nodes(n_nodes):
    with pytest.raises(BAD_INPUT):
        connected_components(n_nodes, np.empty((0, 2), np.int64))


def test_consecutive_keeps_order_and_background():
    assert consecutive(np.array([[9, 0], [4, 2**31 - 1]])).tolist() == [[2, 0], [1, 3]]
    assert consecutive(np.zeros((2, 2), np.uint8)).tolist() == [[0, 0], [0, 0]]
