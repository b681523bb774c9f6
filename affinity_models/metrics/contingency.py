"""Contingency tables: how many pixels two label images share, label by label."""

from __future__ import annotations

import numpy as np

from partitioners.errors import InputError

_DENSE = 2**24


def contingency(truth: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs of labels that occur at a common pixel, and at how many.

    Args:
        truth: non-negative integers of any shape.
        labels: non-negative integers of the same shape.

    Returns:
        Three (k,) int64 arrays, in lexicographic order: the truth's label, the other label, the number of pixels.

    Raises:
        InputError: the sizes differ.
    """
    if truth.shape != labels.shape:
        raise InputError(f"segmentation: expected the size of the ground truth, {truth.shape}, got {labels.shape}")
    width = int(labels.max(initial=0)) + 1
    codes = truth.astype(np.int64).ravel() * width + labels.ravel()
    if (int(truth.max(initial=0)) + 1) * width <= _DENSE:
        table = np.bincount(codes)
        pairs = np.flatnonzero(table)
        counts = table[pairs]
    else:
        pairs, counts = np.unique(codes, return_counts=True)
    return pairs // width, pairs % width, counts.astype(np.int64, copy=False)


def total(counts: np.ndarray, labels: np.ndarray, length: int) -> np.ndarray:
    """Return (length,) int64: the sum of the whole numbers `counts` (k,) per label (k,) 0…length-1."""
    sums = np.zeros(length, np.int64)
    np.add.at(sums, labels, counts)
    return sums
