"""Labels from one pyramid level to the next finer one (Fig. 4 of Deep Affinity Net)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray


def upsample(labels: IntegerArray, is_thing: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the labels of a level from those of the next coarser one, unsure pixels unlabelled.

    Each pixel becomes 2 × 2 pixels, cropped to the finer level's size. Those with a 4-neighbour of another label, on
    both sides of a boundary, become unlabelled (-1). So do background pixels (0) that the finer semantic map calls a
    thing: that is how small instances enter.

    Args:
        labels: (ceil(h / 2), ceil(w / 2)) integers of at least 0.
        is_thing: (h, w) bool, the finer level's most likely class is a thing.

    Returns:
        (h, w) int32 labels.

    Raises:
        ValueError: a shape or value is not as above.
    """
    return _native.upsample(checks.labels("labels", labels), is_thing)
