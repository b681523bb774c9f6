"""The lower bound: below every partition in exact arithmetic, at the optimum where cycles say all, and as the reference."""

from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linprog
from test_costs import cost_graphs
from test_kernighan_lin import planted

from affinity_models.metrics.partition import multicut_energy
from partitioners import NEIGHBOURS, CostGraph, InputError, LowerBound, _native, create, grid_graph, lower_bound
from partitioners.linkage import exponent_for
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
    costs = np.rint(np.ldexp(graph.costs, exponent_for(graph.costs) - 3)).astype(np.int64)
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


@settings(deadline=None)
@given(st.one_of(cost_graphs(max_nodes=6), affinity_graphs(max_nodes=6)), st.integers(0, 3), st.integers(0, 2**32))
def test_no_partition_goes_below_cutting_planes_whatever_their_multipliers(graph, rounds, seed):
    best, random = optimum(graph), np.random.default_rng(seed)
    assert lower_bound(graph, rounds, cutting_planes=True).value <= best

    def disturbed(*arguments, **options):
        found = linprog(*arguments, **options)
        found.ineqlin.marginals *= random.normal(1, 1, len(found.ineqlin.marginals))
        found.x[:] = random.random(len(found.x))
        return found

    with mock.patch("scipy.optimize.linprog", disturbed):
        assert lower_bound(graph, rounds, cutting_planes=True).value <= best


def test_cutting_planes_close_what_cycles_leave_open():
    hub = CostGraph(4, [[0, 1], [2, 0], [0, 3], [1, 2], [1, 3], [3, 2], [0, 3]], [1, 1, 0.5, -1, -1, -1, 0.5])
    assert optimum(hub) == -1
    assert lower_bound(hub).value == pytest.approx(-1.5)
    assert lower_bound(hub, cutting_planes=True) == (-1, 2, 1)


def test_cutting_planes_do_all_that_cycles_do():
    graph = planted(0)
    energy = multicut_energy(graph, create("kernighan-lin").partition(graph))
    gaps = [
        lower_bound(graph, rounds, cutting_planes=planes).gap(energy) for rounds, planes in ((1000, False), (30, True))
    ]
    assert 0 <= gaps[1] <= gaps[0] + 1e-6


def test_the_gap_is_in_percent_of_the_bound():
    assert LowerBound(-50.0, 0, 0).gap(-49.0) == 2
    assert LowerBound(0.0, 0, 0).gap(0.0) == 0
    assert LowerBound(0.0, 0, 0).gap(1.0) == float("inf")


@pytest.mark.parametrize("cutting_planes", [False, True])
def test_a_bound_below_all_numbers_is_minus_infinity(cutting_planes):
    huge = CostGraph(2, [[0, 1], [0, 1]], [-1.7e308, -1.7e308])
    assert lower_bound(huge, cutting_planes=cutting_planes).value == -np.inf


def test_it_ends_in_time():
    assert lower_bound(planted(0), seconds=0).value == pytest.approx(planted(0).costs.clip(max=0).sum())
    assert lower_bound(planted(0), seconds=0).rounds == 0
    assert lower_bound(planted(0), seconds=0, cutting_planes=True) == lower_bound(planted(0), seconds=0)


def test_cutting_planes_need_scipy():
    expected = pytest.raises(InputError, match="cutting_planes: needs scipy: pip install scipy")
    with mock.patch("partitioners.certificate.find_spec", lambda name: None), expected:
        lower_bound(planted(0), cutting_planes=True)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rounds": -1}, "rounds: expected a whole number"),
        ({"seconds": -1}, "seconds: expected a number in"),
        ({"cutting_planes": 1}, "cutting_planes: expected"),
    ],
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
