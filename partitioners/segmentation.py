"""Segmentations: the instances found in an image or a volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.errors import InputError


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The instances of one image or volume. Its arrays are read-only.

    Args:
        labels: (H, W) integers, of a volume (D, H, W), kept as int32: 0 is background, 1…n are instances.
        classes: (n,) integers, kept as int32: the class index of each instance.
        scores: (n,) floats in [0, 1], kept as float32: the confidence in each instance.

    Raises:
        InputError: a shape, dtype or value is not as above.
    """

    labels: NDArray[np.int32]
    classes: NDArray[np.int32]
    scores: NDArray[np.float32]

    if TYPE_CHECKING:  # any width is taken

        def __init__(self, labels: IntegerArray, classes: IntegerArray, scores: FloatArray) -> None: ...

    def __post_init__(self) -> None:
        labels = checks.grid("labels", self.labels, "integer")
        classes = checks.array("classes", self.classes, (None,), "integer")
        scores = checks.array("scores", self.scores, (len(classes),), "float")
        checks.within("classes", classes, 0, np.iinfo(np.int32).max)
        checks.within("scores", scores, 0, 1)
        if labels.size and not (labels.min() >= 0 and labels.max() <= len(classes)):
            raise InputError(f"labels: expected 0…{len(classes)}, got {labels.min()}…{labels.max()}")
        labels, classes = (value.astype(np.int32, copy=False) for value in (labels, classes))
        checks.keep(self, labels=labels, classes=classes, scores=scores.astype(np.float32, copy=False))

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self.classes)
