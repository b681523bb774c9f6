"""How good predictions are: a semantic map's mIoU, and a data set's own figures of merit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.prediction import predict
from affinity_models.data.dataset import Dataset
from affinity_models.sample import VOID, Sample
from partitioners import AffinityPyramid, CascadeGAEC, Segmentation


class Prediction(NamedTuple):
    """An image, its confusion as `semantic_confusion` has it, and its segmentation; None to leave instances out."""

    sample: Sample
    confusion: NDArray[np.int64]
    segmentation: Segmentation | None


def measure(dataset: Dataset, predictions: Iterable[Prediction]) -> dict[str, float]:
    """Return the mIoU of level 1's semantic map and the data set's figures of merit, of at least one prediction."""
    samples, confusions, segmentations = zip(*predictions, strict=True)
    pairs = [pair for pair in zip(samples, segmentations, strict=True) if pair[1] is not None]
    return {"mIoU": mean_iou(sum(confusions))} | (dataset.figures_of_merit(pairs) if pairs else {})


def validate(
    network: DaffNet, dataset: Dataset, names: Iterable[str], semantic_only: bool, bf16: bool
) -> dict[str, float]:
    """Return the figures of `measure` for a network in training, computed in bfloat16 or not.

    Raises:
        InputError: an image cannot be read.
    """
    network.eval()
    predictions = []
    for sample in map(dataset.read, names):
        pyramid = predict(network, sample.image, dataset.classes, bf16=bf16)
        segmentation = None if semantic_only else CascadeGAEC().segment(pyramid)
        predictions.append(Prediction(sample, semantic_confusion(sample, pyramid), segmentation))
    network.train()
    return measure(dataset, predictions)


def semantic_confusion(sample: Sample, pyramid: AffinityPyramid) -> NDArray[np.int64]:
    """Return (C, C) numbers of pixels by true class and by level 1's most likely one; void pixels do not count."""
    height, width = sample.size
    best = pyramid.levels[0].semantic.argmax(axis=0).repeat(pyramid.stride, 0).repeat(pyramid.stride, 1)
    scored = sample.semantic != VOID
    n = len(sample.classes)
    pairs = sample.semantic[scored].astype(np.int64) * n + best[:height, :width][scored]
    return np.bincount(pairs, minlength=n * n).reshape(n, n)


def mean_iou(confusion: NDArray[np.int64]) -> float:
    """Return the intersection over union, averaged over the classes that occur in the truth; NaN where none does."""
    occurs = confusion.sum(axis=1) > 0
    right = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - right
    return float(np.mean(right[occurs] / union[occurs])) if occurs.any() else float("nan")
