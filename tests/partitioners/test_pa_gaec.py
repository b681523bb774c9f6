"""PA-GAEC and the grouping graph: by hand, against GAEC, against a slow version."""

import numpy as np
import pytest
from graphs import same_partition
from hypothesis import given
from hypothesis import strategies as st

from partitioners import InputError, Segments, create, grid_graph
from partitioners.cascade.grouping import grouping_graph
from partitioners.reference.pa_gaec import position_factor


def segments(boxes, embedding=None, semantic=None, pixels=None):
    n = len(boxes)
    return Segments(
        np.array(pixels if pixels is not None else [4] * n, np.int64),
        np.array(boxes, np.int64),
        np.array(semantic, np.float64) if semantic is not None else np.ones((n, 1)),
        np.array(embedding, np.float64).reshape(n, np.size(embedding) // max(n, 1))
        if embedding is not None
        else np.zeros((n, 1)),
    )


def group(parts, **parameters):
    return create("pa-gaec-reference", **parameters).partition(grouping_graph(parts)).tolist()


def test_position_factor_by_hand():
    """Line 23: heights 4 and 2, widths 2 and 2; centres 8 down and 16 right of each other."""
    first, second = (0, 0, 4, 2), (9, 16, 11, 18)
    assert position_factor(first, second, 1.0) == pytest.approx((0.5 * 4 / 8) * (0.5 * 2 / 16))
    assert position_factor(first, second, 0.5) == pytest.approx(np.sqrt(2 / 8 * 1 / 16))
    assert position_factor(second, first, 0.5) == position_factor(first, second, 0.5)


def test_position_factor_is_one_for_equal_centres_and_for_touching_halves():
    assert position_factor((0, 0, 4, 4), (1, 1, 3, 3), 0.5) == 1.0
    assert position_factor((0, 0, 4, 4), (0, 2, 4, 6), 0.5) == 1.0  # centres 2 apart, half the width is 2
    assert position_factor((0, 0, 4, 4), (0, 3, 4, 7), 0.5) < 1.0


def test_halves_of_one_object_are_grouped_and_its_far_twin_is_not():
    near = [(0, 0, 10, 4), (0, 6, 10, 10)]
    far = (0, 100, 10, 104)
    assert group(segments([*near, far])) == [0, 0, 1]
    assert group(segments([*near, far]), beta=0) == [0, 0, 0]


def test_the_merged_box_reaches_further_than_its_parts():
    """Line 28: D is computed anew. Alone, neither part reaches the third; their union does."""
    boxes = [(0, 0, 4, 4), (0, 6, 4, 10), (0, 20, 4, 24)]
    assert position_factor(boxes[1], boxes[2], 0.5) < 0.5 < position_factor((0, 0, 4, 10), boxes[2], 0.5)
    assert group(segments(boxes)) == [0, 0, 0]
    assert group(segments(boxes[1:])) == [0, 1]


def test_class_distributions_weigh_by_their_divergence():
    """A_s: equal distributions 1, disjoint ones 0; (1, 0) against (1/2, 1/2) 1 - JSD = 0.6887."""
    graph = grouping_graph(segments([(0, 0, 1, 1)] * 3, semantic=[[1, 0], [0.5, 0.5], [0, 1]]))
    half = 1 - (0.8112781244591328 - 0.5)  # H(3/4, 1/4) - (H(1, 0) + H(1/2, 1/2)) / 2
    assert graph.weights == pytest.approx([half, 0, half])


def test_embeddings_weigh_by_their_gaussian():
    """Equation 2: a distance of 1 halves the affinity."""
    graph = grouping_graph(segments([(0, 0, 1, 1)] * 3, embedding=[0, 1, 3]))
    assert graph.weights == pytest.approx([2.0**-1, 2.0**-9, 2.0**-4])


def test_edge_sizes_are_pixel_pairs():
    assert grouping_graph(segments([(0, 0, 1, 1)] * 3, pixels=[2, 3, 5])).sizes.tolist() == [6, 10, 15]


def test_graphs_without_segments_are_refused():
    with pytest.raises(InputError, match="segments"):
        create("pa-gaec-reference").partition(grid_graph(np.ones((1, 2, 2), np.float32), ((0, 1),)))


@st.composite
def random_segments(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(0, 9))
    corner = rng.integers(0, 12, (n, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 8, (n, 2))], axis=1)
    embedding = rng.normal(0, draw(st.sampled_from([0.1, 0.4])), (n, 3))
    return segments(boxes, embedding, rng.dirichlet([2, 2], n), rng.integers(1, 9, n))


@pytest.mark.parametrize("linkage", ["wpgma", "average"])
@given(parts=random_segments(), threshold=st.floats(0.2, 0.9))
def test_without_position_it_is_gaec(linkage, parts, threshold):
    graph = grouping_graph(parts)
    aware = create("pa-gaec-reference", linkage=linkage, threshold=threshold, beta=0)
    plain = create("gaec-reference", linkage=linkage, threshold=threshold)
    assert aware.partition(graph).tolist() == plain.partition(graph).tolist()


def slow(parts, threshold, beta):
    """Average linkage judged anew from the original pairs at every step, with the boxes of the unions."""
    graph = grouping_graph(parts)
    labels = np.arange(len(parts))
    while True:
        best = (-threshold, None)
        for u in np.unique(labels):
            for v in np.unique(labels[labels > u]):
                behind = np.isin(labels[graph.edges], (u, v)).all(axis=1)
                behind &= labels[graph.edges[:, 0]] != labels[graph.edges[:, 1]]
                affinity = np.average(graph.weights[behind], weights=graph.sizes[behind])
                box_u, box_v = (
                    (*parts.boxes[labels == w, :2].min(axis=0), *parts.boxes[labels == w, 2:].max(axis=0))
                    for w in (u, v)
                )
                best = min(best, (-affinity * position_factor(box_u, box_v, beta), (u, v)), key=lambda pair: pair[0])
        if best[1] is None:
            return labels
        labels[labels == best[1][1]] = best[1][0]


@given(random_segments(), st.sampled_from([0.5, 2.0]))
def test_average_equals_a_slow_version(parts, beta):
    labels = create("pa-gaec-reference", linkage="average", beta=beta).partition(grouping_graph(parts))
    assert same_partition(labels, slow(parts, 0.5, beta))
