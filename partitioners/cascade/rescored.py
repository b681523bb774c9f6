"""Instances of another partitioner, their classes and scores decided by more of the pyramid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, Partitioner, PyramidPartitioner
from partitioners.errors import InputError
from partitioners.graph import overlap
from partitioners.pyramid import AffinityPyramid, PyramidLevel
from partitioners.segmentation import Segmentation


@PARTITIONERS.register("rescored")
@dataclass(frozen=True)
class Rescored(PyramidPartitioner):
    """Another partitioner's instances: several levels vote on their class, their borders and size count in the score.

    Average precision ranks instances by their scores, for which `cascade-gaec` takes the probability of the class at level
    1 alone. Here, that is the mean over levels, of which coarse ones see more of a large object, times two factors: how
    sure the affinities are that the instance ends where it does, the mean of 1 − affinity over the pairs of pixels across
    its border; and n / (n + small) for n pixels, since of small segments most are pieces. Not in the paper.

    Args:
        partitioner: a partitioner, or the name of one, that finds the instances.
        levels: number of those that vote, finest first.
        small: pixels of level 1 at which an instance's score is halved; 0 to leave size out.

    Raises:
        InputError: a parameter is not as above.
    """

    partitioner: Partitioner | str = "cascade-gaec"
    levels: int = 3
    small: int = 50

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
        probabilities = class_probabilities(pyramid, labels, self.levels)
        best = probabilities.argmax(axis=0)
        pixels = np.bincount(labels.ravel(), minlength=len(segmentation.classes) + 1)[1:]
        scores = (
            probabilities.max(axis=0) * border_certainty(pyramid.levels[0], labels) * (pixels / (pixels + self.small))
        )
        return replace(segmentation, classes=pyramid.classes.things[best], scores=scores.clip(0, 1).astype(np.float32))


def class_probabilities(pyramid: AffinityPyramid, labels: IntegerArray, levels: int) -> NDArray[np.float64]:
    """Return (things, n) float64: the mean probability of each thing over the pixels of each of n instances.

    Args:
        pyramid: its level 1 has h × w pixels.
        labels: (h, w) of 0…n, each of which occurs.
        levels: number of those averaged, each pixel of a coarse one standing for those of level 1 below it.
    """
    rows, columns = np.nonzero(labels)
    owner = labels[rows, columns]
    pixels = np.bincount(owner)[1:]
    semantic_maps = [level.semantic[pyramid.classes.things] for level in pyramid.levels[:levels]]
    means = [
        np.array([np.bincount(owner, plane[rows >> number, columns >> number])[1:] / pixels for plane in semantic])
        for number, semantic in enumerate(semantic_maps)
    ]
    mean: NDArray[np.float64] = np.mean(means, axis=0)
    return mean


def border_certainty(level: PyramidLevel, labels: IntegerArray) -> NDArray[np.float64]:
    """Return (n,) float64: the mean of 1 − affinity over the pairs of pixels with one in an instance and one outside.

    It is 1 where there is no such pair.

    Args:
        level: the level, of h × w pixels.
        labels: (h, w) of 0…n.
    """
    count = int(labels.max()) + 1
    different, pairs = np.zeros(count), np.zeros(count)
    for affinity, offset in zip(level.affinity, level.offsets, strict=True):
        first, second = overlap(*offset)
        owners, partners = labels[first], labels[second]
        border = owners != partners
        for owner in (owners[border], partners[border]):
            different += np.bincount(owner, 1 - affinity[first][border], count)
            pairs += np.bincount(owner, minlength=count)
    return np.where(pairs > 0, different / np.maximum(pairs, 1), 1)[1:]
