"""Rescored instances: who votes on their class, and what their score is made of, by hand."""

from dataclasses import dataclass

import numpy as np
import pytest

from partitioners import (
    NEIGHBOURS,
    AffinityPyramid,
    ClassTable,
    InputError,
    PyramidLevel,
    PyramidPartitioner,
    Segmentation,
    create,
)

ROAD, CAR, BUS = range(3)
CLASSES = ClassTable(("road", "car", "bus"), (False, True, True))


def level(shares, affinity):
    """Return a level whose pixels have the class probabilities `shares` (h, w, 3)."""
    semantic = np.moveaxis(np.array(shares, np.float32), 2, 0)
    return PyramidLevel(np.array(affinity, np.float32), semantic, np.zeros((0, *semantic.shape[1:])), NEIGHBOURS)


def pyramid():
    """One row of four pixels: two cars of two pixels each at level 1, of which level 2 says that the second is a bus."""
    fine = [[[0.0, 0.8, 0.2]] * 2 + [[0.0, 0.6, 0.4]] * 2]
    coarse = [[[0.0, 1.0, 0.0], [0.1, 0.1, 0.8]]]
    right = [[0.9, 0.25, 0.7, 0.0]]
    levels = level(fine, [right, np.zeros((1, 4))]), level(coarse, np.zeros((2, 1, 2)))
    return AffinityPyramid(levels, CLASSES, stride=2, image_size=(2, 7))


def rescored(**parameters):
    """Return the two cars of `pyramid`."""
    inner = create("cascade-gaec", affinity=create("components", threshold=0.5), grouping=None, min_size=1)
    return create("rescored", partitioner=inner, **parameters).partition(pyramid())


def test_levels_vote_on_the_class():
    assert rescored(levels=1).classes.tolist() == [CAR, CAR]
    assert rescored(levels=2).classes.tolist() == [CAR, BUS]
    assert rescored(levels=9).classes.tolist() == [CAR, BUS]  # as many as there are


def test_score_is_probability_times_certainty_inside_and_at_the_border_times_size():
    found = rescored(levels=2, small=2)
    assert np.allclose(found.scores, np.array([0.9, 0.6]) * [0.9, 0.7] * (1 - 0.25) * (2 / 4))
    assert np.allclose(rescored(levels=1, small=0).scores, np.array([0.8, 0.6]) * [0.9, 0.7] * 0.75)


def test_instances_stay_as_they_are():
    found = rescored()
    assert found.labels.tolist() == [[1, 1, 1, 1, 2, 2, 2]] * 2


def test_an_instance_without_a_border_is_sure_of_it():
    one = level([[[0.0, 0.7, 0.3]] * 3], np.ones((2, 1, 3)))
    found = create("rescored", partitioner=create("cascade-gaec", min_size=1), small=0).partition(
        AffinityPyramid((one,), CLASSES, stride=1, image_size=(1, 3))
    )
    assert np.allclose(found.scores, [0.7])


def test_no_instances_are_none_rescored():
    road = level([[[1.0, 0.0, 0.0]] * 3], np.ones((2, 1, 3)))
    assert len(create("rescored").partition(AffinityPyramid((road,), CLASSES, stride=1, image_size=(1, 3)))) == 0


@dataclass(frozen=True)
class Between(PyramidPartitioner):
    """Finds instances of one pixel of the image, of which there are two in one of level 1."""

    def _segment(self, pyramid):
        labels = np.zeros(pyramid.image_size, int)
        labels[0, :3] = 1, 2, 3
        return Segmentation(labels, np.full(3, CAR), np.ones(3))


def test_instances_that_level_1_does_not_see_are_refused():
    with pytest.raises(InputError, match="partitioner: expected instances of at least one pixel of level 1"):
        create("rescored", partitioner=Between()).segment(pyramid())


@pytest.mark.parametrize("parameters", [{"levels": 0}, {"small": -1}, {"partitioner": 3}, {"partitioner": "none such"}])
def test_wrong_parameters_are_refused(parameters):
    with pytest.raises(InputError, match=next(iter(parameters))):
        create("rescored", **parameters)


def test_what_is_tuned_is_the_inner_partitioner():
    inner = create("gaec")
    assert create("rescored", partitioner=inner).tunable() == {
        f"partitioner.{key}": values for key, values in inner.tunable().items()
    }
