"""Small pyramids on which partitioners are checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.check.graphs import unknown_outside
from partitioners import AffinityPyramid, ClassTable, PyramidLevel
from partitioners.arrays import FloatArray
from partitioners.pyramid import neighbours

THINGS = (False, True, True)


def random_pyramid(
    size: tuple[int, ...], depth: int = 2, stride: int = 1, things: tuple[bool, ...] = THINGS, channels: int = 3
) -> AffinityPyramid:
    """Return a pyramid of random affinities, classes and embeddings for an image or a volume of `size`."""
    rng = np.random.default_rng(0)
    shape = tuple(-(-length // stride) for length in size)
    levels = []
    for _ in range(depth):
        semantic = rng.random((len(things), *shape)) + 0.01
        affinity, embedding = rng.random((len(shape), *shape)), rng.random((channels, *shape))
        levels.append(PyramidLevel(affinity, semantic / semantic.sum(axis=0), embedding, neighbours(len(shape))))
        shape = tuple(-(-length // 2) for length in shape)
    classes = ClassTable(tuple(f"class {number}" for number in range(len(things))), things)
    return AffinityPyramid(tuple(levels), classes, stride, size)


def example_pyramids() -> dict[str, AffinityPyramid]:
    """Return small pyramids, the odd ones first."""
    plain = random_pyramid((20, 26), depth=3)
    rounded = [replace(level, affinity=level.affinity.round(1)) for level in plain.levels]
    return {
        "one pixel": random_pyramid((1, 1), depth=1),
        "one row": random_pyramid((1, 37), depth=3),
        "one level": random_pyramid((12, 18), depth=1),
        "more levels than halvings": random_pyramid((5, 3), depth=5),
        "odd sizes": random_pyramid((13, 21), depth=3),
        "a stride": random_pyramid((41, 53), stride=4),
        "no embedding": random_pyramid((12, 18), channels=0),
        "no things": random_pyramid((12, 18), things=(False, False)),
        "only things": random_pyramid((12, 18), things=(True,)),
        "ties": replace(plain, levels=tuple(rounded)),
        "plain": plain,
    }


def without_outside(pyramid: AffinityPyramid) -> AffinityPyramid:
    """Return the pyramid with affinities that are NaN where the second pixel is outside the image."""
    levels = [replace(level, affinity=unknown_outside(level.affinity, level.offsets)) for level in pyramid.levels]
    return replace(pyramid, levels=tuple(levels))


def arrays(pyramid: AffinityPyramid) -> list[FloatArray]:
    """Return all arrays of a pyramid, finest level first."""
    return [array for level in pyramid.levels for array in (level.affinity, level.semantic, level.embedding)]
