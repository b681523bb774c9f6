import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from partitioners import NEIGHBOURS, AffinityGraph, InputError, Segments, create, grid_graph


def offsets_along(rank):
    """Return a strategy of offsets of up to four steps along each axis."""
    return st.tuples(*[st.integers(-4, 4)] * rank).filter(any)


def segments_of(n_segments):
    column = np.ones((n_segments, 1))
    return Segments(np.ones(n_segments, int), np.tile([0, 0, 1, 1], (n_segments, 1)), column, column)


def slow_grid(affinity, offsets, mask):
    """Return (node, node, affinity) of all edges, by a loop in the order of the affinity array."""
    number = np.arange(mask.size).reshape(mask.shape)
    result = []
    for (channel, *pixel), weight in np.ndenumerate(affinity):
        partner = tuple(np.add(pixel, offsets[channel]))
        inside = all(0 <= position < length for position, length in zip(partner, mask.shape, strict=True))
        if inside and mask[tuple(pixel)] and mask[partner]:
            result.append((number[tuple(pixel)], number[partner], weight))
    return result


def as_list(graph):
    return [(*ends, weight) for ends, weight in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True)]


def test_grid_by_hand():
    affinity = np.array([[[0.1, 0.2, 9], [0.3, 0.4, np.nan]], [[0.5, 0.6, 0.7], [-1, 9, 9]]])
    graph = grid_graph(affinity, NEIGHBOURS)
    assert graph.n_nodes == 6
    assert as_list(graph) == [
        (0, 1, 0.1), (1, 2, 0.2), (3, 4, 0.3), (4, 5, 0.4), (0, 3, 0.5), (1, 4, 0.6), (2, 5, 0.7)
    ]  # fmt: skip
    assert graph.sizes.tolist() == [1] * 7


def test_grid_with_mask_by_hand():
    mask = np.array([[True, True], [False, True]])
    graph = grid_graph(np.full((2, 2, 2), 0.5), ((-1, 0), (0, 1)), mask)
    assert graph.n_nodes == 4
    assert as_list(graph) == [(3, 1, 0.5), (0, 1, 0.5)]


@given(st.data(), st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_grid_equals_a_loop(data, shape):
    offsets = data.draw(st.lists(offsets_along(len(shape)), max_size=4))
    affinity = data.draw(arrays(np.float32, (len(offsets), *shape), elements=st.floats(0, 1, width=32)))
    mask = data.draw(arrays(bool, shape))
    graph = grid_graph(affinity, tuple(offsets), mask)
    assert graph.n_nodes == np.prod(shape) and graph.weights.dtype == np.float32 and graph.shape == tuple(shape)
    assert as_list(graph) == slow_grid(affinity, offsets, mask)
    unmasked = grid_graph(affinity, np.array(offsets, int).reshape(-1, len(shape)))
    assert as_list(unmasked) == slow_grid(affinity, offsets, np.ones_like(mask))


def test_grid_keeps_double_precision_and_takes_strided_views():
    affinity = np.random.default_rng(0).random((4, 5, 2))
    graph = grid_graph(affinity.transpose(2, 0, 1), NEIGHBOURS)
    assert graph.weights.dtype == np.float64
    assert as_list(graph) == as_list(grid_graph(np.ascontiguousarray(affinity.transpose(2, 0, 1)), NEIGHBOURS))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"affinity": np.zeros(3)},
            r"affinity: expected an array \(A, h, w\), .* or \(A, w\), got an array of shape \(3,\)",
        ),
        ({"affinity": np.zeros((2, 3))}, r"offsets: expected shape \(2, 1\), got \(2, 2\)"),
        ({"affinity": np.zeros((2, 3, 3, 3))}, r"offsets: expected shape \(2, 3\), got \(2, 2\)"),
        ({"affinity": np.zeros((2, 3, 3), int)}, "affinity: expected float values, got dtype int64"),
        ({"affinity": np.full((2, 3, 3), 1.5)}, r"affinity: expected values in \[0, 1\], got 1.5"),
        ({"affinity": np.full((2, 3, 3), np.nan)}, r"affinity: expected values in \[0, 1\], got nan"),
        ({"affinity": None}, r"affinity: expected an array \(A, h, w\), .*, got None"),
        ({"affinity": [[1], [1, 2]]}, r"affinity: expected an array \(A, h, w\), .*, got \[\[1\], \[1, 2\]\]"),
        ({"offsets": ((0, 1),)}, r"offsets: expected shape \(2, 2\), got \(1, 2\)"),
        ({"offsets": ((0, 1), (0, 0))}, r"offsets: expected others than \(0, 0\)"),
        ({"offsets": ((0, 1), (0.5, 0))}, "offsets: expected integer values"),
        ({"offsets": np.array([[0, 1], [1, 2**64 - 1]], np.uint64)}, "offsets: expected values in"),
        ({"offsets": ((0, 1), (1,))}, "offsets: expected an array"),
        ({"mask": np.ones((3, 4), bool)}, r"mask: expected shape \(3, 3\), got \(3, 4\)"),
        ({"mask": np.ones((3, 3), int)}, "mask: expected bool values"),
    ],
)
def test_grid_errors_name_the_argument(change, message):
    with pytest.raises(InputError, match=message):
        grid_graph(**{"affinity": np.zeros((2, 3, 3)), "offsets": NEIGHBOURS, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_nodes": -1}, "n_nodes: expected a whole number of at least 0"),
        ({"n_nodes": 2.0}, "n_nodes: expected a whole number"),
        ({"n_nodes": 2**32 - 1}, "n_nodes: expected at most 4294967294, got 4294967295"),
        ({"n_nodes": 2}, r"edges: expected values in \[0, 1\], got 2"),
        ({"edges": [[0, -1], [1, 2]]}, r"edges: expected values in \[0, 2\], got -1"),
        ({"edges": np.array([[0, 2**64 - 1], [1, 2]], np.uint64)}, "edges: expected values in"),
        ({"edges": [[0, 1], [2, 2]]}, "edges: expected no self-loops, got 1"),
        ({"edges": [[0.0, 1.0], [1.0, 2.0]]}, "edges: expected integer values"),
        ({"edges": [0, 1]}, r"edges: expected shape \(any, 2\)"),
        ({"edges": [[0, 1, 2]]}, r"edges: expected shape \(any, 2\)"),
        ({"weights": [0.5]}, r"weights: expected shape \(2\), got \(1,\)"),
        ({"weights": [0, 1]}, "weights: expected float values"),
        ({"weights": [0.5, -0.1]}, r"weights: expected values in \[0, 1\], got -0.1"),
        ({"weights": [0.5, np.inf]}, r"weights: expected values in \[0, 1\], got inf"),
        ({"weights": "ab"}, "weights: expected an array of float values, got 'ab'"),
        ({"sizes": [1, 0]}, "sizes: expected values in"),
        ({"sizes": [2**62 - 1, 1]}, "sizes: expected a sum of at most 4611686018427387903, got 4611686018427387904"),
        ({"sizes": [1.0, 1.0]}, "sizes: expected integer values"),
        ({"segments": segments_of(2)}, r"segments: expected one per node \(3\), got 2"),
    ],
)
def test_graph_errors_name_the_argument(change, message):
    with pytest.raises(InputError, match=message):
        AffinityGraph(**{"n_nodes": 3, "edges": [[0, 1], [1, 2]], "weights": [0.5, 0.25], **change})


def test_graph_takes_lists_and_half_precision():
    graph = AffinityGraph(3, [(0, 1)], np.array([0.5], np.float16))
    assert graph.edges.dtype == np.int64 and graph.weights.dtype == np.float32 and graph.n_edges == 1
    assert AffinityGraph(2, [], []).edges.shape == (0, 2)


def test_empty_mask_of_any_dtype():
    assert grid_graph(np.zeros((2, 0, 0)), NEIGHBOURS, np.empty((0, 0))).n_nodes == 0


def test_contract_by_hand():
    edges = [[0, 1], [1, 2], [3, 0], [2, 3], [3, 1]]
    graph = AffinityGraph(4, edges, [0.1, 0.2, 0.3, 0.4, 0.5], [1, 2, 3, 4, 5], segments_of(4))
    parts = graph.contract(np.array([0, 1, 1, 0]))
    assert parts.n_nodes == 2
    assert parts.edges.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert parts.weights.tolist() == [0.1, 0.4, 0.5]
    assert parts.sizes.tolist() == [1, 4, 5]
    assert parts.segments.pixels.tolist() == [2, 2]


@given(st.data(), st.integers(1, 8))
def test_contract_keeps_edges_between_parts_in_order(data, n_nodes):
    node = st.integers(0, n_nodes - 1)
    edges = data.draw(st.lists(st.tuples(node, node).filter(lambda ends: ends[0] != ends[1]), max_size=12))
    partition = np.unique(data.draw(st.lists(node, min_size=n_nodes, max_size=n_nodes)), return_inverse=True)[1]
    weights = np.linspace(0, 1, len(edges))
    graph = AffinityGraph(n_nodes, np.array(edges, int).reshape(-1, 2), weights).contract(partition)
    expected = [(partition[u], partition[v], w) for (u, v), w in zip(edges, weights, strict=True)]
    assert as_list(graph) == [(u, v, w) for u, v, w in expected if u != v]
    assert graph.n_nodes == partition.max() + 1


def test_contract_of_nothing():
    assert AffinityGraph(0, np.empty((0, 2), int), np.empty(0)).contract(np.empty(0, int)).n_nodes == 0


def test_the_largest_sizes_are_taken():
    graph = AffinityGraph(3, [[0, 1], [1, 2]], [1.0, 0.25], [2**62 - 2, 1])
    for name in ("gaec", "gaec-reference"):
        for linkage in ("average", "wpgma", "sum"):
            assert create(name, linkage=linkage).partition(graph).tolist() == [0, 0, 1]


def test_keep():
    graph = AffinityGraph(3, [[0, 1], [1, 2]], [0.5, 0.25], [3, 4]).keep(np.array([False, True]))
    assert as_list(graph) == [(1, 2, 0.25)] and graph.sizes.tolist() == [4] and graph.n_nodes == 3
