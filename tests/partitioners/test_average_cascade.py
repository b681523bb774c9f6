"""The average cascade against its parts, and on pyramids whose levels disagree."""

import numpy as np
import pytest
from test_cascade import level, pyramid, random_pyramid

from partitioners import InputError, _native, create
from partitioners.instances import to_instances

SQUARES = np.kron([[1, 1, 3, 3], [1, 1, 3, 3]], np.ones((4, 4), int))
"""Two cars side by side, 8 × 8 pixels each."""


@pytest.mark.parametrize("threshold", [0.3, 0.75])
def test_one_level_equals_average_linkage(threshold):
    problem = random_pyramid(3)
    flat = create("gaec", linkage="average", threshold=threshold)
    labels = flat.cut_level(problem.levels[0], -problem.is_thing(1).astype(np.int32))
    alone = create("average-cascade", threshold=threshold, levels=1, small=0, grouping=None)
    assert alone.segment(problem).labels.tolist() == to_instances(problem, labels, problem.min_size).labels.tolist()


def test_a_segment_that_the_finer_level_disputes_is_cut_anew():
    joined = np.ones((4, 8), int)  # at level 2, the two squares are one
    problem = pyramid(level(SQUARES), level(joined))
    inside = 8 * 15 + 7 * 16  # pairs inside of the joined segment, of which 8 lead from square to square
    for disputed, count in [(8 / inside, 1), (8 / inside - 1e-9, 2), (0.0, 2), (1.0, 1)]:
        found = create("average-cascade", disputed=disputed, grouping=None, min_size=0).segment(problem)
        assert len(found.classes) == count
    assert found.labels.min() == 1


def test_what_stuff_inherits_is_background_where_disputed():
    """Stuff next to a thing is inherited as a part of it, or of nothing."""
    classes = np.where(SQUARES == 1, 1, 0)  # at level 1, the right square is road
    problem = pyramid(level(SQUARES, classes), level(np.ones((4, 8), int)))
    found = create("average-cascade", grouping=None, min_size=0).segment(problem)
    assert found.labels.tolist() == np.where(SQUARES == 1, 1, 0).tolist()


def test_pieces_join_their_most_affine_neighbour():
    labels = np.array([[1, 1, 2, 3, 3, 4, 0, 5]], np.int32)
    affinity = np.array([[[0.9, 0.6, 0.7, 0.9, 0.3, 0.9, 0.9, 0.0]]], np.float32)
    offsets = np.array([[0, 1]])
    assert _native.join_small(labels, affinity, offsets, 2, 0.4).tolist() == [[1, 1, 2, 2, 2, 0, 0, 0]]
    assert _native.join_small(labels, affinity, offsets, 2, 0.3).tolist() == [[1, 1, 2, 2, 2, 2, 0, 0]]
    assert _native.join_small(labels, affinity, offsets, 1, 0.4).tolist() == labels.tolist()
    assert not _native.join_small(labels, affinity, offsets, 3, 0.0).any()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"threshold": 1.5}, "threshold: expected a number in \\[0, 1\\], got 1.5"),
        ({"disputed": -0.1}, "disputed: expected a number in \\[0, 1\\], got -0.1"),
        ({"small": -1}, "small: expected a whole number of at least 0, got -1"),
        ({"levels": 0}, "levels: expected a whole number of at least 1, got 0"),
        ({"grouping": "cascade-gaec"}, "grouping: expected a graph partitioner"),
    ],
)
def test_mistakes(parameters, message):
    with pytest.raises(InputError, match=message):
        create("average-cascade", **parameters)
