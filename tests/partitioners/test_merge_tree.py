"""A merge tree cut at a threshold is the partition with that threshold."""

import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given
from hypothesis import strategies as st
from test_native_equals_reference import EIGHTHS, grids

from partitioners import AffinityGraph, InputError, create
from partitioners.linkage import LINKAGES, SCALE


@pytest.mark.parametrize("linkage", LINKAGES)
@given(
    graph=st.one_of(grids(), affinity_graphs(), affinity_graphs(weights=EIGHTHS, max_edges=40)),
    thresholds=st.lists(st.one_of(EIGHTHS, st.floats(0, 1)), min_size=3, max_size=6),
    data=st.data(),
)
def test_cuts_are_partitions(linkage, graph, thresholds, data):
    parts = st.lists(st.integers(-1, 4), min_size=graph.n_nodes, max_size=graph.n_nodes)
    initial = data.draw(st.one_of(st.none(), parts.map(lambda parts: np.array(parts, np.int64))))
    tree = create("gaec", linkage=linkage, threshold=min(thresholds)).merge_tree(graph, initial)
    for threshold in thresholds:
        partition = create("gaec", linkage=linkage, threshold=threshold).partition(graph, initial)
        assert tree.cut(threshold).tolist() == partition.tolist()


def test_heights_by_hand():
    # 0 and 1 merge at 0.9, their edges to 2 average 0.55; of the log-odds, the second merge is worth more than the first.
    graph = AffinityGraph(3, np.array([[0, 1], [0, 2], [1, 2]]), np.array([0.9, 0.8, 0.3]))
    assert create("gaec", linkage="average").merge_tree(graph).thresholds == pytest.approx([0.9, 0.55])
    rising = AffinityGraph(3, np.array([[0, 1], [0, 2], [1, 2]]), np.array([0.75, 0.7, 0.7]))
    assert create("gaec", linkage="sum").merge_tree(rising).thresholds == pytest.approx([np.log(3), np.log(3)])


def test_a_mean_between_two_units_is_above_the_lower_one():
    unit = 1 / SCALE
    graph = AffinityGraph(2, np.array([[0, 1], [0, 1]]), np.array([unit, 2 * unit]))
    tree = create("gaec", linkage="average", threshold=0).merge_tree(graph)
    assert [tree.cut(one * unit).tolist() for one in (1, 2)] == [[0, 0], [0, 1]]


def test_a_threshold_that_is_no_number_is_refused():
    tree = create("gaec").merge_tree(AffinityGraph(2, np.array([[0, 1]]), np.array([0.9])))
    with pytest.raises(InputError, match="threshold"):
        tree.cut(float("nan"))
