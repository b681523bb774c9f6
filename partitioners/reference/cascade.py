"""Cascade-GAEC and the average cascade, in numpy and Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner, Step
from partitioners.cascade.average_cascade import AverageCascade
from partitioners.cascade.cascade_gaec import CascadeGAEC
from partitioners.cascade.grouping import grouping_graph
from partitioners.graph import grid_graph, overlap
from partitioners.labels import BACKGROUND, UNASSIGNED, UNLABELLED, renumber
from partitioners.pyramid import AffinityPyramid, PyramidLevel
from partitioners.reference.gaec import GAECReference
from partitioners.reference.gas import associate
from partitioners.reference.instances import to_instances
from partitioners.reference.segments import segment_statistics
from partitioners.reference.upsampling import upsample
from partitioners.segmentation import Segmentation


@PARTITIONERS.register("cascade-gaec-reference")
@dataclass(frozen=True)
class CascadeGAECReference(CascadeGAEC):
    """Cascade-GAEC as the paper's Algorithm 3 reads, from the references: what `cascade-gaec` equals, pixel for pixel."""

    affinity: Step = "gaec-reference(linkage=average, threshold=0.6)"
    grouping: Step = "pa-gaec-reference"

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        affinity, grouping, finest, regrouping = self._steps()
        labels: IntegerArray | None = None
        for number in range(len(pyramid.levels), 0, -1):  # 31
            level = pyramid.levels[number - 1]
            is_thing = np.array(pyramid.classes.is_thing)[level.semantic.argmax(axis=0)]
            inherits = labels is not None  # 32
            labels = np.full(level.shape, UNLABELLED) if labels is None else upsample(labels, is_thing)  # 33
            labels[(labels == UNLABELLED) & ~is_thing] = BACKGROUND
            if number == 1 and inherits and finest is not None:  # 35
                labels = _cut(level, labels, finest)  # 34, 36
            else:
                labels = _cut(level, labels, affinity)  # 34, 38
                labels = _group(level, labels, grouping)  # 39-41
        assert labels is not None
        labels = _group(pyramid.levels[0], labels, regrouping)
        return to_instances(pyramid, labels, self.min_size)  # 37


@PARTITIONERS.register("average-cascade-reference")
@dataclass(frozen=True)
class AverageCascadeReference(AverageCascade):
    """The average cascade from the references: what `average-cascade` equals, pixel for pixel."""

    grouping: Step = "pa-gaec-reference(threshold=0.55, beta=0.75)"

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        average = GAECReference(linkage="average", threshold=self.threshold)
        labels: IntegerArray | None = None
        for level in reversed(pyramid.levels[: self.levels]):
            is_thing = np.array(pyramid.classes.is_thing)[level.semantic.argmax(axis=0)]
            if labels is None:
                labels = np.full(level.shape, UNLABELLED)
            else:
                labels = upsample(labels, is_thing)
                labels[np.isin(labels, _disputed(level, labels, self.disputed))] = UNLABELLED
            labels[(labels == UNLABELLED) & ~is_thing] = BACKGROUND
            labels = _cut(level, labels, average)
        assert labels is not None
        labels = _without_pieces(pyramid.levels[0], labels, self.small, self.association)
        labels = _group(pyramid.levels[0], labels, self._grouping())
        return to_instances(pyramid, labels, self.min_size)


def _disputed(level: PyramidLevel, labels: IntegerArray, share: float) -> list[int]:
    """Return those of the segments 1…n inside of which more than a share of the affinities is below one half."""
    affinities: dict[int, list[bool]] = defaultdict(list)
    for affinity, offset in zip(level.affinity, level.offsets, strict=True):
        first, second = overlap(*offset)
        inside = (labels[first] == labels[second]) & (labels[first] > BACKGROUND)
        for label, is_low in zip(labels[first][inside].tolist(), (affinity[first][inside] < 0.5).tolist(), strict=True):
            affinities[label].append(is_low)
    return [label for label, are_low in affinities.items() if sum(are_low) > share * len(are_low)]


def _without_pieces(level: PyramidLevel, labels: IntegerArray, small: int, threshold: float) -> IntegerArray:
    """Return the segments with the pixels of small ones given to neighbours by greedy association, in raster order."""
    numbers, sizes = np.unique(labels, return_counts=True)
    pieces = numbers[(sizes < small) & (numbers > BACKGROUND)]
    graph = grid_graph(level.affinity, level.offsets, labels != BACKGROUND)
    pixels = np.flatnonzero(np.isin(labels, pieces))
    labelled = np.ones(labels.size, bool)
    labelled[pixels] = False
    found = associate(graph, labelled, pixels, threshold)
    flat = np.where(found == UNASSIGNED, BACKGROUND, labels.ravel()[found])
    kept = np.setdiff1d(numbers, [*pieces, BACKGROUND])
    return np.where(flat == BACKGROUND, BACKGROUND, np.searchsorted(kept, flat) + 1).reshape(labels.shape)


def _cut(level: PyramidLevel, labels: NDArray[Any], partitioner: GraphPartitioner) -> NDArray[np.int32]:
    return GraphPartitioner.cut_level(partitioner, level, labels)  # by way of the graph, whatever overrides it


def _group(level: PyramidLevel, labels: IntegerArray, partitioner: GraphPartitioner | None) -> IntegerArray:
    if partitioner is None:
        return labels
    segments = segment_statistics(labels, level.semantic, level.embedding)  # 39, 40
    parts = partitioner.partition(grouping_graph(segments))  # 41
    united = np.concatenate([[UNASSIGNED], parts])[labels]
    return renumber(united.ravel()).reshape(labels.shape) + 1  # by first pixels, as `GraphPartitioner.cut_level` does
