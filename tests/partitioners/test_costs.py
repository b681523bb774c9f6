"""Graphs of signed costs, and multicut problems as text."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from affinity_models.metrics.partition import multicut_energy
from partitioners import PARTITIONERS, AffinityGraph, CostGraph, InputError, create, read_multicut, write_multicut
from partitioners.linkage import LINKAGES, log_odds

SOLVERS = [
    "bioimage-gaec",
    "bioimage-greedy-fixation",
    "bioimage-decomposition",
    "bioimage-kernighan-lin",
    "bioimage-fusion-moves",
    "bioimage-lifted-gaec",
    "bioimage-lifted-kernighan-lin",
    "leidenalg-multicut",
]
COSTS = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def cost_graphs(draw, costs=COSTS, max_nodes=8):
    n_nodes = draw(st.integers(0, max_nodes))
    ends = draw(hnp.arrays(np.int64, (draw(st.integers(0, 20)), 2), elements=st.integers(0, max(0, n_nodes - 1))))
    ends = ends[ends[:, 0] != ends[:, 1]] if n_nodes else ends[:0]
    return CostGraph(n_nodes, ends, np.array(draw(st.lists(costs, min_size=len(ends), max_size=len(ends))), float))


def available(*names):
    return [
        pytest.param(name, marks=pytest.mark.skipif(PARTITIONERS.unavailable(name) is not None, reason="not installed"))
        for name in names
    ]


def partitions(n_nodes):
    """Return all labellings of a few nodes, each partition at least once."""
    return itertools.product(range(n_nodes), repeat=n_nodes)


@given(cost_graphs(), st.data())
def test_native_equals_reference_on_costs_of_any_size(graph, data):
    initial = data.draw(st.one_of(st.none(), hnp.arrays(np.int64, graph.n_nodes, elements=st.integers(-1, 3))))
    threshold = data.draw(st.sampled_from([0.0, 1.0, -2.5, 1e9]))
    native, reference = (
        create(name, linkage="sum", threshold=threshold).partition(graph, initial)
        for name in ("gaec", "gaec-reference")
    )
    assert native.tolist() == reference.tolist()
    tree = create("gaec", linkage="sum", threshold=threshold).merge_tree(graph, initial)
    assert tree.cut(threshold).tolist() == native.tolist()


@given(cost_graphs(costs=st.integers(-4, 4).map(float)), st.integers(-900, 900))
def test_the_unit_of_costs_does_not_matter(graph, exponent):
    scaled = CostGraph(graph.n_nodes, graph.edges, np.ldexp(graph.costs, exponent))
    gaec = create("gaec", linkage="sum")
    assert gaec.partition(scaled).tolist() == gaec.partition(graph).tolist()


@given(cost_graphs(costs=st.one_of(st.integers(-4, 4).map(float), st.floats(-1e3, 1e3)), max_nodes=5))
def test_greedy_contraction_never_costs_more_than_no_cut(graph):
    labels = create("gaec", linkage="sum").partition(graph)
    alone = multicut_energy(graph, np.arange(graph.n_nodes))
    best = min((multicut_energy(graph, np.array(other)) for other in partitions(graph.n_nodes)), default=0.0)
    slack = 1e-9 * np.abs(graph.costs).sum()
    assert best - slack <= multicut_energy(graph, labels) <= alone + slack


def test_by_hand():
    graph = CostGraph(4, [[0, 1], [1, 2], [2, 3], [0, 2]], [3.0, 2.0, -1.0, -4.0])
    assert create("gaec", linkage="sum").partition(graph).tolist() == [0, 0, 1, 2]  # 2 - 4 < 0 once 0 and 1 are one
    assert multicut_energy(graph, np.array([0, 0, 1, 2])) == -3
    assert create("gaec(linkage=sum, threshold=-2.5)").partition(graph).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("name", available(*SOLVERS, "bioimage-mutex-watershed", "mwatershed"))
def test_costs_are_cut_as_the_affinities_whose_log_odds_they_are(name):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        edges = np.argwhere(np.triu(rng.random((14, 14)) < 0.4, 1))
        affinities = AffinityGraph(14, edges, rng.random(len(edges)))
        costs = CostGraph(14, edges, log_odds(affinities.weights))
        assert create(name).partition(costs).tolist() == create(name).partition(affinities).tolist()


@pytest.mark.parametrize("name", available("bioimage-gaec", "bioimage-greedy-fixation", "bioimage-lifted-gaec"))
def test_greedy_contraction_of_costs_equals_a_peer(name):
    ours = "gasp(linkage=sum, constrained=True)" if name == "bioimage-greedy-fixation" else "gaec(linkage=sum)"
    for seed in range(6):
        rng = np.random.default_rng(seed)
        edges = rng.integers(0, 40, (300, 2))
        graph = CostGraph(40, edges[edges[:, 0] != edges[:, 1]], rng.normal(size=(edges[:, 0] != edges[:, 1]).sum()))
        assert create(name).partition(graph).tolist() == create(ours).partition(graph).tolist()


@pytest.mark.parametrize("name", ["gas", "components", *available("waterz", "higra-average")])
def test_partitioners_of_affinities_refuse_costs(name):
    with pytest.raises(InputError, match=r"problem: expected .*, got "):
        create(name).partition(CostGraph(2, [[0, 1]], [1.0]))


@pytest.mark.parametrize("linkage", sorted(LINKAGES.keys() - {"sum"}))
def test_linkages_of_affinities_refuse_costs(linkage):
    with pytest.raises(InputError, match="linkage: expected 'sum' for a graph of costs, got"):
        create("gaec", linkage=linkage).partition(CostGraph(2, [[0, 1]], [1.0]))


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ([1.0, np.nan], "costs: expected finite values, got nan"),
        ([1.0, -np.inf], "costs: expected finite values, got -inf"),
        ([1.0], r"costs: expected shape \(2\), got \(1,\)"),
        ([1, 2], "costs: expected float values"),
    ],
)
def test_wrong_costs_are_refused(costs, message):
    with pytest.raises(InputError, match=message):
        CostGraph(3, [[0, 1], [1, 2]], np.array(costs))


@given(cost_graphs())
def test_text_is_read_back_to_the_last_bit(tmp_path_factory, graph):
    path = tmp_path_factory.mktemp("text") / "problem.txt"
    write_multicut(path, graph)
    again = read_multicut(path)
    assert again.edges.tolist() == graph.edges.tolist() and again.costs.tolist() == graph.costs.tolist()
    assert again.n_nodes == graph.edges.max(initial=-1) + 1


def test_text_by_hand(tmp_path):
    path = tmp_path / "problem.txt"
    path.write_text("# a comment\nMULTICUT\n0 1 1.5\n\n2\t1 -2e-1\n")
    graph = read_multicut(path)
    assert (graph.n_nodes, graph.edges.tolist(), graph.costs.tolist()) == (3, [[0, 1], [2, 1]], [1.5, -0.2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MULTICUT\n0 1\n", "expected lines of two nodes and a cost, got '0 1'"),
        ("MULTICUT\n0 1 2\nLIFTED\n0 2 1\n", "expected lines of two nodes and a cost, got 'LIFTED'"),
        ("0 1.5 2\n", "expected lines of two nodes and a cost, got '0 1.5 2'"),
        ("0 1 nan\n", "costs: expected finite values, got nan"),
        ("0 -1 2\n", r"edges: expected values in \[0, 0\], got -1"),
        ("1 1 2\n", "edges: expected no self-loops, got 1"),
    ],
)
def test_wrong_text_is_refused(tmp_path, text, message):
    path = tmp_path / "problem.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=f"problem.txt: {message}"):
        read_multicut(path)
    with pytest.raises(InputError, match="missing: expected a multicut text file"):
        read_multicut(tmp_path / "missing")
