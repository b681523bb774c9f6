"""Contraction within limits: the reference's result, other algorithms' where they are the same, and by hand."""

import numpy as np
import pytest
from graphs import affinity_graphs, same_partition
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_costs import cost_graphs

from partitioners import AffinityGraph, CostGraph, InputError, create, grid_graph
from partitioners.linkage import EXTREMES, LINKAGES

EVERY = [*LINKAGES, *EXTREMES]
GRAPHS = st.one_of(affinity_graphs(max_nodes=10, max_edges=40), cost_graphs())
PATH = AffinityGraph(4, [[0, 1], [1, 2], [2, 3]], [0.9, 0.8, 0.7])


def pairs(n_nodes):
    return hnp.arrays(np.int64, st.tuples(st.integers(0, 3), st.just(2)), elements=st.integers(0, max(0, n_nodes - 1)))


@pytest.mark.parametrize("linkage", EVERY)
@given(graph=GRAPHS, constrained=st.booleans(), data=st.data())
def test_native_equals_reference(linkage, graph, constrained, data):
    parameters = {
        "linkage": linkage,
        "constrained": constrained,
        "n_parts": data.draw(st.sampled_from([0, 0, 2, 4])),
        "max_size": data.draw(st.sampled_from([None, None, 1, 3])),
        "min_size": data.draw(st.sampled_from([0, 1, 1, 2, 4])),
    }
    if not (linkage == "sum" and constrained):
        parameters["threshold"] = data.draw(st.sampled_from([None, 0.25, 1.0]))
    initial = data.draw(st.one_of(st.none(), hnp.arrays(np.int64, graph.n_nodes, elements=st.integers(-2, 2))))
    native, reference = (create(name, **parameters) for name in ("gasp", "gasp-reference"))
    assert native.partition(graph, initial).tolist() == reference.partition(graph, initial).tolist()
    if graph.n_nodes:
        linked = {"must_link": data.draw(pairs(graph.n_nodes)), "cannot_link": data.draw(pairs(graph.n_nodes))}
        try:
            labels = native.partition_linked(graph, **linked, initial=initial)
        except InputError:
            return
        assert labels.tolist() == reference.partition_linked(graph, **linked, initial=initial).tolist()
        together, apart = (labels[linked[name]] for name in ("must_link", "cannot_link"))
        assert (together[:, 0] == together[:, 1]).all() and (apart[:, 0] != apart[:, 1]).all()


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=affinity_graphs(max_nodes=10, max_edges=40))
def test_without_limits_it_is_gaec(linkage, graph):
    assert same_partition(
        create("gasp", linkage=linkage).partition(graph), create("gaec", linkage=linkage).partition(graph)
    )


@given(graph=affinity_graphs(max_nodes=10, max_edges=40), threshold=st.sampled_from([0.25, 0.5, 0.75]))
def test_single_linkage_gives_components(graph, threshold):
    above = graph.keep(graph.weights > threshold)
    expected = create("components", threshold=0.0).partition(above)
    assert create("gasp", linkage="max", threshold=threshold).partition(graph).tolist() == expected.tolist()


@given(graph=affinity_graphs(max_nodes=10, max_edges=30, unique=True), constrained=st.booleans())
def test_the_strongest_edge_of_each_pair_is_the_mutex_watershed(graph, constrained):
    labels = create("gasp", linkage="abs_max", constrained=constrained).partition(graph)
    assert labels.tolist() == create("mutex-watershed").partition(graph).tolist()


@pytest.mark.parametrize("linkage", ["average", "max", "min", "abs_max", "mutex_watershed"])
def test_equals_a_peer_without_ties(linkage):
    pytest.importorskip("bioimage_cpp")
    for seed in range(12):
        rng = np.random.default_rng(seed)
        edges = np.argwhere(np.triu(rng.random((20, 20)) < 0.3, 1))
        graph = AffinityGraph(20, edges, rng.random(len(edges)))
        ours = {"linkage": "abs_max", "constrained": True} if linkage == "mutex_watershed" else {"linkage": linkage}
        peer = create("bioimage-gasp", linkage={"average": "mean"}.get(linkage, linkage))
        assert create("gasp", **ours).partition(graph).tolist() == peer.partition(graph).tolist()


@pytest.mark.parametrize("name", ["gasp", "gasp-reference"])
class TestByHand:
    def test_a_strong_repulsion_keeps_parts_apart_for_good(self, name):
        graph = AffinityGraph(3, [[0, 1], [1, 2], [0, 2]], [0.9, 0.8, 0.05], [1, 5, 1])
        assert create(name).partition(graph).tolist() == [0, 0, 0]  # the mean of 0.8 × 5 and 0.05 is above 0.5
        assert create(name, constrained=True).partition(graph).tolist() == [0, 0, 1]

    @pytest.mark.parametrize(
        ("n_parts", "expected"), [(3, [0, 0, 1, 2]), (2, [0, 0, 0, 1]), (1, [0] * 4), (9, [0, 1, 2, 3])]
    )
    def test_merges_stop_at_a_number_of_parts(self, name, n_parts, expected):
        assert create(name, n_parts=n_parts).partition(PATH).tolist() == expected

    def test_no_part_is_larger_than_allowed(self, name):
        assert create(name, max_size=2).partition(PATH).tolist() == [0, 0, 1, 1]
        assert create(name, max_size=2).partition(PATH, [5, 5, 5, -1]).tolist() == [0, 0, 0, 1]  # as given

    def test_small_parts_merge_at_the_end(self, name):
        graph = AffinityGraph(4, [[0, 1], [1, 2], [2, 3]], [0.9, 0.2, 0.1])
        assert create(name).partition(graph).tolist() == [0, 0, 1, 2]
        assert create(name, min_size=2).partition(graph).tolist() == [0, 0, 0, 0]  # 2 first joins 0 and 1, 3 then 2
        assert create(name, min_size=2, max_size=2).partition(graph).tolist() == [0, 0, 1, 1]

    def test_pairs_of_the_user(self, name):
        partitioner = create(name)
        assert partitioner.partition_linked(PATH, cannot_link=[[0, 3]]).tolist() == [0, 0, 0, 1]
        assert partitioner.partition_linked(PATH, must_link=[[0, 3]], cannot_link=[[3, 2]]).tolist() == [0, 0, 1, 0]
        with pytest.raises(InputError, match="cannot_link: expected nodes that do not start in one part, got 3 and 0"):
            partitioner.partition_linked(PATH, must_link=[[0, 1], [1, 3]], cannot_link=[[3, 0]])
        with pytest.raises(InputError, match=r"cannot_link: expected values in \[0, 3\], got 4"):
            partitioner.partition_linked(PATH, cannot_link=[[0, 4]])

    def test_costs(self, name):
        graph = CostGraph(3, [[0, 1], [1, 2], [0, 2]], [3.0, 2.0, -2.5])
        assert create(name, linkage="sum").partition(graph).tolist() == [0, 0, 1]
        assert create(name, linkage="max").partition(graph).tolist() == [0, 0, 0]
        assert create(name, linkage="average", constrained=True).partition(graph).tolist() == [0, 0, 1]


@pytest.mark.parametrize("constrained", [False, True])
def test_on_a_volume(constrained):
    rng = np.random.default_rng(0)
    grid = grid_graph(rng.random((3, 4, 5, 6)), ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    parameters = {"constrained": constrained, "min_size": 3, "threshold": 0.6}
    native, reference = (create(name, **parameters).partition(grid) for name in ("gasp", "gasp-reference"))
    assert native.tolist() == reference.tolist()
    assert (np.bincount(native).min() >= 3) == (not constrained)  # repulsion outweighs size


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"linkage": "median"}, "linkage: expected one of abs_max, average, max, min, sum, wpgma, got 'median'"),
        ({"threshold": 2}, r"threshold: expected a number in \[0, 1\], got 2"),
        ({"constrained": 1}, "constrained: expected True or False, got 1"),
        ({"constrained": True, "linkage": "sum", "threshold": 1}, "threshold: expected 0 with constrained sums, got 1"),
        ({"n_parts": -1}, "n_parts: expected a whole number of at least 0, got -1"),
        ({"max_size": 0}, "max_size: expected a whole number of at least 1, got 0"),
        ({"min_size": 0.5}, "min_size: expected a whole number of at least 0, got 0.5"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        create("gasp", **parameters)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"linkage": "median"}, "linkage: expected wpgma, average or sum, got median"),
        ({"apart": np.array([[0, 2]])}, r"apart: expected values in \[0, 2\), got 2"),
        ({"apart": np.array([[1, 1]])}, "apart: expected no self-loops"),
        ({"node_sizes": np.array([1, 0])}, "node_sizes: expected values in"),
        ({"largest": 0}, "n_parts, largest: expected at least 0 and 1, got 0 and 0"),
        ({"by_strength": True}, "threshold: expected 0 where edges go by their strength, got 5"),
    ],
)
def test_the_native_one_refuses(changes, message):
    from partitioners import _native

    fine = {"n_nodes": 2, "edges": np.array([[0, 1]]), "values": np.array([9]), "sizes": np.array([1]), "threshold": 5}
    fine |= {"linkage": "average", "by_strength": False, "apart": np.empty((0, 2), int), "node_sizes": np.ones(2, int)}
    with pytest.raises(ValueError, match=message):
        _native.contract_constrained(**(fine | {"n_parts": 0, "largest": 9, "smallest": 0} | changes))
