"""From segments of the finest pyramid level to the instances of an image, in numpy."""

from __future__ import annotations

import numpy as np

from partitioners.arrays import IntegerArray
from partitioners.pyramid import AffinityPyramid
from partitioners.segmentation import Segmentation


def to_instances(pyramid: AffinityPyramid, labels: IntegerArray, min_size: int | None = None) -> Segmentation:
    """Return the same as `partitioners.instances.to_instances`."""
    flat = labels.ravel()
    sizes = np.bincount(flat)
    is_instance = sizes >= max(pyramid.min_size if min_size is None else min_size, 1)
    is_instance[0] = False
    number = np.where(is_instance, np.cumsum(is_instance), 0)
    thing_maps = pyramid.levels[0].semantic[pyramid.classes.things]
    sums = [np.bincount(flat, probability.ravel())[is_instance] for probability in thing_maps]
    probabilities = np.array(sums).reshape(len(thing_maps), is_instance.sum()) / sizes[is_instance]
    best = probabilities.argmax(axis=0) if is_instance.any() else np.empty(0, np.int64)
    scores = probabilities[best, np.arange(len(best))]
    return Segmentation(_to_image(number[labels], pyramid), pyramid.classes.things[best], scores)


def _to_image(labels: IntegerArray, pyramid: AffinityPyramid) -> IntegerArray:
    """Return `labels` of level 1 at image size, by nearest upsampling."""
    height, width = pyramid.image_size
    return labels.repeat(pyramid.stride, axis=0).repeat(pyramid.stride, axis=1)[:height, :width]
