"""From segments of the finest pyramid level to the instances of an image."""

from __future__ import annotations

import numpy as np

from partitioners.pyramid import AffinityPyramid
from partitioners.segmentation import Segmentation


def to_instances(pyramid: AffinityPyramid, labels: np.ndarray, min_size: int) -> Segmentation:
    """Return the segments of level 1 as instances at image size.

    An instance's class is the thing with the largest mean probability over its pixels, its score that probability.

    Args:
        pyramid: its level 1 has h × w pixels.
        labels: (h, w) integers, 0 is background.
        min_size: segments of fewer pixels of level 1 become background.
    """
    values, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    kept = (values != 0) & (sizes >= min_size)
    number = np.where(kept, np.cumsum(kept), 0)
    probabilities = _mean_thing_probabilities(pyramid, index.ravel(), sizes)[kept]
    best = probabilities.argmax(axis=1) if kept.any() else np.empty(0, np.int64)
    scores = probabilities[np.arange(len(best)), best].clip(0, 1)
    return Segmentation(_to_image(number[index.reshape(labels.shape)], pyramid), pyramid.classes.things[best], scores)


def _mean_thing_probabilities(pyramid: AffinityPyramid, index: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return (n, number of things) mean probabilities over the pixels of each of n segments."""
    things = pyramid.levels[0].semantic[pyramid.classes.things]
    sums = [np.bincount(index, probability.ravel(), len(sizes)) for probability in things]
    return np.array(sums).reshape(len(things), len(sizes)).T / sizes[:, None]


def _to_image(labels: np.ndarray, pyramid: AffinityPyramid) -> np.ndarray:
    """Return `labels` of level 1 at image size, by nearest upsampling."""
    height, width = pyramid.image_size
    return labels.repeat(pyramid.stride, axis=0).repeat(pyramid.stride, axis=1)[:height, :width]
