"""From segments of the finest pyramid level to the instances of an image, in numpy."""

from __future__ import annotations

import numpy as np

from partitioners.arrays import IntegerArray
from partitioners.pyramid import AffinityPyramid
from partitioners.segmentation import Segmentation


def to_instances(pyramid: AffinityPyramid, labels: IntegerArray, min_size: int) -> Segmentation:
    """Return what `partitioners.instances.to_instances` does."""
    flat = labels.ravel()
    sizes = np.bincount(flat)
    kept = sizes >= max(min_size, 1)
    kept[0] = False
    number = np.where(kept, np.cumsum(kept), 0)
    things = pyramid.levels[0].semantic[pyramid.classes.things]
    sums = [np.bincount(flat, probability.ravel(), len(sizes))[kept] for probability in things]
    probabilities = np.array(sums).reshape(len(things), kept.sum()) / sizes[kept]
    best = probabilities.argmax(axis=0) if kept.any() else np.empty(0, np.int64)
    scores = probabilities[best, np.arange(len(best))].clip(0, 1)
    return Segmentation(_to_image(number[labels], pyramid), pyramid.classes.things[best], scores)


def _to_image(labels: IntegerArray, pyramid: AffinityPyramid) -> IntegerArray:
    """Return `labels` of level 1 at image size, by nearest upsampling."""
    height, width = pyramid.image_size
    return labels.repeat(pyramid.stride, axis=0).repeat(pyramid.stride, axis=1)[:height, :width]
