"""A picture of instances upon their image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray

GOLDEN = 0.618034
"""Steps of this length around the circle of hues keep neighbouring numbers apart."""


def overlay(image: NDArray[np.uint8], labels: IntegerArray) -> NDArray[np.uint8]:
    """Return (H, W, 3) uint8: the image in grey, each instance in a colour of its own, white lines around them.

    Args:
        image: (H, W, 3).
        labels: (H, W), 0 is background.
    """
    grey = (image / max(1.0, float(np.percentile(image, 99)))).clip(0, 1).mean(axis=2, keepdims=True)
    colours = _bright(np.arange(int(labels.max(initial=0)) + 1) * GOLDEN)
    picture = np.where(labels[..., None] > 0, 0.5 * grey + 0.5 * colours[labels], grey)
    picture[:, 1:][labels[:, 1:] != labels[:, :-1]] = 1
    picture[1:][labels[1:] != labels[:-1]] = 1
    return (255 * picture).astype(np.uint8)


def _bright(hues: NDArray[Any]) -> NDArray[Any]:
    """Return (n, 3) bright colours in RGB, of hues (n,) where 1 is once around the circle."""
    sixths = (6 * hues[:, None] + [5, 3, 1]) % 6
    colours: NDArray[Any] = 1 - 0.8 * np.minimum(sixths, 4 - sixths).clip(0, 1)
    return colours
