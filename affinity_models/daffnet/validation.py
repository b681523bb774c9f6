"""How good predictions are: a semantic map's mIoU, and a data set's own figures of merit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.prediction import predict
from affinity_models.data.dataset import Dataset
from affinity_models.sample import VOID, Sample
from partitioners import AffinityPyramid, CascadeGAEC, Segmentation


def measure(
    dataset: Dataset, images: Iterable[tuple[Sample, AffinityPyramid, Segmentation | None]]
) -> dict[str, float]:
    """Return the mIoU of level 1's semantic map and the data set's figures of merit.

    Args:
        dataset: the source of the images.
        images: what is predicted for each, and its segmentation; None to leave instances out.
    """
    confusion = np.zeros((len(dataset.classes), len(dataset.classes)), np.int64)
    segmentations: list[tuple[Sample, Segmentation]] = []
    for sample, pyramid, segmentation in images:
        confusion += semantic_confusion(sample, pyramid)
        if segmentation is not None:
            segmentations.append((sample, segmentation))
    return {"mIoU": mean_iou(confusion)} | (dataset.figures_of_merit(segmentations) if segmentations else {})


def validate(
    network: DaffNet, dataset: Dataset, names: Iterable[str], semantic_only: bool, bf16: bool
) -> dict[str, float]:
    """Return the figures of `measure` for a network in training, computed in bfloat16 or not.

    Raises:
        InputError: an image cannot be read.
    """
    network.eval()

    def images() -> Iterator[tuple[Sample, AffinityPyramid, Segmentation | None]]:
        for sample in map(dataset.read, names):
            pyramid = predict(network, sample.image, dataset.classes, bf16=bf16)
            yield sample, pyramid, None if semantic_only else CascadeGAEC().segment(pyramid)

    figures = measure(dataset, images())
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
