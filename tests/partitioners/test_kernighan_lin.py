"""Local search: the reference's result, never worse than its start, and the optimum where it is known."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given
from hypothesis import strategies as st
from test_costs import cost_graphs

from affinity_models.metrics.partition import multicut_energy
from partitioners import CostGraph, InputError, create
from partitioners.base import GraphPartitioner

SMALL = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3))
GRAPHS = st.one_of(cost_graphs(costs=SMALL), affinity_graphs(max_nodes=10, max_edges=40))


def planted(seed, n_nodes=40, density=0.4, n_parts=4):
    """Return costs of noisy parts: greedy contraction makes mistakes on them."""
    rng = np.random.default_rng(seed)
    edges, parts = np.argwhere(np.triu(rng.random((n_nodes, n_nodes)) < density, 1)), rng.integers(0, n_parts, n_nodes)
    together = parts[edges[:, 0]] == parts[edges[:, 1]]
    return CostGraph(n_nodes, edges, np.where(together, 0.6, -0.6) + rng.normal(size=len(edges)))


@given(
    GRAPHS, st.sampled_from([None, "gaec(linkage=sum)"]), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 20))
)
def test_native_equals_reference_and_is_no_worse_than_the_start(graph, start, large, moves):
    native, reference = (
        create(name, start=start, large=large, moves=moves).partition(graph)
        for name in ("kernighan-lin", "kernighan-lin-reference")
    )
    assert native.tolist() == reference.tolist()
    begun = np.arange(graph.n_nodes) if start is None else create(start).partition(graph)
    slack = 1e-7 * np.abs(graph.costs).sum()
    assert multicut_energy(graph, native) <= multicut_energy(graph, begun) + slack


@pytest.mark.parametrize(
    "graph",
    [*map(planted, range(3)), planted(0, 120, 0.05, 2), pytest.param(planted(0, 560, 0.02, 1), marks=pytest.mark.slow)],
)
def test_native_equals_reference_on_larger_parts(graph):
    names = ("kernighan-lin", "kernighan-lin-reference")
    for parameters in ({"start": None}, {"large": 0}):
        labels = [create(name, **parameters).partition(graph) for name in names]
        assert labels[0].tolist() == labels[1].tolist()


def test_it_gains_on_greedy_contraction_and_on_single_nodes():
    graphs = [planted(seed, 60, 0.5, 5) for seed in range(3)]
    energies = [
        [multicut_energy(graph, create(name).partition(graph)) for graph in graphs]
        for name in ("gaec(linkage=sum)", "kernighan-lin", "kernighan-lin(start=None)")
    ]
    greedy, improved, alone = map(sum, energies)
    assert improved < greedy - 1
    assert alone < greedy


@given(cost_graphs(costs=SMALL, max_nodes=4))
def test_it_is_near_the_optimum_of_few_nodes(graph):
    labels = create("kernighan-lin", start=None).partition(graph)
    partitions = itertools.product(range(graph.n_nodes), repeat=graph.n_nodes)
    best = min(multicut_energy(graph, np.array(partition)) for partition in partitions) if graph.n_nodes else 0.0
    energy = multicut_energy(graph, labels)
    assert best - 1e-6 <= energy <= 1e-6 + min(0.0, multicut_energy(graph, np.arange(graph.n_nodes)))


@pytest.mark.parametrize("name", ["kernighan-lin", "kernighan-lin-reference"])
def test_by_hand(name):
    path = CostGraph(4, [[0, 1], [1, 2], [2, 3], [0, 3]], [2.0, 3.0, 2.0, -5.0])  # greedy: 1 and 2, then 0, then not 3
    assert create("gaec(linkage=sum)").partition(path).tolist() == [0, 0, 0, 1]
    assert multicut_energy(path, create(name).partition(path)) == -3
    bridge = CostGraph(4, [[0, 1], [2, 3], [1, 2]], [1.0, 1.0, -1.0])
    assert create(name, start=None).partition(bridge).tolist() == [0, 0, 1, 1]
    assert create(name, start=None, moves=0).partition(bridge).tolist() == [0, 1, 2, 3]
    assert create(name, start=None, seconds=0).partition(bridge).tolist() == [0, 1, 2, 3]


@dataclass(frozen=True)
class Begun(GraphPartitioner):
    """A start by hand."""

    takes_costs = True
    labels: tuple[int, ...]

    def _cut(self, graph, labelled):
        return np.array(self.labels)


@pytest.mark.parametrize("name", ["kernighan-lin", "kernighan-lin-reference"])
def test_one_part_is_split_into_many(name):  # into more than those to which costs of all nodes are kept
    triangles = np.arange(270).reshape(90, 3)
    within = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    between = np.stack([triangles[:, 2], np.roll(triangles[:, 0], -1)], axis=1)
    graph = CostGraph(270, np.concatenate([within, between]), [1.0] * 270 + [-1.0] * 90)
    found = create(name, start=Begun((0,) * 270)).partition(graph)
    assert multicut_energy(graph, found) == -90
    assert found.max() + 1 > 8 * 2 * graph.n_edges / graph.n_nodes


@pytest.mark.parametrize("name", ["kernighan-lin", "kernighan-lin-reference"])
def test_half_a_strip_changes_sides_though_no_few_nodes_gain(name):
    # Two strips: the second one's right half is with the first strip, by bridges, and is let go only at its far end.
    node = np.arange(2 * 4 * 60).reshape(2, 4, 60)
    edges = [
        (node[:, :, :-1], node[:, :, 1:], 1.0),
        (node[:, :-1], node[:, 1:], 1.0),
        (node[0, 3, :30], node[1, 0, :30], -1.0),
        (node[0, 3, 40:45], node[1, 0, 40:45], 0.9),
        (node[0, 3, 52:], node[1, 0, 52:], -0.5),
    ]
    ends = np.concatenate([np.stack([one.ravel(), other.ravel()], axis=1) for one, other, _ in edges])
    graph = CostGraph(node.size, ends, np.concatenate([np.full(one.size, cost) for one, _, cost in edges]))
    start, strips = np.zeros(node.shape, np.int64), np.zeros(node.shape, np.int64)
    start[1, :, :30], strips[1] = 1, 1
    energies = [multicut_energy(graph, labels.ravel()) for labels in (start, strips)]
    assert energies[1] < energies[0] - 3
    labels = create(name, start=Begun(tuple(start.ravel().tolist())), large=300).partition(graph)
    assert labels.tolist() == strips.ravel().tolist()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"start": "cascade-gaec"}, "start: expected a graph partitioner"),
        ({"bias": 2}, r"bias: expected a number in \[0, 1\], got 2"),
        ({"moves": -1}, "moves: expected a whole number of at least 0, got -1"),
        ({"seconds": -1.0}, "seconds: expected a number in"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        create("kernighan-lin", **parameters)


def test_a_start_that_does_not_cut_by_costs_is_refused():
    with pytest.raises(InputError, match="problem: expected affinities, got costs"):
        create("kernighan-lin", start="components").partition(planted(0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": np.array([0, 2])}, r"start: expected values in \[0, 2\), got 2"),
        ({"sizes": np.array([2**40])}, "values: expected a sum of absolute values times sizes below 2\\^62"),
        ({"seconds": float("nan")}, "seconds: expected a number, got nan"),
    ],
)
def test_the_native_one_refuses(changes, message):
    from partitioners import _native

    fine = {"n_nodes": 2, "edges": np.array([[0, 1]]), "values": np.array([9]), "sizes": np.array([1])}
    with pytest.raises(ValueError, match=message):
        _native.kernighan_lin(**(fine | {"start": np.array([0, 1]), "large": 0} | changes))
