"""Instances of another partitioner, their classes and scores decided by more of the pyramid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, Partitioner, PyramidPartitioner
from partitioners.errors import InputError
from partitioners.graph import offset_array
from partitioners.pyramid import AffinityPyramid
from partitioners.segmentation import Segmentation


@PARTITIONERS.register("rescored")
@dataclass(frozen=True)
class Rescored(PyramidPartitioner):
    """Another partitioner's instances: several levels vote on their class, their borders and size count in the score.

    Average precision ranks instances by their scores, for which `cascade-gaec` takes the probability of the class at level
    1 alone. Here, that is the mean over levels, of which coarse ones see more of a large object, times three factors: how
    sure the affinities are that the instance is one, the mean over the pairs of pixels in it; and that it ends where it
    does, the mean of 1 − affinity over the pairs across its border; and n / (n + small) for n pixels, since of small
    segments most are pieces. Not in the paper.

    Args:
        partitioner: a partitioner, or the name of one, that finds the instances.
        levels: number of those that vote, finest first.
        small: pixels of level 1 at which an instance's score is halved; 0 to leave size out.

    Raises:
        InputError: a parameter is not as above, or the partitioner finds an instance between the pixels of level 1.
    """

    partitioner: Partitioner | str = "cascade-gaec"
    levels: int = 3
    small: int = 25

    def __post_init__(self) -> None:
        partitioner = PARTITIONERS.create(self.partitioner) if isinstance(self.partitioner, str) else self.partitioner
        if not isinstance(partitioner, Partitioner):
            raise InputError(f"partitioner: expected a partitioner or the name of one, got {self.partitioner!r}")
        object.__setattr__(self, "partitioner", partitioner)
        checks.integer("levels", self.levels, 1)
        checks.integer("small", self.small, 0)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {f"partitioner.{key}": values for key, values in self._inner().tunable().items()}

    def _inner(self) -> Partitioner:
        """Return the partitioner that finds the instances: by now, it is no name."""
        return self.partitioner  # type: ignore[return-value]

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        segmentation: Segmentation = self._inner().segment(pyramid)
        if not len(segmentation.classes):
            return segmentation
        labels = segmentation.labels[:: pyramid.stride, :: pyramid.stride]
        pixels, classes, scores = self._rescored(pyramid, labels)
        if len(pixels) < len(segmentation.classes) or not pixels.all():
            raise InputError("partitioner: expected instances of at least one pixel of level 1, got one that has none")
        return checks.unchecked(Segmentation, labels=segmentation.labels, classes=classes, scores=scores)

    def _rescored(
        self, pyramid: AffinityPyramid, labels: NDArray[np.int32]
    ) -> tuple[IntegerArray, NDArray[np.int32], NDArray[np.float32]]:
        """Return the pixels, classes and scores, each (n,), of n instances.

        Args:
            pyramid: its level 1 has h × w pixels.
            labels: (h, w) of 0…n, each of which occurs.
        """
        level, is_thing = pyramid.levels[0], np.array(pyramid.classes.is_thing)
        semantics = [level.semantic for level in pyramid.levels[: self.levels]]
        return _native.rescore(labels, semantics, is_thing, level.affinity, offset_array(level.offsets), self.small)
