"""Targets: the truth on each level, which the losses compare a network's output with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from affinity_models.data.targets import block_majority, region_classes
from affinity_models.sample import VOID, Sample
from partitioners.arrays import IntegerArray


class LevelTarget(NamedTuple):
    """The truth on one level.

    Fields:
        semantic: (B, h, w) int64, a class or -1 (void).
        instances: (B, h, w) int64, 1…n; 0 where a pixel surely belongs to no instance; -1 (void, or in a crowd)
            where the truth does not tell.
    """

    semantic: Tensor
    instances: Tensor


def level_targets(sample: Sample, keys: IntegerArray, stride: int, levels: int) -> list[LevelTarget]:
    """Return the targets of one image, B = 1, by the majority of each block of pixels.

    Args:
        sample: the image.
        keys: (H, W) of `affinity_models.data.targets.regions`, or a part of them.
        stride: side of a block of level 1; it doubles from level to level.
        levels: their number.
    """
    is_thing = np.array([*sample.classes.is_thing, False])  # the last one answers for void, -1
    targets = []
    for number in range(levels):
        level = block_majority(keys, stride << number)
        semantic = region_classes(sample, level)
        unknown = (level <= 0) & ((semantic == VOID) | is_thing[semantic])
        instances = np.where(unknown, VOID, np.maximum(level, 0))
        arrays = (semantic, instances)
        targets.append(LevelTarget(*(torch.from_numpy(array.astype(np.int64))[None] for array in arrays)))
    return targets


def batch_targets(samples: Sequence[Sequence[LevelTarget]]) -> list[LevelTarget]:
    """Return the targets of several images of one size as those of one batch."""
    return [LevelTarget(*map(torch.cat, zip(*level, strict=True))) for level in zip(*samples, strict=True)]
