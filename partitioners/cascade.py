"""Cascade-GAEC: a composition of steps, run over the levels of a pyramid from coarse to fine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from partitioners import checks
from partitioners.base import PARTITIONERS, GraphPartitioner, PyramidPartitioner
from partitioners.errors import InputError
from partitioners.graph import grid_graph
from partitioners.grouping import grouping_graph
from partitioners.instances import to_instances
from partitioners.pyramid import AffinityPyramid, PyramidLevel
from partitioners.segmentation import Segmentation
from partitioners.segments import segment_statistics
from partitioners.upsampling import BACKGROUND, UNLABELLED, upsample

Step = GraphPartitioner | str | None
"""A partitioner, or the name of one, made with its defaults; None leaves the step out."""


@PARTITIONERS.register("cascade-gaec")
@dataclass(frozen=True)
class CascadeGAEC(PyramidPartitioner):
    """Cascade-GAEC: segments found on the coarsest level are grouped, upsampled and refined level by level.

    Source: Algorithm 3 of Deep Affinity Net. The rows of its Table 4 are `grouping=None`; `grouping="gaec"`;
    `grouping="pa-gaec", finest="gas"`; `grouping="pa-gaec"`.

    Args:
        affinity: cuts the grid of each level: inherited segments are nodes, unlabelled pixels single nodes.
        grouping: groups the segments of each level by their looks; it is given their complete graph.
        finest: in place of both others at level 1, where that is not the only level.
        min_size: segments under this number of level-1 pixels are no instances.

    Raises:
        InputError: a parameter is not as above.
    """

    affinity: Step = "gaec"
    grouping: Step = "pa-gaec"
    finest: Step = None
    min_size: int = 10

    def __post_init__(self) -> None:
        for name in ("affinity", "grouping", "finest"):
            object.__setattr__(self, name, _make_step(name, getattr(self, name)))
        if self.affinity is None:
            raise InputError("affinity: expected a graph partitioner or the name of one, got None")
        checks.integer("min_size", self.min_size)

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        labels = None
        for number in range(len(pyramid.levels), 0, -1):  # 31
            level, is_thing = pyramid.levels[number - 1], pyramid.is_thing(number)
            inherits = labels is not None  # 32
            labels = upsample(labels, is_thing) if labels is not None else np.full(level.shape, UNLABELLED)  # 33
            labels[(labels == UNLABELLED) & ~is_thing] = BACKGROUND
            if number == 1 and inherits and self.finest is not None:  # 35
                labels = _cut_level(level, labels, self.finest)  # 34, 36
            else:
                labels = _cut_level(level, labels, self.affinity)  # 34, 38
                labels = _group(level, labels, self.grouping)  # 39-41
        assert labels is not None
        return to_instances(pyramid, labels, self.min_size)  # 37


@PARTITIONERS.register("cascade-gaec-reference")
def cascade_gaec_reference(
    affinity: Step = "gaec-reference",
    grouping: Step = "pa-gaec-reference",
    finest: Step = None,
    min_size: int = CascadeGAEC.min_size,
) -> CascadeGAEC:
    """Cascade-GAEC from the pure-Python references."""
    return CascadeGAEC(affinity, grouping, finest, min_size)


def partition_level_1(pyramid: AffinityPyramid, partitioner: GraphPartitioner) -> Segmentation:
    """Return what `partitioner` alone makes of the finest level: a cascade of one level and one step."""
    return CascadeGAEC(partitioner, grouping=None).partition(replace(pyramid, levels=pyramid.levels[:1]))


def _make_step(name: str, step: Step) -> GraphPartitioner | None:
    made = PARTITIONERS.create(step) if isinstance(step, str) else step
    if made is not None and not isinstance(made, GraphPartitioner):
        raise InputError(f"{name}: expected a graph partitioner, the name of one or None, got {step!r}")
    return made


def _cut_level(level: PyramidLevel, labels: np.ndarray, partitioner: Step) -> np.ndarray:
    """Return the segments 1…n (0: background) into which the grid is cut, starting from `labels`."""
    assert isinstance(partitioner, GraphPartitioner)
    mask = labels != BACKGROUND
    graph = grid_graph(level.affinity, level.offsets, mask)
    initial = np.where(labels > BACKGROUND, labels, UNLABELLED).ravel()
    parts = partitioner.partition(graph, initial=initial).reshape(labels.shape)
    return _compact(np.where(mask, parts + 1, BACKGROUND))


def _group(level: PyramidLevel, labels: np.ndarray, partitioner: Step) -> np.ndarray:
    """Return the segments 1…n of `labels` with those that belong together united."""
    if partitioner is None:
        return labels
    assert isinstance(partitioner, GraphPartitioner)
    segments = segment_statistics(labels, level.semantic, level.embedding)  # 39, 40
    parts = partitioner.partition(grouping_graph(segments))  # 41
    return np.concatenate([[BACKGROUND], parts + 1])[labels]


def _compact(labels: np.ndarray) -> np.ndarray:
    """Return labels (h, w) of at least 0 with the same zero and the others renumbered 1…n in their order."""
    occurs = np.zeros(int(labels.max()) + 1, np.int64)
    occurs[labels.ravel()] = 1
    occurs[BACKGROUND] = 0
    return occurs.cumsum()[labels]
