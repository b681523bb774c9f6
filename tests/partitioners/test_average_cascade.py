"""The average cascade against its parts, and on pyramids whose levels disagree."""

from dataclasses import replace

import numpy as np
import pytest
from test_cascade import level, pyramid, random_pyramid

from partitioners import InputError, create
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


@pytest.mark.parametrize(
    ("small", "association", "expected"),
    [
        (2, 0.4, [1, 1, 2, 2, 2, 0, 0, 0]),  # the third pixel joins by 0.7; the last two have no neighbour at 0.4
        (2, 0.3, [1, 1, 2, 2, 2, 2, 0, 0]),
        (1, 0.4, [1, 1, 2, 3, 3, 4, 0, 5]),
        (3, 0.0, [0, 0, 0, 0, 0, 0, 0, 0]),  # none is left to join
    ],
)
def test_pieces_join_their_most_affine_neighbour(small, association, expected):
    row = level([[1, 1, 1, 1, 1, 1, 0, 1]])
    affinity = np.zeros((2, 1, 8), np.float32)
    affinity[0, 0, :7] = [0.9, 0.6, 0.7, 0.9, 0.3, 0.9, 0.9]
    partitioner = create("average-cascade", small=small, association=association, grouping=None, min_size=0)
    assert partitioner.segment(pyramid(replace(row, affinity=affinity))).labels.tolist() == [expected]


@pytest.mark.parametrize("grouping", ["gaec", "pa-gaec", "gaec-reference", "components"])
def test_any_partitioner_groups(grouping):
    """Those of the native call and others, which are called, unite the same segments."""
    problem = pyramid(level(SQUARES, embedding=np.zeros_like(SQUARES)))
    alone, grouped = (
        create("average-cascade", grouping=step, min_size=0).segment(problem) for step in (None, grouping)
    )
    assert (len(alone.classes), len(grouped.classes)) == (2, 1)


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
