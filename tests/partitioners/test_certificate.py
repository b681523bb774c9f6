"""The lower bound: below every partition in exact arithmetic, at the optimum where cycles say all, and as the reference."""

from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_costs import cost_graphs
from test_kernighan_lin import planted

from affinity_models.metrics.partition import multicut_energy
from partitioners import NEIGHBOURS, CostGraph, InputError, LowerBound, _native, create, grid_graph, lower_bound
from partitioners.reference import certificate as reference

GRAPHS = st.one_of(cost_graphs(), affinity_graphs())


def partitions(n_nodes):
    """Return each partition of some nodes once, as labels."""
    labellings = [[]]
    for _ in range(n_nodes):
        labellings = [[*labels, label] for labels in labellings for label in range(max(labels, default=-1) + 2)]
    return labellings


def optimum(graph):
    """Return the lowest energy of a few nodes, exactly."""
    costs = [(u, v, Fraction(cost)) for (u, v), cost in zip(graph.edges.tolist(), graph.costs.tolist(), strict=True)]
    return min(
        sum((cost for u, v, cost in costs if labels[u] != labels[v]), Fraction())
        for labels in partitions(graph.n_nodes)
    )


def modularity(network):
    """Return the costs whose energy is minus the modularity, but for a constant, and that constant."""
    adjacency = nx.to_numpy_array(network, weight=None)
    degree, total = adjacency.sum(axis=0), adjacency.sum()
    worth = (adjacency - np.outer(degree, degree) / total) / total
    edges = np.argwhere(np.triu(np.ones_like(worth), 1))
    return CostGraph(len(network), edges, 2 * worth[edges[:, 0], edges[:, 1]]), worth.sum()


@given(st.one_of(cost_graphs(max_nodes=6), affinity_graphs(max_nodes=7)), st.sampled_from([0, 1, 2, 30]))
def test_no_partition_goes_below(graph, rounds):
    bound = lower_bound(graph, rounds)
    assert bound.value <= optimum(graph)
    assert bound.rounds <= rounds


@settings(max_examples=2)
@given(st.integers(0, 2**32))
def test_no_partition_of_nine_nodes_goes_below_and_the_gap_is_small(seed):
    graph = planted(seed, n_nodes=9, density=0.8, n_parts=3)
    best, value = optimum(graph), lower_bound(graph).value
    assert value <= best <= 0.9 * value


@given(GRAPHS)
def test_more_rounds_give_no_lower_bound(graph):
    values = [lower_bound(graph, rounds).value for rounds in range(4)]
    assert values == sorted(values)


@given(hnp.arrays(float, st.integers(2, 7), elements=st.floats(-9, 9)), st.data())
def test_it_is_the_optimum_of_trees_and_cycles(costs, data):
    n_nodes = len(costs) + 1
    tree = CostGraph(n_nodes, [(data.draw(st.integers(0, node)), node + 1) for node in range(len(costs))], costs)
    cycle = CostGraph(len(costs), [(node, (node + 1) % len(costs)) for node in range(len(costs))], costs)
    for graph in (tree, cycle):
        best = float(optimum(graph))
        assert lower_bound(graph).value == pytest.approx(best, rel=1e-9, abs=1e-9)


@given(GRAPHS, st.sampled_from([0, 1, 4]))
def test_native_equals_reference(graph, rounds):
    costs = np.rint(np.ldexp(graph.costs / max(np.abs(graph.costs).sum(), 1e-300), 58)).astype(np.int64)
    arguments = graph.n_nodes, graph.edges, costs, rounds
    assert _native.lower_bound(*arguments) == reference.lower_bound(*arguments)


@pytest.mark.parametrize(
    "graph",
    [planted(0), grid_graph(np.random.default_rng(0).random((2, 9, 12)), NEIGHBOURS)],
    ids=["planted", "grid"],
)
def test_native_equals_reference_over_many_rounds(graph):
    arguments = graph.n_nodes, graph.edges, np.rint(graph.costs * 2**40).astype(np.int64), 12
    native = _native.lower_bound(*arguments)
    assert native == reference.lower_bound(*arguments)
    assert native[2] > 20


def test_it_tells_that_a_partition_of_a_grid_is_nearly_the_best():
    graph = grid_graph(np.random.default_rng(0).random((2, 60, 60)), NEIGHBOURS)
    energy = multicut_energy(graph, create("kernighan-lin").partition(graph))
    gaps = [lower_bound(graph, rounds).gap(energy) for rounds in (0, 30)]
    assert 0 < gaps[1] < 0.15 < gaps[0] < 0.3


@pytest.mark.parametrize(
    ("network", "best", "gap"),
    [(nx.karate_club_graph(), 0.419790, 1e-4), (nx.les_miserables_graph(), 0.560008, 0.2)],
    ids=["karate", "les-miserables"],
)
def test_known_modularities(network, best, gap):
    graph, constant = modularity(network)
    energy = multicut_energy(graph, create("kernighan-lin").partition(graph))
    assert constant - energy == pytest.approx(best, abs=1e-6)
    assert lower_bound(graph).gap(energy) < gap


def test_the_gap_is_in_percent_of_the_bound():
    assert LowerBound(-50.0, 0, 0).gap(-49.0) == 2
    assert LowerBound(0.0, 0, 0).gap(0.0) == 0
    assert LowerBound(0.0, 0, 0).gap(1.0) == float("inf")


def test_it_ends_in_time():
    assert lower_bound(planted(0), seconds=0).value == pytest.approx(planted(0).costs.clip(max=0).sum())
    assert lower_bound(planted(0), seconds=0).rounds == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"rounds": -1}, "rounds: expected a whole number"), ({"seconds": -1}, "seconds: expected a number in")],
)
def test_wrong_arguments_are_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        lower_bound(planted(0), **parameters)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"costs": np.array([2**62])}, r"costs: expected a sum of absolute values below 2\^62"),
        ({"costs": np.array([-(2**63)])}, r"costs: expected a sum of absolute values below 2\^62"),
        ({"edges": np.array([[1, 1]])}, "edges: expected no self-loops, got one at 1"),
        ({"seconds": float("nan")}, "seconds: expected a number, got nan"),
    ],
)
def test_the_native_one_refuses(changes, message):
    fine = {"n_nodes": 2, "edges": np.array([[0, 1]]), "costs": np.array([9]), "rounds": 1}
    with pytest.raises(ValueError, match=message):
        _native.lower_bound(**(fine | changes))
