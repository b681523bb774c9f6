"""Cascade-GAEC: a composition of steps, run over the levels of a pyramid from coarse to fine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.base import PARTITIONERS, GraphPartitioner, PyramidPartitioner, Step, make_step
from partitioners.cascade.grouping import group
from partitioners.cascade.upsampling import upsample
from partitioners.errors import InputError
from partitioners.graph import offset_array
from partitioners.greedy.gaec import GAEC
from partitioners.greedy.pa_gaec import PositionAwareGAEC
from partitioners.instances import to_instances
from partitioners.labels import UNLABELLED
from partitioners.linkage import fixed_point
from partitioners.pyramid import AffinityPyramid, ClassTable, PyramidLevel
from partitioners.segmentation import Segmentation

STEPS = ("affinity", "grouping", "finest", "regrouping")
"""The parameters of the cascade that are partitioners."""

GroupingStep = GAEC | PositionAwareGAEC | None
_Steps = tuple[GraphPartitioner, GraphPartitioner | None, GraphPartitioner | None, GraphPartitioner | None]


@PARTITIONERS.register("cascade-gaec")
@dataclass(frozen=True)
class CascadeGAEC(PyramidPartitioner):
    """Cascade-GAEC: segments found on the coarsest level are grouped, upsampled and refined level by level.

    Source: Algorithm 3 of Deep Affinity Net. The paper cuts affinities with `affinity="gaec"`; the rows of its Table 4 add
    `grouping=None`; `grouping="gaec"`; `grouping="pa-gaec", finest="gas"`; `grouping="pa-gaec"`. The default differs from
    it in one thing: affinities are averaged over whole boundaries. With learned affinities that was worth 1 point of AP
    on training images of street scenes, and 1 to 6 of CSI50 on those of nuclei.

    Args:
        affinity: a partitioner of the grid of each level: inherited segments are nodes, unlabelled pixels single nodes.
        grouping: a partitioner of the segments of each level by their looks; it is given their complete graph, or as
            much of it as makes a difference.
        finest: a partitioner in place of both others at level 1, where that is not the only level.
        min_size: segments under this number of level-1 pixels are no instances; None is the pyramid's own `min_size`.
        regrouping: a partitioner of the segments of level 1 at the end, also where `finest` has made them. Not in the
            paper; with `grouping=None`, a wrong join of a coarse level is not inherited by all finer ones.

    Raises:
        InputError: a parameter is not as above.
    """

    affinity: Step = "gaec(linkage=average, threshold=0.6)"
    grouping: Step = "pa-gaec"
    finest: Step = None
    min_size: int | None = None
    regrouping: Step = None

    def __post_init__(self) -> None:
        for name in STEPS:
            object.__setattr__(self, name, make_step(name, getattr(self, name)))
        if self.affinity is None:
            raise InputError("affinity: expected a graph partitioner or the name of one, got None")
        if self.min_size is not None:
            checks.integer("min_size", self.min_size)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        """Return the candidates of each step; `min_size` stays, so that all compete with the same."""
        steps = dict(zip(STEPS, self._steps(), strict=True))
        return {
            f"{name}.{key}": values for name, step in steps.items() if step for key, values in step.tunable().items()
        }

    def _steps(self) -> _Steps:
        """Return the partitioners of `STEPS`: by now, none is a name."""
        return tuple(getattr(self, name) for name in STEPS)

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        affinity, grouping, finest, regrouping = self._steps()
        if len(pyramid.levels) == 1:  # 32
            finest = None
        if type(affinity) is GAEC and is_native(grouping):  # subclasses may cut otherwise
            labels = descend_at_once(pyramid.levels, pyramid.classes, affinity, grouping, finest is None)
        else:
            labels = _descend(pyramid, affinity, grouping, finest is None)
        if finest is not None:  # 35
            labels = finest.cut_level(pyramid.levels[0], labels)  # 34, 36
        labels = group(pyramid.levels[0], labels, regrouping)
        return to_instances(pyramid, labels, self.min_size)  # 37


def is_native(grouping: GraphPartitioner | None) -> TypeGuard[GroupingStep]:
    """Say whether `descend_at_once` takes a partitioner for groups."""
    return grouping is None or type(grouping) is GAEC or type(grouping) is PositionAwareGAEC


def _descend(
    pyramid: AffinityPyramid, affinity: GraphPartitioner, grouping: GraphPartitioner | None, cuts_last: bool
) -> NDArray[np.int32]:
    """Return the segments of level 1, or without `cuts_last` the labels that it inherits."""
    labels: NDArray[np.int32] | None = None
    for number in range(len(pyramid.levels), 0, -1):  # 31
        level, is_thing = pyramid.levels[number - 1], pyramid.is_thing(number)
        labels = np.full(level.shape, UNLABELLED, np.int32) if labels is None else upsample(labels, is_thing)  # 32, 33
        labels *= is_thing | (labels != UNLABELLED)  # stuff that inherits no label is background
        if cuts_last or number > 1:  # 35
            labels = affinity.cut_level(level, labels)  # 34, 38
            labels = group(level, labels, grouping)  # 39-41
    assert labels is not None
    return labels


def descend_at_once(
    levels: Sequence[PyramidLevel],
    classes: ClassTable,
    affinity: GAEC,
    grouping: GroupingStep,
    cuts_last: bool = True,
    *,
    disputed: float = 1,
    pieces: tuple[int, float] | None = None,
    regrouping: GroupingStep = None,
) -> NDArray[np.int32]:
    """Return what `_descend` does of `levels`, finest first, by one native call: threads do not wait for each other.

    `disputed`, `pieces` and `regrouping` are those of `_native.cascade`.
    """
    predictions = [
        (level.affinity, level.semantic, level.embedding, offset_array(level.offsets)) for level in reversed(levels)
    ]
    cut = affinity.linkage, int(fixed_point(affinity.threshold))
    steps = _native_step(grouping), cuts_last, disputed, pieces, _native_step(regrouping)
    return _native.cascade(predictions, np.array(classes.is_thing), cut, *steps)


def _native_step(step: GroupingStep) -> tuple[str, int, float | None] | None:
    if step is None:
        return None
    return step.linkage, int(fixed_point(step.threshold)), getattr(step, "beta", None)
