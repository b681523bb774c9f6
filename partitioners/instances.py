"""From segments of the finest pyramid level to the instances of an image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.pyramid import AffinityPyramid, as_planes
from partitioners.segmentation import Segmentation


def to_instances(pyramid: AffinityPyramid, labels: IntegerArray, min_size: int | None = None) -> Segmentation:
    """Return the segments of level 1 as instances at image size.

    An instance's class is the thing with the largest mean probability over its pixels, its score that probability.

    Args:
        pyramid: its level 1 has h × w pixels, or d × h × w.
        labels: (h, w) integers, or (d, h, w), of at least 0, which is background.
        min_size: segments of fewer pixels of level 1 become background; None is the pyramid's own `min_size`.

    Raises:
        ValueError: `labels` are not as above.
    """
    labels = checks.labels("labels", labels)
    if labels.size and labels.max() > labels.size:  # far from 1…n
        values, ranks = np.unique(labels, return_inverse=True)
        numbers: NDArray[np.int32] = (ranks.reshape(labels.shape) + (values[0] > 0)).astype(np.int32)
        labels = numbers
    is_thing = np.array(pyramid.classes.is_thing)
    size = min(pyramid.min_size if min_size is None else min_size, labels.size + 1)
    semantic = as_planes(pyramid.levels[0].semantic, 1)
    *rows, width = pyramid.image_size
    image, classes, scores = _native.instances(
        as_planes(labels), semantic, is_thing, size, pyramid.stride, math.prod(rows), width
    )
    return checks.unchecked(Segmentation, labels=image.reshape(pyramid.image_size), classes=classes, scores=scores)
