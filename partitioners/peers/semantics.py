"""Affinities weighed down where the semantic map sees different classes, as SSAP and GMIS do before they cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from partitioners.arrays import FloatArray
from partitioners.base import PyramidPartitioner, Step
from partitioners.cascade.cascade_gaec import CascadeGAEC
from partitioners.graph import overlap
from partitioners.pyramid import AffinityPyramid, PyramidLevel
from partitioners.segmentation import Segmentation


@dataclass(frozen=True)
class RefinedCascade(PyramidPartitioner):
    """A cascade without grouping, on affinities refined by `refine`."""

    affinity: Step
    min_size: int | None = None

    def __post_init__(self) -> None:
        self._cascade()

    def _cascade(self) -> CascadeGAEC:
        return CascadeGAEC(self.affinity, grouping=None, min_size=self.min_size)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return self._cascade().tunable()

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        return self._cascade().segment(refine(pyramid))


def refine(pyramid: AffinityPyramid) -> AffinityPyramid:
    """Return the pyramid with each affinity times exp(−D), D the Jensen-Shannon divergence of the classes of its pixels.

    D is in nats, from 0 to ln 2: a sure affinity of pixels that have no class in common becomes one half.
    """
    return replace(pyramid, levels=tuple(map(_refine_level, pyramid.levels)))


def _refine_level(level: PyramidLevel) -> PyramidLevel:
    classes, entropy, affinity = level.semantic, _entropy(level.semantic), level.affinity.copy()
    for channel, offset in zip(affinity, level.offsets, strict=True):
        first, second = overlap(*offset)
        own, partner = (classes[:, rows, columns] for rows, columns in (first, second))
        mixed = _entropy((own + partner) / 2)
        divergence = mixed - (entropy[first] + entropy[second]) / 2
        channel[first] *= np.exp(-divergence.clip(min=0))
    return replace(level, affinity=affinity)


def _entropy(classes: FloatArray) -> FloatArray:
    """Return the entropy (h, w) in nats of distributions (C, h, w)."""
    logarithms = np.log(classes, out=np.zeros_like(classes), where=classes > 0)
    entropy: FloatArray = -(classes * logarithms).sum(axis=0)
    return entropy
