"""Cascade-GAEC, in numpy and Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner, Step
from partitioners.cascade.cascade_gaec import CascadeGAEC
from partitioners.cascade.grouping import grouping_graph
from partitioners.labels import BACKGROUND, UNLABELLED
from partitioners.pyramid import AffinityPyramid, PyramidLevel
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
        return to_instances(pyramid, labels, self._min_size(pyramid))  # 37


def _cut(level: PyramidLevel, labels: NDArray[Any], partitioner: GraphPartitioner) -> NDArray[np.int32]:
    return GraphPartitioner.cut_level(partitioner, level, labels)  # by way of the graph, whatever overrides it


def _group(level: PyramidLevel, labels: IntegerArray, partitioner: GraphPartitioner | None) -> IntegerArray:
    if partitioner is None:
        return labels
    segments = segment_statistics(labels, level.semantic, level.embedding)  # 39, 40
    parts = partitioner.partition(grouping_graph(segments))  # 41
    return np.concatenate([[BACKGROUND], parts + 1])[labels]
