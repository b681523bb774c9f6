"""GMIS's graph merge, composed of this project's parts and a peer's average linkage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.base import PARTITIONERS, PyramidPartitioner, Step, make_step
from partitioners.errors import InputError
from partitioners.graph import offset_array, overlap
from partitioners.instances import to_instances
from partitioners.labels import BACKGROUND, UNLABELLED
from partitioners.pyramid import AffinityPyramid, PyramidLevel
from partitioners.registry import needs
from partitioners.segmentation import Segmentation
from partitioners.tuning import AFFINITIES

SURE, LIKELY = 0.97, 0.7
"""The thresholds of the first two rounds; that of blocks is the first one."""
SMALLEST = 256
"""The number of pixels of the image in the largest instance that is dropped."""


@PARTITIONERS.register("gmis", unavailable=needs("bioimage_cpp", extra="peers"))
@dataclass(frozen=True)
class GMIS(PyramidPartitioner):
    """GMIS-style graph merge: the pair of largest mean affinity first, in three rounds with ever longer offsets.

    Source: Liu et al., "Affinity derivation and graph merge for instance segmentation", ECCV 2018, arXiv 1811.10870, as
    its authors' code has it (https://github.com/xck36/GMIS).

    As in their code: blocks of 2 × 2 pixels begin as one node where all affinities within are at least 0.97; an affinity
    counts 2σ(5p) − 1 times, p the probability that both pixels are things of the same class, 0 where their likeliest
    classes differ; the pair of largest affinity is merged, and affinities made parallel are averaged over the pixel edges
    behind them, in rounds down to 0.97, 0.7 and 0.3; the two longest lengths of offsets join in the last round, the two
    before in the second, all shorter ones in the first; pixels without an affinity above 0.3 are background, unless in
    such a block; instances of 256 pixels or fewer are dropped.

    Not as in their code: offsets are those of the pyramid's finest level, where theirs are eight directions, and
    blocks look at those within; each class is for itself, where theirs are in three groups; pixels of stuff take no
    part; there are no regions of interest, enlarged before they are cut, so that the 256 pixels are the image's own, 16 at
    a stride of 4, and those of a block count as 4, where theirs count as 1; averages over 2 × 2 pixels and what they do
    for bicycles are left out; the order of merges is exact, where theirs looks at one neighbour per node; an instance's
    class and score follow the rules of `cascade-gaec`. The solver is bioimage-cpp's GASP, the fastest peer with average
    linkage on such graphs. `partitioners.solver_clock` tells the time that it takes by itself.

    Args:
        affinity: the partitioner of each round; its threshold is the round's.
        threshold: an affinity in [0, 1], the threshold of the last round and of background; no other round goes below it.
        min_size: segments under this number of level-1 pixels are no instances; default: those of up to 256 pixels of the
            image are none, whatever the pyramid's own `min_size`.

    Raises:
        InputError: a parameter is not as above.
    """

    affinity: Step = "bioimage-gasp"
    threshold: float = 0.3
    min_size: int | None = None

    def __post_init__(self) -> None:
        step = make_step("affinity", self.affinity)
        if not hasattr(step, "threshold"):
            raise InputError(f"affinity: expected a graph partitioner with a threshold, got {self.affinity!r}")
        object.__setattr__(self, "affinity", step)
        checks.number("threshold", self.threshold, 0, 1)
        if self.min_size is not None:
            checks.integer("min_size", self.min_size)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        solver: Any = self.affinity
        labels = np.where(pyramid.is_thing(1), np.int32(UNLABELLED), np.int32(BACKGROUND))
        labels = merge_blocks(pyramid.levels[0], labels)
        level = refine(pyramid.levels[0], pyramid.classes.things)
        labels[(labels == UNLABELLED) & ~is_linked(level, self.threshold)] = BACKGROUND
        reaches = np.abs(offset_array(level.offsets)).max(axis=1)
        lengths = np.unique(reaches)
        for of_round, threshold in ((lengths[:-4], SURE), (lengths[:-2], LIKELY), (lengths, self.threshold)):
            channels = np.flatnonzero(np.isin(reaches, of_round))
            if len(channels):
                offsets = tuple(level.offsets[channel] for channel in channels)
                near = replace(level, affinity=level.affinity[channels], offsets=offsets)
                labels = replace(solver, threshold=max(threshold, self.threshold)).cut_level(near, labels)
        smallest = SMALLEST // pyramid.stride**2 + 1
        return to_instances(pyramid, labels, smallest if self.min_size is None else self.min_size)


def merge_blocks(level: PyramidLevel, labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the labels with each sure block of 2 × 2 pixels a segment.

    Args:
        level: its offsets are looked at where both ends are in one block; without steps of one pixel along both axes no
            block is sure.
        labels: (h, w), where background is in no block, and no pixel has a segment yet.
    """
    if not {(0, 1), (1, 0)} <= {(abs(dy), abs(dx)) for dy, dx in level.offsets}:
        return labels
    height, width = (length // 2 * 2 for length in level.shape)
    is_sure = labels[:height, :width] != BACKGROUND
    for channel, (dy, dx) in zip(level.affinity, level.offsets, strict=True):
        if abs(dy) <= 1 and abs(dx) <= 1:
            within = slice(dy < 0, height, 1 + abs(dy)), slice(dx < 0, width, 1 + abs(dx))
            is_sure[within] &= channel[within] >= SURE
    blocks = is_sure.reshape(height // 2, 2, width // 2, 2).all(axis=(1, 3))
    numbers = np.where(blocks, blocks.cumsum().reshape(blocks.shape), 0).repeat(2, axis=0).repeat(2, axis=1)
    result = labels.copy()
    np.copyto(result[:height, :width], numbers, where=numbers > 0, casting="same_kind")
    return result


def refine(level: PyramidLevel, things: NDArray[np.intp]) -> PyramidLevel:
    """Return the level with each affinity times 2σ(5p) − 1, p the probability that its pixels are of one of the things.

    p is the sum over `things`, classes by their indices, of the products of both pixels' probabilities, or 0 where their
    most likely classes differ.
    """
    probability, likeliest, affinity = level.semantic[things], level.semantic.argmax(axis=0), level.affinity.copy()
    for channel, offset in zip(affinity, level.offsets, strict=True):
        first, second = overlap(*offset)
        own, partner = (probability[:, rows, columns] for rows, columns in (first, second))
        same = (own * partner).sum(axis=0)
        channel[first] *= np.tanh(2.5 * same) * (likeliest[first] == likeliest[second])  # 2σ(x) − 1 = tanh(x / 2)
    return replace(level, affinity=affinity)


def is_linked(level: PyramidLevel, threshold: float) -> NDArray[np.bool_]:
    """Return (h, w) bool, the pixels with an affinity above a threshold, to any side."""
    linked = np.zeros(level.shape, bool)
    for channel, offset in zip(level.affinity, level.offsets, strict=True):
        first, second = overlap(*offset)
        linked[first] |= channel[first] > threshold
        linked[second] |= channel[first] > threshold
    return linked
