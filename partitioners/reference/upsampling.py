"""Labels from one pyramid level to the next finer one (Fig. 4 of Deep Affinity Net), in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.labels import BACKGROUND, UNLABELLED


def upsample(labels: IntegerArray, is_thing: NDArray[np.bool_]) -> IntegerArray:
    """Return the same as `partitioners.cascade.upsampling.upsample`, in the dtype of `labels`."""
    height, width = is_thing.shape
    expanded = labels.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    unsure = _on_boundary(expanded) | ((expanded == BACKGROUND) & is_thing)
    return np.where(unsure, labels.dtype.type(UNLABELLED), expanded)


def _on_boundary(labels: IntegerArray) -> NDArray[np.bool_]:
    """Return (h, w) bool: the pixel has a 4-neighbour of another label."""
    boundary = np.zeros(labels.shape, bool)
    across = labels[:, 1:] != labels[:, :-1]
    down = labels[1:] != labels[:-1]
    boundary[:, 1:] |= across
    boundary[:, :-1] |= across
    boundary[1:] |= down
    boundary[:-1] |= down
    return boundary
