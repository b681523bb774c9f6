"""How far the average precision of one method, and the difference of two, depend on the choice of images.

Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13: percentile intervals over images drawn
with replacement. Methods are compared on the same draws, so that the difficulty of the images cancels out.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.cityscapes import OVERLAPS, Regions, region_sizes
from affinity_models.metrics.contingency import total
from affinity_models.metrics.matching import Match
from partitioners import ClassTable, checks
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.errors import InputError

_BLOCK = 128  # draws at a time: bounds the memory


class Interval(NamedTuple):
    """A value on all images, and the ends of its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bootstrap:
    """Average precisions as fractions.

    Fields:
        ap: the AP of each row.
        difference: the AP of the second less that of the first, for each pair of rows (first, second), in their order.
    """

    ap: dict[str, Interval]
    difference: dict[tuple[str, str], Interval]


def bootstrap(
    rows: Mapping[str, Sequence[Match]],
    classes: ClassTable,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
    min_region: Regions | None = None,
    overlaps: Sequence[float] | FloatArray = OVERLAPS,
) -> Bootstrap:
    """Return the average precision of each row, and of each pair the difference, with confidence intervals; NaN for no image.

    Args:
        rows: the matches of each method by its name, on the same images in the same order.
        classes: the data set's classes.
        resamples: the number of draws.
        seed: the seed of the draws.
        confidence: the share of the draws inside the interval.
        min_region: the sizes below which true instances are not scored, as in `average_precision`.
        overlaps: thresholds to average over; (0.5,) gives AP50.

    Raises:
        InputError: there is no row, one has other images, or a number is out of range.
    """
    resamples = checks.integer("resamples", resamples, 1)
    confidence = checks.number("confidence", confidence, 0, 1)
    images = [[match.name for match in matches] for matches in rows.values()]
    if not images or any(names != images[0] for names in images):
        raise InputError("rows: expected at least one, with matches on the same images in the same order")
    n_images = len(images[0])
    draws: NDArray[np.int64] = np.zeros((resamples, 0), np.int64)
    if n_images:
        draws = np.random.default_rng(seed).multinomial(n_images, np.full(n_images, 1 / n_images), resamples)
    weights = np.concatenate([np.ones((1, n_images), np.int64), draws]).T
    aps = {
        name: weighted_average_precision(matches, classes, weights, min_region, overlaps)
        for name, matches in rows.items()
    }
    return Bootstrap(
        {name: _interval(ap, confidence) for name, ap in aps.items()},
        {
            (first, second): _interval(aps[second] - aps[first], confidence)
            for first, second in itertools.combinations(aps, 2)
        },
    )


def _interval(values: NDArray[np.float64], confidence: float) -> Interval:
    """Return the first value, that of all images, with the percentiles of the others; NaN draws are left out."""
    draws = values[1:][~np.isnan(values[1:])]
    tail = 50 * (1 - confidence)
    low, high = np.percentile(draws, [tail, 100 - tail]) if len(draws) else (np.nan, np.nan)
    return Interval(float(values[0]), float(low), float(high))


def weighted_average_precision(
    matches: Sequence[Match],
    classes: ClassTable,
    weights: IntegerArray,
    min_region: Regions | None = None,
    overlaps: Sequence[float] | FloatArray = OVERLAPS,
) -> NDArray[np.float64]:
    """Return `average_precision(…).ap` with each image repeated, for many choices of the repetitions.

    Args:
        matches: one per image.
        classes: the data set's classes.
        weights: (number of images, number of choices) whole numbers, how often each image counts.
        min_region: the sizes below which true instances are not scored, as in `average_precision`.
        overlaps: thresholds to average over, at least 0.5.

    Returns:
        (number of choices,) float64 in [0, 1], NaN where there is no ground truth.
    """
    repeats = checks.array("weights", weights, (len(matches), None), "integer").astype(np.float64)
    if not matches:
        return np.full(repeats.shape[1], np.nan)
    pool = _pool(matches, (min_region or region_sizes(matches, classes))[0])
    blocks = np.split(repeats, range(_BLOCK, repeats.shape[1], _BLOCK), axis=1)
    table = np.empty((len(overlaps), len(classes.things), repeats.shape[1]))
    for row, overlap in enumerate(overlaps):
        ranking = _rank(pool, overlap)
        for column, thing in enumerate(classes.things):
            class_ranking = _Ranking(*(field[ranking.thing == thing] for field in ranking))
            n_true = np.bincount(pool.true_image[pool.true_class == thing], minlength=len(matches))
            table[row, column] = np.concatenate([_area(class_ranking, n_true @ block, block) for block in blocks])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        means: NDArray[np.float64] = np.nanmean(table, axis=(0, 1))
    return means


class _Pool(NamedTuple):
    """The things of all images: the true ones that are scored, the found ones, and which of these overlap them."""

    true_image: NDArray[np.int64]
    true_class: NDArray[np.int32]
    found_image: NDArray[np.int64]
    found_class: NDArray[np.int32]
    score: NDArray[np.float64]
    ignored: NDArray[np.float64]
    """the share of a found thing's pixels that the evaluator does not hold against it"""
    pair_found: NDArray[np.int64]
    pair_iou: NDArray[np.float64]


def _pool(matches: Sequence[Match], region: float) -> _Pool:
    columns: list[tuple[NDArray[Any], ...]] = []
    n_found = 0
    for image, match in enumerate(matches):
        small = match.true_pixels < region
        scored = ~match.is_group & ~small
        in_scored = scored[match.pair_true]
        # The evaluator counts the pixels of a small group twice.
        excused = match.pair_pixels * (match.is_group.astype(np.int64) + small)[match.pair_true]
        ignored = match.void_pixels + total(excused, match.pair_found, len(match.score))
        columns.append(
            (
                np.full(int(scored.sum()), image),
                match.true_class[scored],
                np.full(len(match.score), image),
                match.found_class,
                match.score,
                ignored / match.found_pixels,
                n_found + match.pair_found[in_scored],
                match.iou[in_scored],
            )
        )
        n_found += len(match.score)
    return _Pool(*(np.concatenate(column) for column in zip(*columns, strict=True)))


class _Ranking(NamedTuple):
    """True and false positives at one overlap, best score first."""

    thing: NDArray[np.int32]
    score: NDArray[np.float64]
    image: NDArray[np.int64]
    is_true: NDArray[np.bool_]


def _rank(pool: _Pool, overlap: float) -> _Ranking:
    """Found things lie apart, so above an overlap of 0.5 each meets at most one true one, and the reverse.

    One that overlaps a true one which is not scored so far is no false positive: as much of it is ignored.
    """
    is_true = np.zeros(len(pool.score), bool)
    is_true[pool.pair_found[pool.pair_iou > overlap]] = True
    counted = np.flatnonzero(is_true | (pool.ignored <= overlap))
    order = counted[np.argsort(-pool.score[counted])]
    return _Ranking(pool.found_class[order], pool.score[order], pool.found_image[order], is_true[order])


def _area(ranking: _Ranking, n_true: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area under the evaluator's curve, per choice of weights.

    Its step-wise sum is that of the trapezoids between the points of the curve, one per different score, from
    (recall 0, precision 1) on. A score that no drawn image has repeats a point and adds nothing.

    Args:
        ranking: the ranking of one class.
        n_true: (number of choices,) how many true instances there are.
        weights: (number of images, number of choices).
    """
    last = np.flatnonzero(np.append(np.diff(ranking.score) != 0, True)[: len(ranking.score)])
    weight = weights[ranking.image]
    n_found = np.cumsum(weight, axis=0)[last]
    n_right = np.cumsum(weight * ranking.is_true[:, None], axis=0)[last]
    precision = np.divide(n_right, n_found, out=np.ones_like(n_right), where=n_found > 0)
    recall = n_right / np.maximum(n_true, 1)
    precision = np.concatenate([np.ones((1, weights.shape[1])), precision])
    steps = np.diff(recall, axis=0, prepend=0)
    area = (steps * (precision[1:] + precision[:-1])).sum(axis=0) / 2
    return np.where(n_true > 0, area, np.nan)
