"""GAEC by hand, by brute force, and by what must hold for any graph."""

from itertools import pairwise

import numpy as np
import pytest
from graphs import affinity_graphs, same_partition, shuffled_graph
from hypothesis import given
from hypothesis import strategies as st

from partitioners import AffinityGraph, InputError, create
from partitioners._native import connected_components
from partitioners.linkage import EPSILON, LINKAGES, SCALE, fixed_point, log_odds

REDUCIBLE = ["wpgma", "average"]


def cut(n_nodes, edges, linkage="wpgma", sizes=None, **parameters):
    pairs = np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2)
    weights = np.array([edge[2] for edge in edges], np.float64)
    graph = AffinityGraph(n_nodes, pairs, weights, sizes)
    return create("gaec-reference", linkage=linkage, **parameters).partition(graph).tolist()


def test_a_chain_is_cut_at_its_weak_edge():
    assert cut(4, [(0, 1, 0.9), (1, 2, 0.4), (2, 3, 0.8)]) == [0, 0, 1, 1]


def test_an_edge_that_only_one_of_the_merged_nodes_had_keeps_its_value():
    # Line 17 read literally would drop (1, 2) when 0 and 1 merge, and the square of a grid could never grow past pairs.
    assert cut(4, [(0, 1, 0.9), (2, 3, 0.8), (0, 2, 0.7), (1, 3, 0.6)]) == [0, 0, 0, 0]


def test_a_triangle_averages_the_two_edges_of_line_14():
    # 0 and 1 merge; their edges to 2 become (0.8 + 0.3) / 2 = 0.55, above one half, and (0.6 + 0.3) / 2 = 0.45, below.
    assert cut(3, [(0, 1, 0.9), (0, 2, 0.8), (1, 2, 0.3)]) == [0, 0, 0]
    assert cut(3, [(0, 1, 0.9), (0, 2, 0.6), (1, 2, 0.3)]) == [0, 0, 1]


# Nodes 0, 1, 2 merge one after the other; each has an edge to node 3: 0.2, 0.3 and 0.8.
FAN = [(0, 1, 1.0), (0, 2, 0.9), (0, 3, 0.2), (1, 3, 0.3), (2, 3, 0.8)]


@pytest.mark.parametrize(
    ("linkage", "value"),
    [("wpgma", (0.25 + 0.8) / 2), ("average", (0.2 + 0.3 + 0.8) / 3)],
)
def test_wpgma_weighs_the_last_merged_more_than_average_does(linkage, value):
    assert cut(4, FAN, linkage, threshold=value + 1e-6) == [0, 0, 0, 1]
    assert cut(4, FAN, linkage, threshold=value - 1e-6) == [0, 0, 0, 0]


def test_sum_adds_log_odds():
    total = sum(np.log(a / (1 - a)) for a in (0.2, 0.3, 0.8))
    assert cut(4, FAN, "sum", threshold=total + 1e-6) == [0, 0, 0, 1]
    assert cut(4, FAN, "sum", threshold=total - 1e-6) == [0, 0, 0, 0]


def test_edges_below_the_threshold_may_add_up_to_one_above_it():
    # Log-odds of 4.6, 0.85 and 0.85: when 0 and 1 have merged, 1.7 joins 2.
    assert cut(3, [(0, 1, 0.99), (0, 2, 0.7), (1, 2, 0.7)], "sum", threshold=1) == [0, 0, 0]


def test_log_odds_are_exact_and_bounded():
    odds = 2 ** np.arange(-19.5, 20, 0.25)  # the series is least exact halfway between two powers
    affinities = odds / (1 + odds)
    np.testing.assert_allclose(log_odds(affinities), np.log(affinities / (1 - affinities)), rtol=0, atol=1e-12)
    assert log_odds(np.array([0, 1])).tolist() == log_odds(np.array([EPSILON, 1 - EPSILON])).tolist()


def test_fixed_point_of_any_precision_rounds_half_to_even():
    assert fixed_point(np.array([0.25, 0.5, 1], np.float16)).tolist() == [2**24, 2**25, 2**26]
    assert fixed_point([0.5 / SCALE, 1.5 / SCALE]).tolist() == [0, 2]


def test_one_false_bridge_destroys_two_segments():
    """Fig. 2 (a, b): a single wrong affinity merges two rows of pixels under wpgma."""
    rows = [(0, 1, 0.9), (1, 2, 0.9), (3, 4, 0.9), (4, 5, 0.9)]
    between = [(0, 3, 0.2), (1, 4, 0.95), (2, 5, 0.2)]
    assert cut(6, rows + between[:1] + between[2:]) == [0, 0, 0, 1, 1, 1]
    assert len(set(cut(6, rows + between))) == 1


def test_merges_are_above_the_threshold_never_at_it():
    assert cut(2, [(0, 1, 0.5)]) == [0, 1]
    assert cut(2, [(0, 1, 0.5)], "average") == [0, 1]
    assert cut(2, [(0, 1, 0.5)], "sum") == [0, 1]
    assert cut(2, [(0, 1, 0.3)], threshold=0.3) == [0, 1]
    assert cut(2, [(0, 1, 0.3)], threshold=0.29) == [0, 0]


def test_ties_go_to_the_smallest_edge_index():
    # Either 0-1 or 1-2 may go first; whichever does lowers the other's edge to 0.5 or below.
    triangle = [(0, 1, 0.8), (1, 2, 0.8), (0, 2, 0.1)]
    assert cut(3, triangle) == [0, 0, 1]
    assert cut(3, [triangle[1], triangle[0], triangle[2]]) == [0, 1, 1]


def test_a_joined_edge_keeps_the_smallest_index_behind_it():
    # After 0 and 1 merge, {0,1}-2 is worth 0.625 by edges 1 and 4, as is 2-3 by edge 2. With index 1 it goes first, which
    # lowers {0,1,2}-3 to (0.625 + 0.125) / 2; with index 2 or 4 it would go last.
    edges = [(0, 1, 0.875), (0, 2, 0.5), (2, 3, 0.625), (0, 3, 0.125), (1, 2, 0.75)]
    assert cut(4, edges, "average") == [0, 0, 0, 1]
    late = [(0, 1, 0.875), (2, 3, 0.625), (0, 2, 0.5), (0, 3, 0.125), (1, 2, 0.75)]
    assert cut(4, late, "average") == [0, 0, 1, 1]


def test_parallel_edges_are_joined_before_the_first_merge():
    # Their mean, weighted by size, is 0.48 under either mean; as log-odds they add up.
    edges = [(0, 1, 0.9), (1, 0, 0.2)]
    assert cut(2, edges, "average", sizes=np.array([2, 3])) == [0, 1]
    assert cut(2, edges, "wpgma", sizes=np.array([2, 3])) == [0, 1]
    assert cut(2, edges, "average", sizes=np.array([3, 2])) == [0, 0]
    assert cut(2, edges, "sum", sizes=np.array([2, 3])) == [0, 0]
    assert cut(2, edges, "sum", sizes=np.array([1, 3])) == [0, 1]


def brute_force(graph, linkage, threshold):
    """All edges, no queue: join the best pair of parts, judged anew from the original edges, until none is left."""
    labels = np.arange(graph.n_nodes)
    worth = log_odds(graph.weights) if linkage == "sum" else graph.weights.astype(np.float64)
    while True:
        found = {}
        for index, (ends, value, size) in enumerate(zip(labels[graph.edges], worth, graph.sizes, strict=True)):
            if ends[0] != ends[1]:
                found.setdefault(tuple(sorted(ends.tolist())), []).append((value * size, size, index))
        pairs = []
        for pair, behind in found.items():
            total, size = sum(value for value, _, _ in behind), sum(size for _, size, _ in behind)
            pairs.append((-(total if linkage == "sum" else total / size), min(i for _, _, i in behind), pair))
        if not pairs or -min(pairs)[0] <= threshold:
            return labels
        u, v = min(pairs)[2]
        labels[labels == v] = u


@given(affinity_graphs(weights=st.integers(0, 8).map(lambda eighth: eighth / 8)), st.sampled_from([0.25, 0.5, 0.75]))
def test_average_equals_brute_force_ties_included(graph, threshold):
    # Eighths and their sums are exact in any order, so that ties are ties in both.
    labels = create("gaec-reference", linkage="average", threshold=threshold).partition(graph)
    assert same_partition(labels, brute_force(graph, "average", threshold))


@given(affinity_graphs(unique=True))
def test_sum_equals_brute_force(graph):
    labels = create("gaec-reference", linkage="sum").partition(graph)
    assert same_partition(labels, brute_force(graph, "sum", 0.0))


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=affinity_graphs(unique=True), seed=st.integers(0, 99))
def test_numbering_of_nodes_does_not_matter(linkage, graph, seed):
    partitioner = create("gaec-reference", linkage=linkage)
    renumbered, order = shuffled_graph(graph, seed)
    assert same_partition(partitioner.partition(graph), partitioner.partition(renumbered)[order])


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=affinity_graphs())
def test_parts_are_connected(linkage, graph):
    labels = create("gaec-reference", linkage=linkage).partition(graph)
    inside = graph.edges[labels[graph.edges[:, 0]] == labels[graph.edges[:, 1]]]
    assert same_partition(labels, connected_components(graph.n_nodes, inside))


@pytest.mark.parametrize("linkage", REDUCIBLE)
@given(graph=affinity_graphs(), threshold=st.floats(0, 1))
def test_parts_stay_within_the_components_above_the_threshold(linkage, graph, threshold):
    labels = create("gaec-reference", linkage=linkage, threshold=threshold).partition(graph)
    fixed = np.rint(graph.weights * SCALE)
    components = connected_components(graph.n_nodes, graph.edges[fixed > np.rint(threshold * SCALE)])
    assert all(len(set(components[labels == label])) == 1 for label in range(labels.max(initial=-1) + 1))


@given(affinity_graphs(weights=st.integers(0, 8).map(lambda eighth: eighth / 8)))
def test_lower_thresholds_only_merge_further(graph):
    thresholds = [1, 0.75, 0.5, 0.25, 0]
    levels = [create("gaec-reference", linkage="average", threshold=t).partition(graph) for t in thresholds]
    for finer, coarser in pairwise(levels):
        assert len(set(zip(finer, coarser, strict=True))) == finer.max(initial=-1) + 1


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=affinity_graphs(max_nodes=2, max_edges=6))
def test_one_pair_is_merged_exactly_when_its_joined_edge_is_above(linkage, graph):
    labels = create("gaec-reference", linkage=linkage).partition(graph)
    if linkage == "sum":
        together = np.rint(log_odds(graph.weights) * SCALE) @ graph.sizes > 0
    else:
        together = np.rint(graph.weights * SCALE) @ graph.sizes > SCALE / 2 * graph.sizes.sum()
    assert (labels.max(initial=0) == 0) == (graph.n_nodes < 2 or together)


@pytest.mark.parametrize("linkage", REDUCIBLE)
@given(graph=affinity_graphs(), seed=st.integers(0, 2**32))
def test_what_is_certain_holds_for_the_whole_graph(linkage, graph, seed):
    gaec = create("gaec", linkage=linkage)
    inside = np.random.default_rng(seed).random(graph.n_nodes) < 0.7
    seen = graph.keep(inside[graph.edges].any(axis=1))
    parts, whole = gaec.certain(seen, ~inside), gaec.partition(graph)
    assert len(set(zip(parts, whole, strict=True))) == parts.max(initial=-1) + 1
    if linkage == "average":
        assert np.array_equal(gaec.partition(graph.contract(parts))[parts], whole)


@given(affinity_graphs())
def test_all_is_certain_of_an_average_where_no_node_is_open(graph):
    gaec = create("gaec", linkage="average")
    assert np.array_equal(gaec.certain(graph, np.zeros(graph.n_nodes, bool)), gaec.partition(graph))


def test_a_node_waits_for_a_better_neighbour_that_may_have_a_better_one():
    graph = AffinityGraph(4, np.array([(0, 1), (1, 2), (2, 3)]), np.array([0.9, 0.8, 0.7]))
    gaec = create("gaec", linkage="average")
    assert gaec.certain(graph, np.array([True, False, False, False])).tolist() == [0, 1, 2, 3]
    assert gaec.certain(graph, np.array([False, False, False, True])).tolist() == [0, 0, 0, 1]
    with pytest.raises(InputError, match="is_open: expected shape"):
        gaec.certain(graph, np.zeros(3, bool))
    with pytest.raises(InputError, match="linkage: expected one that is reducible"):
        create("gaec", linkage="sum").certain(graph, np.zeros(4, bool))


@pytest.mark.parametrize(("linkage", "threshold"), [("sum", 1e300), ("sum", -1e10), ("average", 1.5), ("wpgma", -0.1)])
def test_thresholds_that_no_edge_could_meet_are_refused(linkage, threshold):
    with pytest.raises(InputError, match="threshold: expected a number in"):
        create("gaec", linkage=linkage, threshold=threshold)
