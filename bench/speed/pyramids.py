"""Affinity pyramids with a network's kinds of errors, to time the cascade on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models import AffinityModel, Sample, create
from affinity_models import data as datasets
from bench.speed.inputs import voronoi
from partitioners import AffinityPyramid, ClassTable, PyramidLevel

NOISE = 0.75
"""Of the oracle: the amount of errors at which its results come nearest to the paper's."""
CHANNELS = 32
HEIGHT = 1024
"""Of a street image in pixels, as in Cityscapes; its width is twice that."""
CELL = 128
"""Pixels that a cell is about across."""


def street(index: int, height: int, seed: int = 0) -> AffinityPyramid:
    """Return the pyramid of a synthetic street scene, enlarged to Cityscapes' 1024 × 2048 pixels.

    Args:
        index: the number of the scene in the data set `street`.
        height: of level 1, a power of two up to `HEIGHT`; the stride is `HEIGHT` over it.
        seed: of the scene and of the errors.
    """
    dataset = datasets.create("street", count=index + 1, seed=seed)
    scene = dataset.read(dataset.names()[index])
    image, semantic, instances = (_enlarged(part) for part in (scene.image, scene.semantic, scene.instances))
    return _oracle(seed).predict(Sample(scene.name, image, semantic, instances, scene.classes), HEIGHT // height)


def _enlarged(part: NDArray[Any]) -> NDArray[Any]:
    factor = HEIGHT // len(part)
    return part.repeat(factor, 0).repeat(factor, 1)


def cells(shape: tuple[int, int], seed: int = 0) -> AffinityPyramid:
    """Return a pyramid of stride 1 of Voronoi cells of random classes, the same all over the image."""
    classes: ClassTable = datasets.create("street").classes
    rng = np.random.default_rng([seed, *shape])
    cell = voronoi(shape, CELL, rng)
    of_cell = rng.integers(0, len(classes), int(cell.max()) + 1)
    semantic = of_cell[cell]
    instances = np.where(np.array(classes.is_thing)[semantic], cell + 1, 0)
    sample = Sample("cells", np.zeros((*shape, 3), np.uint8), semantic, instances, classes)
    return _oracle(seed).predict(sample, 1)


def window(pyramid: AffinityPyramid, shape: tuple[int, int]) -> AffinityPyramid:
    """Return the first h × w pixels of a pyramid of stride 1 that is repeated in both directions.

    Args:
        pyramid: the sides of level 1, like those of `shape`, can be halved to the coarsest level.
        shape: (h, w) of the new level 1.
    """
    levels = []
    for number, level in enumerate(pyramid.levels):
        rows, columns = (np.arange(side >> number) % period for side, period in zip(shape, level.shape, strict=True))
        index = np.s_[:, rows[:, None], columns]
        levels.append(PyramidLevel(level.affinity[index], level.semantic[index], level.embedding[index], level.offsets))
    return replace(pyramid, levels=tuple(levels), image_size=shape)


def _oracle(seed: int) -> AffinityModel:
    return create("oracle", noise=NOISE, seed=seed, channels=CHANNELS)
