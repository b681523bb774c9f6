"""GAS: by hand, in every order, and by what must hold for any graph."""

import numpy as np
from graphs import affinity_graphs
from hypothesis import given
from hypothesis import strategies as st

from partitioners import AffinityGraph, create
from partitioners._native import connected_components
from partitioners.reference.gas import associate


def path(*weights):
    nodes = np.arange(len(weights) + 1)
    return AffinityGraph(len(nodes), np.stack([nodes[:-1], nodes[1:]], axis=1), np.array(weights, np.float64))


def test_nodes_take_the_label_of_their_most_affine_labelled_neighbour():
    """Line 47."""
    labels = create("gas-reference").partition(path(0.6, 0.9), initial=np.array([0, -1, 1]))
    assert labels.tolist() == [0, 1, 1]


def test_ties_go_to_the_smallest_edge_index():
    labels = create("gas-reference").partition(path(0.75, 0.75), initial=np.array([7, -1, 3]))
    assert labels.tolist() == [0, 0, 1]


def test_labels_spread_until_nothing_changes_and_the_rest_is_background():
    """Lines 44 and 52: the last edge is too weak for the last node, and so for those behind it."""
    labels = create("gas-reference").partition(path(0.9, 0.9, 0.9, 0.4, 0.9), initial=np.array([0, -1, -1, -1, -1, -1]))
    assert labels.tolist() == [0, 0, 0, 0, -1, -1]


def test_the_rest_is_cut_by_a_partitioner_of_its_own():
    """Nodes 3 to 5 find no label: 3 and 4 belong together; 5 is alone."""
    graph = AffinityGraph(6, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]), np.array([0.9, 0.9, 0.4, 0.7, 0.1]))
    for name in ("gas", "gas-reference"):
        labels = create(name, rest="gaec").partition(graph, initial=np.array([0, -1, -1, -1, -1, -1]))
        assert labels.tolist() == [0, 0, 0, 1, 1, 2]


def test_the_rest_may_stay_background():
    labels = create("gas", rest="gas").partition(path(0.9, 0.4, 0.9), initial=np.array([0, -1, -1, -1]))
    assert labels.tolist() == [0, 0, -1, -1]


def test_nodes_join_at_the_threshold():
    """Line 48 passes over what is below it: unlike GAEC, equality joins."""
    assert create("gas-reference").partition(path(0.5), initial=np.array([0, -1])).tolist() == [0, 0]


def test_labelled_nodes_are_never_joined_to_each_other():
    assert create("gas-reference").partition(path(1.0), initial=np.array([0, 1])).tolist() == [0, 1]


def test_without_initial_labels_all_is_background():
    assert create("gas-reference").partition(path(1.0, 1.0)).tolist() == [-1, -1, -1]


def test_the_order_of_visits_decides_between_equals():
    """Node 1 prefers node 2, which has a label only if visited before."""
    graph, labelled = path(0.6, 0.9, 0.8), np.array([True, False, False, True])
    assert associate(graph, labelled, np.array([1, 2]), 0.5).tolist() == [0, 0, 0, 3]
    assert associate(graph, labelled, np.array([2, 1]), 0.5).tolist() == [0, 3, 3, 3]


@given(affinity_graphs(), st.integers(0, 2**32), st.data())
def test_exactly_what_labels_can_reach_is_labelled(graph, seed, data):
    start = data.draw(st.lists(st.booleans(), min_size=graph.n_nodes, max_size=graph.n_nodes))
    initial = np.where(start, np.arange(graph.n_nodes), -1)
    labels = create("gas-reference", seed=seed).partition(graph, initial=initial)
    components = connected_components(graph.n_nodes, graph.edges[graph.weights >= 0.5])
    assert (labels >= 0).tolist() == np.isin(components, components[np.array(start, bool)]).tolist()
    assert len(set(labels[labels >= 0].tolist())) == sum(start)
    grown = [(labels[u], labels[v]) for u, v in graph.edges if labels[u] == labels[v] >= 0]
    assert len(grown) >= (labels >= 0).sum() - sum(start)
