"""How good predictions are: a semantic map's mIoU, and a data set's own figures of merit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.prediction import predict
from affinity_models.data.dataset import Dataset
from affinity_models.sample import VOID, Sample
from partitioners import AffinityPyramid, CascadeGAEC, Partitioner, Segmentation


def measure(
    predict: Callable[[Sample], AffinityPyramid],
    dataset: Dataset,
    names: Iterable[str],
    partitioner: Partitioner | None,
) -> dict[str, float]:
    """Return the mIoU of level 1's semantic map and the data set's figures of a partitioner.

    Args:
        predict: gives an image's pyramid.
        dataset: the source of images.
        names: those of images.
        partitioner: cuts the pyramids; None to leave instances out.

    Raises:
        InputError: an image cannot be read.
    """
    confusion = np.zeros((len(dataset.classes), len(dataset.classes)), np.int64)
    results: list[tuple[Sample, Segmentation]] = []
    for sample in map(dataset.read, names):
        pyramid = predict(sample)
        confusion += semantic_confusion(sample, pyramid)
        if partitioner is not None:
            results.append((sample, partitioner.segment(pyramid)))
    return {"mIoU": mean_iou(confusion)} | (dataset.figures_of_merit(results) if results else {})


def validate(
    network: DaffNet, dataset: Dataset, names: Iterable[str], semantic_only: bool, bf16: bool
) -> dict[str, float]:
    """Return the figures of `measure` for a network in training, computed in bfloat16 or not.

    Raises:
        InputError: an image cannot be read.
    """
    network.eval()
    figures = measure(
        lambda sample: predict(network, sample.image, dataset.classes, bf16=bf16),
        dataset,
        names,
        None if semantic_only else CascadeGAEC(),
    )
    network.train()
    return figures


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
