"""Panoptic quality of the things: Kirillov et al., "Panoptic Segmentation", CVPR 2019, equation 1."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.matching import Match
from partitioners import ClassTable


@dataclass(frozen=True)
class PanopticQuality:
    """Fractions in [0, 1]; NaN where nothing was there and nothing was found.

    Fields:
        pq, sq, rq: panoptic, segmentation and recognition quality, means over the things.
        class_pq, class_sq, class_rq: the same of each thing, by name; PQ = SQ · RQ holds here. SQ is 0 without a match.
    """

    pq: float
    sq: float
    rq: float
    class_pq: dict[str, float]
    class_sq: dict[str, float]
    class_rq: dict[str, float]


def panoptic_quality(matches: Sequence[Match], classes: ClassTable) -> PanopticQuality:
    """Return the panoptic quality over a data set; its rules for void and crowds are those of section 4.2.

    Void pixels do not count in the union of a pair, whose overlap must exceed 0.5; crowds are not to be found; a
    found thing with more than half of its pixels in void or in a crowd of its class is no false positive.
    """
    counts = sum((_count(match, len(classes)) for match in matches), np.zeros((4, len(classes))))
    iou, right, false, missed = counts[:, classes.things]
    with np.errstate(invalid="ignore"):
        rq = right / (right + false / 2 + missed / 2)
    sq = np.where(np.isnan(rq), np.nan, iou / np.maximum(right, 1))
    names = [classes.names[thing] for thing in classes.things]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        means = [float(np.nanmean(values)) for values in (sq * rq, sq, rq)]
    per_class = [dict(zip(names, values.tolist(), strict=True)) for values in (sq * rq, sq, rq)]
    return PanopticQuality(means[0], means[1], means[2], *per_class)


def _count(match: Match, n_classes: int) -> NDArray[np.float64]:
    """Return (4, number of classes): sum of IoU, true positives, false positives, false negatives."""
    union = match.true_pixels[match.pair_true] + match.found_pixels[match.pair_found] - match.pair_pixels
    iou = match.pair_pixels / (union - match.void_pixels[match.pair_found])
    hit = (iou > 0.5) & ~match.is_group[match.pair_true]
    false = 2 * match.unscored_pixels <= match.found_pixels
    false[match.pair_found[hit]] = False
    missed = ~match.is_group
    missed[match.pair_true[hit]] = False
    hit_class = match.true_class[match.pair_true[hit]]
    return np.stack(
        [
            np.bincount(hit_class, iou[hit], n_classes),
            np.bincount(hit_class, minlength=n_classes),
            np.bincount(match.found_class[false], minlength=n_classes),
            np.bincount(match.true_class[missed], minlength=n_classes),
        ]
    )
