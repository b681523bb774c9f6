"""SSAP's cascaded graph partition, composed of this project's parts and a peer's multicut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from partitioners.arrays import FloatArray
from partitioners.base import PARTITIONERS, PyramidPartitioner, Step
from partitioners.cascade.cascade_gaec import CascadeGAEC
from partitioners.graph import overlap
from partitioners.pyramid import AffinityPyramid, PyramidLevel
from partitioners.registry import needs
from partitioners.segmentation import Segmentation


@PARTITIONERS.register("ssap", unavailable=needs("bioimage_cpp", extra="peers"))
@dataclass(frozen=True)
class SSAP(PyramidPartitioner):
    """SSAP-style cascaded multicut: GAEC and Kernighan-Lin on each level, log-odds refined by semantics.

    Source: Gao et al., "SSAP: single-shot instance segmentation with affinity pyramid", ICCV 2019, arXiv 1909.01616, after
    its text.

    As in the paper: an affinity is the mean of both directions, times exp(−D_JS) of the two pixels' classes; on each
    level, coarsest first, pixels are cut by the multicut of the log-odds; the inner parts of a segment are one node of the
    next level, pixels at its boundary are cut anew; stuff takes no part.

    Not as in the paper: levels and offsets are those of the pyramid, where the paper has five levels with a 5 × 5 window
    each; boundaries are as wide as in `cascade-gaec`, whose rules for an instance's class and score are used as well;
    there is no averaging over flips and scales. The solver is bioimage-cpp's, the one peer with Kernighan-Lin that pip
    installs, not the paper's. `partitioners.solver_clock` tells the time that it takes by itself.

    Args:
        affinity: a partitioner of the grid of each level, as in `cascade-gaec`.
        min_size: segments under this number of level-1 pixels are no instances; None is the pyramid's own `min_size`.

    Raises:
        InputError: a parameter is not as above.
    """

    affinity: Step = "bioimage-kernighan-lin"
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
