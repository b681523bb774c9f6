"""Matches: the overlaps of the instances found in one image with the true ones, from which the metrics count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.contingency import contingency, total
from affinity_models.metrics.truth import Truth, truth
from affinity_models.sample import VOID, Sample
from partitioners import Segmentation, checks
from partitioners.arrays import FloatArray, IntegerArray


@dataclass(frozen=True, eq=False)
class Match:
    """The things of one image: n true ones, m found ones, and the k pairs of the same class that overlap.

    Fields:
        name: the sample's name.
        size: (H, W) of the image, or (D, H, W).
        true_class: (n,) int32 class indices.
        is_group: (n,) bool: all objects of a class that the truth does not tell apart (a crowd).
        true_pixels: (n,) int64.
        found_class: (m,) int32 class indices.
        found_pixels: (m,) int64.
        void_pixels: (m,) int64: how many of the found pixels are void in the truth.
        score: (m,) float64 confidences.
        pair_true, pair_found, pair_pixels: (k,) int64: the true one, the found one, their common pixels.
        distance: (n,) float64, the median of the known distances in metres, -1 where none is known;
            None if the image has no distances.
        known: (n,) float64, the share of the pixels whose distance is known; None likewise.
    """

    name: str
    size: tuple[int, ...]
    true_class: NDArray[np.int32]
    is_group: NDArray[np.bool_]
    true_pixels: NDArray[np.int64]
    found_class: NDArray[np.int32]
    found_pixels: NDArray[np.int64]
    void_pixels: NDArray[np.int64]
    score: NDArray[np.float64]
    pair_true: NDArray[np.int64]
    pair_found: NDArray[np.int64]
    pair_pixels: NDArray[np.int64]
    distance: NDArray[np.float64] | None
    known: NDArray[np.float64] | None

    @property
    def iou(self) -> NDArray[np.float64]:
        """(k,) float64: intersection over union of each pair; at most one of a row or column exceeds 0.5."""
        union = self.true_pixels[self.pair_true] + self.found_pixels[self.pair_found] - self.pair_pixels
        iou: NDArray[np.float64] = self.pair_pixels / union
        return iou

    @property
    def unscored_pixels(self) -> NDArray[np.int64]:
        """(m,) int64: how many pixels of each found thing are void or of a group of its class."""
        in_group = self.pair_pixels * self.is_group[self.pair_true]
        unscored: NDArray[np.int64] = self.void_pixels + total(in_group, self.pair_found, len(self.score))
        return unscored


def match(sample: Sample, segmentation: Segmentation, distance: FloatArray | None = None) -> Match:
    """Compare a segmentation with the ground truth of its image.

    Found instances without pixels, and those of classes that are not things, are left out.

    Args:
        sample: the image; see `affinity_models.metrics.truth.truth` for where its ground truth is taken from.
        segmentation: the found instances, at image size.
        distance: (H, W) floats, metres from the camera, NaN where unknown.

    Raises:
        InputError: the sizes differ, a class is not in the table, or the ground truth cannot be read.
    """
    checks.within("classes of the segmentation", segmentation.classes, 0, len(sample.classes) - 1)
    real = truth(sample)
    code, label, pixels = contingency(real.codes, segmentation.labels)
    label_classes = np.concatenate([[VOID], segmentation.classes]).astype(np.int32)
    label_classes[~np.isin(label_classes, sample.classes.things)] = VOID
    code_pixels = total(pixels, code, len(real.classes))
    label_pixels = total(pixels, label, len(label_classes))
    codes = np.flatnonzero((code_pixels > 0) & (real.classes != VOID))
    labels = np.flatnonzero((label_pixels > 0) & (label_classes != VOID))
    same_class = (real.classes[code] == label_classes[label]) & (real.classes[code] != VOID)
    median, known = (None, None) if distance is None else _distances(real, codes, distance)
    return Match(
        name=sample.name,
        size=sample.size,
        true_class=real.classes[codes],
        is_group=real.is_group[codes],
        true_pixels=code_pixels[codes],
        found_class=label_classes[labels],
        found_pixels=label_pixels[labels],
        void_pixels=total(pixels * real.is_void[code], label, len(label_classes))[labels],
        score=segmentation.scores[labels - 1].astype(np.float64),
        pair_true=np.searchsorted(codes, code[same_class]),
        pair_found=np.searchsorted(labels, label[same_class]),
        pair_pixels=pixels[same_class],
        distance=median,
        known=known,
    )


def _distances(
    real: Truth, codes: IntegerArray, distance: FloatArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median of the known distances (-1: none is known) and the share that is known, per code."""
    distance = checks.array("distance", distance, real.codes.shape, "float")
    inside = real.classes[real.codes] != VOID
    owner, metres = real.codes[inside], distance[inside]
    median, known = np.full(len(codes), -1.0), np.zeros(len(codes))
    for index, code in enumerate(codes):
        values = metres[owner == code]
        valid = values[~np.isnan(values)]
        known[index] = len(valid) / len(values)
        if len(valid):
            median[index] = np.median(valid)
    return median, known
