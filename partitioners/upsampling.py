"""Labels from one pyramid level to the next finer one (Fig. 4 of Deep Affinity Net)."""

from __future__ import annotations

import numpy as np

BACKGROUND = 0
UNLABELLED = -1


def upsample(labels: np.ndarray, is_thing: np.ndarray) -> np.ndarray:
    """Return the labels of a level from those of the next coarser one, unsure pixels unlabelled.

    Each pixel becomes 2 × 2 pixels, cropped to the finer level's size. Those with a 4-neighbour of another label, on
    both sides of a boundary, become unlabelled (-1). So do background pixels (0) that the finer semantic map calls a
    thing: that is how small instances enter.

    Args:
        labels: (ceil(h / 2), ceil(w / 2)) integers of at least 0.
        is_thing: (h, w) bool, the finer level's most likely class is a thing.

    Returns:
        (h, w) labels, of the dtype of `labels`.
    """
    height, width = is_thing.shape
    expanded = labels.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    unsure = _on_boundary(expanded) | ((expanded == BACKGROUND) & is_thing)
    return np.where(unsure, labels.dtype.type(UNLABELLED), expanded)


def _on_boundary(labels: np.ndarray) -> np.ndarray:
    """Return (h, w) bool: the pixel has a 4-neighbour of another label."""
    boundary = np.zeros(labels.shape, bool)
    across = labels[:, 1:] != labels[:, :-1]
    down = labels[1:] != labels[:-1]
    boundary[:, 1:] |= across
    boundary[:, :-1] |= across
    boundary[1:] |= down
    boundary[:-1] |= down
    return boundary
