"""Volumes go the ways of images: slice by slice where only the slices hang together, as graphs where all do."""

from dataclasses import replace

import numpy as np
import pytest

from bench.check.pyramids import random_pyramid
from partitioners import AffinityPyramid, InputError, PyramidLevel, create, grid_graph
from partitioners.labels import BACKGROUND, renumber

IMAGE = random_pyramid((12, 7), depth=1, things=(False, True, True))
IMAGES_ONLY = ["cascade-gaec", "cascade-gaec(grouping=None)", "cascade-gaec-reference", "rescored(partitioner=gaec)"]


def stacked(image, depth):
    """The volume whose slices, one below another, are an image, without affinities from slice to slice."""
    layers = {
        name: getattr(image.levels[0], name).reshape(-1, depth, image.image_size[0] // depth, image.image_size[1])
        for name in ("affinity", "semantic", "embedding")
    }
    level = PyramidLevel(**layers, offsets=((0, 0, 1), (0, 1, 0)))
    return AffinityPyramid((level,), image.classes, 1, level.shape, min_size=image.min_size)


def cut_between(image, depth):
    """The image with affinities of 0 between the slices that it is to be cut into."""
    affinity = image.levels[0].affinity.copy()
    rows = image.image_size[0] // depth
    affinity[1, rows - 1 :: rows] = 0
    return replace(image, levels=(replace(image.levels[0], affinity=affinity),))


@pytest.mark.parametrize(
    "name", ["gaec", "gaec(linkage=average)", "gaec-reference", "components", "singletons", "gas(rest=gaec)"]
)
@pytest.mark.parametrize("min_size", [0, 3])
def test_slices_that_do_not_touch_are_cut_as_an_image_is(name, min_size):
    image = cut_between(replace(IMAGE, min_size=min_size), 3)
    of_image, of_volume = (create(name).segment(problem) for problem in (image, stacked(image, 3)))
    assert of_volume.labels.shape == (3, 4, 7)
    assert np.array_equal(of_volume.labels.reshape(12, 7), of_image.labels)
    assert np.array_equal(of_volume.classes, of_image.classes)
    assert np.array_equal(of_volume.scores, of_image.scores)


@pytest.mark.parametrize("name", ["gaec(linkage=average)", "gas(rest=components)"])
def test_level_of_a_volume_starts_from_inherited_segments(name):
    level = random_pyramid((3, 4, 5), depth=1).levels[0]
    labels = np.random.default_rng(0).integers(-1, 4, (3, 4, 5)).astype(np.int32)
    found = create(name).cut_level(level, labels)
    graph = grid_graph(level.affinity, level.offsets, labels != BACKGROUND)
    parts = create(name).partition(graph, initial=np.where(labels > 0, labels, -1).ravel())
    inside = labels.ravel() != BACKGROUND
    assert found.shape == labels.shape and not found.ravel()[~inside].any()
    assert np.array_equal(renumber(found.ravel()[inside].astype(np.int64) - 1), renumber(parts[inside]))


@pytest.mark.parametrize("name", IMAGES_ONLY)
def test_cascades_refuse_volumes(name):
    with pytest.raises(InputError, match=r"pyramid: expected an image's, got one of a volume, \(3, 4, 7\)"):
        create(name).segment(stacked(IMAGE, 3))


def test_truth_of_a_volume():
    truth = np.random.default_rng(0).integers(0, 3, (3, 4, 7))
    pyramid = stacked(replace(IMAGE, min_size=0), 3)
    found = create("oracle", truth=truth).segment(pyramid)
    pairs = np.stack([found.labels.ravel(), np.where(pyramid.is_thing(1), truth, 0).ravel()])
    assert np.unique(pairs, axis=1).shape[1] == 3
