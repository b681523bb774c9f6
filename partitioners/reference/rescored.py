"""Rescored instances, in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.cascade.rescored import Rescored
from partitioners.graph import overlap
from partitioners.linkage import SCALE, fixed_point
from partitioners.pyramid import AffinityPyramid, PyramidLevel


@PARTITIONERS.register("rescored-reference")
@dataclass(frozen=True)
class RescoredReference(Rescored):
    """Rescored instances in numpy: what `rescored` equals, bit by bit."""

    def _rescored(
        self, pyramid: AffinityPyramid, labels: NDArray[np.int32]
    ) -> tuple[IntegerArray, NDArray[np.int32], NDArray[np.float32]]:
        pixels = np.bincount(labels.ravel())[1:]
        probabilities = class_probabilities(pyramid, labels, self.levels)
        certainty = cohesion(pyramid.levels[0], labels) * border_certainty(pyramid.levels[0], labels)
        classes = pyramid.classes.things[probabilities.argmax(axis=0)].astype(np.int32)
        scores = probabilities.max(axis=0) * certainty * (pixels / (pixels + self.small))
        return pixels, classes, scores.clip(0, 1).astype(np.float32)


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


def cohesion(level: PyramidLevel, labels: IntegerArray) -> NDArray[np.float64]:
    """Return (n,) float64: the mean affinity of the pairs of pixels with both in an instance, in fixed point.

    It is 1 where there is no such pair.

    Args:
        level: the level, of h × w pixels.
        labels: (h, w) of 0…n.
    """
    count = int(labels.max()) + 1
    total, pairs = np.zeros(count), np.zeros(count)
    for affinity, offset in zip(level.affinity, level.offsets, strict=True):
        first, second = overlap(*offset)
        owners = labels[first]
        inner = owners == labels[second]
        total += np.bincount(owners[inner], fixed_point(affinity[first][inner]), count)
        pairs += np.bincount(owners[inner], minlength=count)
    return np.where(pairs > 0, total / np.maximum(pairs, 1) / SCALE, 1)[1:]


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
