import itertools
import random
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.check.graphs import graph_of, random_graph, two_cliques
from partitioners import NEIGHBOURS, AffinityGraph, AffinityPyramid, ClassTable, InputError, PyramidLevel, create
from partitioners.labels import renumber
from partitioners.peers.communities import simple_edges

igraph = pytest.importorskip("igraph")
networkx = pytest.importorskip("networkx")
pytest.importorskip("networkit")
pytest.importorskip("sknetwork")

MODULARITY = [
    "igraph-fast-greedy",
    "igraph-leiden-modularity",
    "igraph-multilevel",
    "networkit-leiden",
    "networkit-louvain",
    "networkx-greedy-modularity",
    "networkx-louvain",
    "scikit-network-louvain",
]
COMMUNITIES = [
    *MODULARITY,
    "igraph-label-propagation",
    "igraph-leiden-cpm",
    "networkit-label-propagation",
    "networkx-label-propagation",
]
UNSEEDED = {"igraph-fast-greedy", "networkit-label-propagation", "networkx-greedy-modularity"}

seeds = st.integers(0, 2**32)


def ring_of_cliques(n_cliques=5, size=5):
    """Return complete graphs joined to a ring by one weak edge each."""
    clique = np.stack(np.triu_indices(size, 1), axis=1)
    edges = np.concatenate([clique + size * number for number in range(n_cliques)])
    starts = size * np.arange(n_cliques)
    bridges = np.stack([starts, np.roll(starts, 1) + 1], axis=1)
    weights = [0.8] * len(edges) + [0.001] * n_cliques
    return graph_of(n_cliques * size, np.concatenate([edges, bridges]), weights)


def as_dictionary(graph):
    """Return the strengths of all pairs of nodes with an edge, summed in a loop."""
    strengths = defaultdict(float)
    for (u, v), weight, size in zip(graph.edges.tolist(), graph.weights.tolist(), graph.sizes.tolist(), strict=True):
        strengths[min(u, v), max(u, v)] += weight * size
    return strengths


def modularity(graph, labels):
    simple = networkx.Graph()
    simple.add_nodes_from(range(graph.n_nodes))
    simple.add_weighted_edges_from((u, v, strength) for (u, v), strength in as_dictionary(graph).items())
    return networkx.community.modularity(simple, [set(np.flatnonzero(labels == k)) for k in np.unique(labels)])


@given(seeds, st.floats(0, 1))
def test_components_equal_networkx(seed, threshold):
    graph = random_graph(20, 30, seed)
    strong = networkx.Graph(graph.edges[graph.weights >= threshold].tolist())
    strong.add_nodes_from(range(20))
    expected = np.empty(20, int)
    for number, component in enumerate(networkx.connected_components(strong)):
        expected[list(component)] = number
    assert np.array_equal(create("components", threshold=threshold).partition(graph), renumber(expected))


def test_components_by_hand():
    graph = graph_of(5, [[0, 1], [1, 2], [2, 1], [3, 4]], [0.5, 0.4, 0.6, 0.49])
    assert create("components").partition(graph).tolist() == [0, 0, 0, 1, 2]
    assert create("components", threshold=0.55).partition(graph).tolist() == [0, 1, 1, 2, 3]
    assert create("components", threshold=0).partition(graph).tolist() == [0, 0, 0, 1, 1]
    assert create("components").partition(graph, [-1, 9, -1, 7, 7]).tolist() == [0, 0, 0, 1, 1]
    single = AffinityGraph(2, [[0, 1]], np.array([0.1], np.float32))
    assert create("components", threshold=0.1).partition(single).tolist() == [0, 0]


def test_trivial_controls():
    graph = graph_of(4, [[0, 1]], [1.0])
    assert create("singletons").partition(graph).tolist() == [0, 1, 2, 3]
    assert create("singletons").partition(graph, [-1, 5, -2, 5]).tolist() == [0, 1, 2, 1]
    assert create("one-cluster").partition(graph).tolist() == [0, 0, 0, 0]


def test_oracle_by_hand():
    graph = graph_of(6, [[0, 1]], [1.0])
    oracle = create("oracle", truth=np.array([[7, 0, 3], [7, 3, 3]], np.uint8))
    assert oracle.partition(graph).tolist() == [0, -1, 1, 0, 1, 1]
    assert oracle.partition(graph, [-1] * 6).tolist() == [0, -1, 1, 0, 1, 1]
    assert oracle.partition(graph, [5, 5, 5, -1, -1, -1]).tolist() == [-1, -1, -1, 0, 1, 1]  # a tie of 0, 3 and 7
    assert oracle.partition(graph, [5, -1, 5, 5, -1, -1]).tolist() == [0, -1, 0, 0, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 3)), min_size=1, max_size=20))
def test_oracle_gives_initial_parts_their_majority(nodes):
    truth, initial = np.array(nodes).T
    labels = create("oracle", truth=truth).partition(graph_of(len(nodes), [], []), initial)
    expected = truth.copy()
    for part in set(initial[initial >= 0]):
        counts = Counter(truth[initial == part].tolist())
        expected[initial == part] = min(counts, key=lambda label: (-counts[label], label))
    assert np.array_equal(labels, renumber(np.where(expected == 0, -1, expected)))


def test_oracle_cuts_a_pyramid_into_the_truth():
    truth = np.zeros((16, 18), int)
    truth[2:8, 2:10], truth[10:16, 4:8], truth[10:16, 12:18] = 4, 9, 4  # the instance 4 is in two pieces
    thing = truth > 0
    level = PyramidLevel(
        np.zeros((2, 16, 18)), np.stack([~thing, thing]).astype(float), np.zeros((0, 16, 18)), NEIGHBOURS
    )
    pyramid = AffinityPyramid((level,), ClassTable(("road", "car"), (False, True)), stride=2, image_size=(32, 35))
    found = create("oracle", truth=truth).partition(pyramid)
    assert np.array_equal(found.labels, np.kron(np.select([truth == 4, truth == 9], [1, 2]), np.ones((2, 2)))[:, :35])


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ([1, -1], "truth: expected values in"),
        ([1.0, 2.0], "truth: expected integer values"),
        (np.ones((1, 1, 2, 1), int), r"truth: expected shape \(any\), got \(1, 1, 2, 1\)"),
        (3, r"truth: expected shape \(any\), got \(\)"),
        (None, "truth: expected"),
        ([[1], [1, 2]], "truth: expected an array"),
    ],
)
def test_oracle_refuses_bad_truth(truth, message):
    with pytest.raises(InputError, match=message):
        create("oracle", truth=truth)


@pytest.mark.parametrize("initial", [None, [0, 0, -1]])
def test_oracle_refuses_truth_of_another_size(initial):
    with pytest.raises(InputError, match="truth: expected 3 labels, one per node, got 4"):
        create("oracle", truth=np.ones((2, 2), int)).partition(graph_of(3, [], []), initial)


@given(st.integers(2, 8), st.integers(0, 30), seeds)
def test_simple_edges_equal_a_loop(n_nodes, n_edges, seed):
    graph = random_graph(n_nodes, n_edges, seed)
    pairs, strengths = simple_edges(graph)
    expected = as_dictionary(graph)
    assert [tuple(pair) for pair in pairs.tolist()] == sorted(expected)
    np.testing.assert_allclose(strengths, [expected[pair] for pair in sorted(expected)], atol=20 * 2**-30)
    order = np.random.default_rng(seed).permutation(graph.n_edges)
    shuffled = AffinityGraph(n_nodes, graph.edges[order], graph.weights[order], graph.sizes[order])
    assert all(np.array_equal(one, two) for one, two in zip(simple_edges(shuffled), (pairs, strengths), strict=True))


def test_simple_edges_without_strength():
    graph = graph_of(4, [[0, 1], [2, 1], [1, 0], [3, 2]], [0, 1e-12, 0.5, 0])
    pairs, strengths = simple_edges(graph)
    assert pairs.tolist() == [[0, 1]] and strengths.tolist() == [0.5]
    assert all(len(result) == 0 for result in simple_edges(graph_of(0, [], [])))


@pytest.mark.parametrize("name", COMMUNITIES)
def test_cliques_are_found_without_seeds(name):
    assert create(name).partition(ring_of_cliques()).tolist() == np.repeat(np.arange(5), 5).tolist()
    assert create(name).partition(two_cliques()).tolist() == [0] * 6 + [1] * 6


@pytest.mark.parametrize("name", COMMUNITIES)
def test_sizes_count_as_parallel_edges(name):
    graph = random_graph(16, 40, seed=8)
    repeated = AffinityGraph(16, graph.edges.repeat(graph.sizes, axis=0), graph.weights.repeat(graph.sizes))
    assert np.array_equal(create(name).partition(graph), create(name).partition(repeated))


@pytest.mark.parametrize("name", MODULARITY)
@given(st.integers(2, 14), st.integers(1, 40), seeds)
def test_modularity_is_no_worse_than_that_of_trivial_partitions(name, n_nodes, n_edges, seed):
    graph = random_graph(n_nodes, n_edges, seed)
    if graph.n_edges:
        found = modularity(graph, create(name).partition(graph))
        assert found > modularity(graph, np.arange(n_nodes)) - 1e-5
        assert found > -1e-5  # that of one cluster is 0


def test_louvain_ends_where_rounding_splits_ties():
    """With strengths as they are, networkx 3.6 moves a node of this graph between equal communities for ever."""
    code = """if True:
        from partitioners import AffinityGraph, create
        edges = [(2, 1), (3, 0), (3, 2), (4, 2), (4, 3), (5, 3), (6, 0), (6, 2), (6, 3), (6, 5)]
        print(create("networkx-louvain").partition(AffinityGraph(7, edges, [0.07] * 10)).tolist())
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert len(run.stdout.split()) == 7


@pytest.mark.parametrize("resolution", [0.001, 0.1, 0.5])
@given(seeds)
def test_cpm_joins_what_is_denser_than_the_resolution(resolution, seed):
    graph = random_graph(8, 16, seed)
    strengths = as_dictionary(graph)

    def objective(labels):
        inside = sum(strength for (u, v), strength in strengths.items() if labels[u] == labels[v])
        return inside - resolution * sum(labels[u] == labels[v] for u, v in itertools.combinations(range(8), 2))

    found = create("igraph-leiden-cpm", resolution=resolution).partition(graph)
    assert objective(found) > objective(np.arange(8)) - 1e-6
    for one, other in itertools.combinations(np.unique(found), 2):
        assert objective(np.where(found == other, one, found)) <= objective(found) + 1e-6


@pytest.mark.parametrize(
    "name",
    [
        "igraph-multilevel",
        "networkit-leiden",
        "networkit-louvain",
        "networkx-greedy-modularity",
        "networkx-louvain",
        "scikit-network-louvain",
    ],
)
def test_resolution_makes_communities_smaller(name):
    counts = [create(name, resolution=value).partition(ring_of_cliques()).max() + 1 for value in (0, 1, 50)]
    assert counts == [1, 5, 25]


@pytest.mark.parametrize(
    "name",
    [
        "igraph-label-propagation",
        "igraph-multilevel",
        "networkit-leiden",
        "networkit-louvain",
        "networkx-label-propagation",
        "networkx-louvain",
        "scikit-network-louvain",
    ],
)
def test_seed_matters_and_repeats(name):
    edges = np.stack(np.nonzero(np.triu(np.random.default_rng(0).random((60, 60)) < 0.08, 1)), axis=1)
    graph = graph_of(60, edges, np.full(len(edges), 0.5))
    found = [create(name, seed=seed).partition(graph).tolist() for seed in (*range(8), *range(8))]
    assert found[:8] == found[8:]
    assert any(labels != found[0] for labels in found)


@pytest.mark.parametrize("name", COMMUNITIES)
def test_random_generators_of_others_are_left_alone(name):
    random.seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist()
    create(name).partition(two_cliques())
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    igraph.Graph.Erdos_Renyi(n=20, m=30)
    assert random.getstate() != before[0], "igraph no longer draws from Python's generator"


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        *[(name, "resolution", value) for name in MODULARITY[1:] for value in (-0.1, np.nan, np.inf, "1", None)],
        *[("igraph-leiden-cpm", "resolution", value) for value in (-0.1, np.inf, True)],
        *[(name, "seed", value) for name in COMMUNITIES if name not in UNSEEDED for value in (-1, 0.5, None)],
        *[("components", "threshold", value) for value in (-0.1, 1.1, np.nan, "0.5")],
    ],
)
def test_parameters_out_of_range_are_refused(name, parameter, value):
    with pytest.raises(InputError, match=f"{parameter}: expected"):
        create(name, **{parameter: value})
