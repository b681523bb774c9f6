"""Lifted multicuts: parts that are connected, the reference's result, and energies no worse than a peer's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_certificate import partitions
from test_costs import available, cost_graphs
from test_kernighan_lin import planted

from affinity_models.metrics.partition import multicut_energy
from partitioners import NEIGHBOURS, CostGraph, InputError, LiftedGraph, create, grid_graph, lower_bound
from partitioners._native import connected_components
from partitioners.graph import overlap

SMALL = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3))
NAMES = ["gaec(linkage=sum)", "kernighan-lin", "kernighan-lin(start=None)"]


@st.composite
def lifted_graphs(draw, max_nodes=8):
    graph = draw(cost_graphs(costs=SMALL, max_nodes=max_nodes))
    is_lifted = draw(st.lists(st.booleans(), min_size=graph.n_edges, max_size=graph.n_edges))
    return LiftedGraph(graph.n_nodes, graph.edges, graph.costs, np.array(is_lifted, bool))


def lifted_grid(seed, shape=(20, 24), noise=1.2):
    """Return a grid of noisy stripes, with lifted edges three and five pixels long."""
    rng = np.random.default_rng(seed)
    stripes = np.broadcast_to(np.arange(shape[1]) // 6, shape) + (np.arange(shape[0]) // 8)[:, None] * 7
    edges, costs, is_lifted = [], [], []
    for offset in [(0, 1), (1, 0), (0, 3), (5, 0), (3, -3)]:
        first, second = overlap(*offset)
        ends = np.stack([np.arange(stripes.size).reshape(shape)[part].ravel() for part in (first, second)], axis=1)
        same = stripes.ravel()[ends[:, 0]] == stripes.ravel()[ends[:, 1]]
        edges.append(ends)
        costs.append(np.where(same, 1.0, -1.0) + rng.normal(0, noise, len(ends)))
        is_lifted.append(np.full(len(ends), max(map(abs, offset)) > 1))
    return LiftedGraph(stripes.size, np.concatenate(edges), np.concatenate(costs), np.concatenate(is_lifted))


def is_connected(graph, labels):
    """Whether edges that are not lifted connect each part."""
    inner = graph.edges[~graph.is_lifted & (labels[graph.edges[:, 0]] == labels[graph.edges[:, 1]])]
    return connected_components(graph.n_nodes, inner).tolist() == labels.tolist()


def optimum(graph):
    """Return the lowest energy of connected parts of a few nodes."""
    feasible = (np.array(labels, np.int64) for labels in partitions(graph.n_nodes))
    return min(multicut_energy(graph, labels) for labels in feasible if is_connected(graph, labels))


@given(lifted_graphs(), st.sampled_from([None, 0, 3]))
def test_native_equals_reference_in_connected_parts(graph, moves):
    greedy, reference = (create(f"{name}(linkage=sum)").partition(graph) for name in ("gaec", "gaec-reference"))
    assert greedy.tolist() == reference.tolist() and is_connected(graph, greedy)
    for start in (None, "gaec(linkage=sum)"):
        native, reference = (
            create(name, start=start, moves=moves).partition(graph)
            for name in ("kernighan-lin", "kernighan-lin-reference")
        )
        assert native.tolist() == reference.tolist() and is_connected(graph, native)
        begun = np.arange(graph.n_nodes) if start is None else greedy
        slack = 1e-7 * np.abs(graph.costs).sum()
        assert multicut_energy(graph, native) <= multicut_energy(graph, begun) + slack


@pytest.mark.parametrize("seed", range(2))
def test_native_equals_reference_on_larger_parts(seed):
    dense = planted(seed)
    is_lifted = np.random.default_rng(seed).random(dense.n_edges) < 0.7
    for graph in (lifted_grid(seed, (9, 12)), LiftedGraph(dense.n_nodes, dense.edges, dense.costs, is_lifted)):
        for name in NAMES:
            native = create(name).partition(graph)
            head, parenthesis, rest = name.partition("(")
            assert native.tolist() == create(f"{head}-reference{parenthesis}{rest}").partition(graph).tolist()
            assert is_connected(graph, native)


@given(lifted_graphs(max_nodes=5))
def test_no_partition_is_below_the_optimum_nor_that_below_the_bound(graph):
    best, slack = optimum(graph), 1e-6
    assert lower_bound(graph).value <= best + slack
    assert all(best <= multicut_energy(graph, create(name).partition(graph)) + slack for name in NAMES)


@pytest.mark.parametrize("name", ["gaec", "gaec-reference"])
def test_greedy_contraction_by_hand(name):
    # 0 and 3 belong together, but nothing connects them until 1 and 2 are between them.
    path = LiftedGraph(4, [[0, 1], [1, 2], [2, 3], [0, 3]], [2.0, 1.0, -1.0, 4.0], [False, False, False, True])
    assert create(name, linkage="sum").partition(path).tolist() == [0, 0, 0, 0]
    alone = LiftedGraph(2, [[0, 1]], [5.0], [True])
    assert create(name, linkage="sum").partition(alone).tolist() == [0, 1]
    parallel = LiftedGraph(2, [[0, 1], [1, 0]], [5.0, -1.0], [True, False])
    assert create(name, linkage="sum").partition(parallel).tolist() == [0, 0]


def test_without_lifted_edges_all_is_as_for_costs():
    graph = planted(0)
    none = LiftedGraph(graph.n_nodes, graph.edges, graph.costs, np.zeros(graph.n_edges, bool))
    for name in NAMES:
        assert create(name).partition(none).tolist() == create(name).partition(graph).tolist()


def test_lifted_edges_find_the_stripes_that_short_ones_lose():
    graph = lifted_grid(0)
    short = CostGraph(graph.n_nodes, graph.edges[~graph.is_lifted], graph.costs[~graph.is_lifted])
    energies = [multicut_energy(graph, create("kernighan-lin").partition(one)) for one in (short, graph)]
    assert energies[1] < 0.8 * energies[0]


@pytest.mark.parametrize("name", available("bioimage-lifted-gaec", "bioimage-lifted-kernighan-lin"))
def test_energies_are_no_worse_than_those_of_a_peer(name):
    ours = name.removeprefix("bioimage-lifted-").replace("gaec", "gaec(linkage=sum)")
    for seed in range(4):
        graph = lifted_grid(seed)
        own, theirs = (create(one).partition(graph) for one in (ours, name))
        assert multicut_energy(graph, own) <= multicut_energy(graph, theirs) + 1e-6


@pytest.mark.parametrize(
    "cut",
    [
        create("gasp", linkage="sum").partition,
        create("mutex-watershed").partition,
        create("gasp", linkage="sum").partition_linked,
        create("gaec", linkage="sum").merge_tree,
    ],
)
def test_others_refuse_lifted_edges(cut):
    with pytest.raises(InputError, match="expected no lifted edges"):
        cut(LiftedGraph(2, [[0, 1]], [1.0], [True]))


def test_wrong_masks_are_refused():
    with pytest.raises(InputError, match=r"is_lifted: expected shape \(1,?\)"):
        LiftedGraph(2, [[0, 1]], [1.0], [True, False])


def test_a_start_from_parts_keeps_them():
    graph = LiftedGraph(4, [[0, 1], [1, 2], [2, 3], [0, 3]], [1.0, -3.0, 1.0, 1.0], [False, False, False, True])
    assert create("kernighan-lin").partition(graph, [0, 0, 0, -1]).tolist() == [0, 0, 0, 0]
    grid = grid_graph(np.full((2, 2, 2), 0.9), NEIGHBOURS)
    assert create("kernighan-lin").partition(grid).tolist() == [0, 0, 0, 0]
