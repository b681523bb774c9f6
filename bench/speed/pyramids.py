"""Affinity pyramids with a network's kinds of errors, to time the cascade on."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from affinity_models import Sample, create
from affinity_models import data as datasets
from partitioners import AffinityPyramid

NOISE = 0.75
"""Of the oracle: the amount of errors at which its results come nearest to the paper's."""
CHANNELS = 32
HEIGHT = 1024
"""Of a street image in pixels, as in Cityscapes; its width is twice that."""


def street(index: int, height: int, seed: int = 0) -> AffinityPyramid:
    """Return the pyramid of a synthetic street scene, enlarged to Cityscapes' 1024 × 2048 pixels.

    Args:
        index: the number of the scene in the data set `street`.
        height: the height of level 1, a power of two up to `HEIGHT`; the stride is `HEIGHT` over it.
        seed: the seed of the scene and of the errors.
    """
    dataset = datasets.create("street", count=index + 1, seed=seed)
    scene = dataset.read(dataset.names()[index])
    image, semantic, instances = (_enlarged(part) for part in (scene.image, scene.semantic, scene.instances))
    oracle = create("oracle", noise=NOISE, seed=seed, channels=CHANNELS)
    return oracle.predict(Sample(scene.name, image, semantic, instances, scene.classes), HEIGHT // height)


def _enlarged(part: NDArray[Any]) -> NDArray[Any]:
    factor = HEIGHT // len(part)
    return part.repeat(factor, 0).repeat(factor, 1)
