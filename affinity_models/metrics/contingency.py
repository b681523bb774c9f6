"""Contingency tables: how many pixels two label images share, label by label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.errors import InputError

_DENSE = 2**24


def contingency(truth: IntegerArray, labels: IntegerArray) -> tuple[IntegerArray, IntegerArray, NDArray[np.int64]]:
    """Return the pairs of labels that occur at a common pixel, and at how many.

    Memory and time depend on how many labels there are, not on how large they are.

    Args:
        truth: integers of any shape and dtype.
        labels: integers of the same shape.

    Returns:
        Three (k,) arrays, in lexicographic order: the truth's label and the other label, in their own dtypes, and the
        number of pixels, int64.

    Raises:
        InputError: the sizes differ.
    """
    if truth.shape != labels.shape:
        raise InputError(f"segmentation: expected the size of the ground truth, {truth.shape}, got {labels.shape}")
    (true_values, true), (values, found) = _ranks(truth), _ranks(labels)
    codes = true * len(values) + found
    if len(true_values) * len(values) <= _DENSE:
        table = np.bincount(codes)
        pairs = np.flatnonzero(table)
        counts = table[pairs]
    else:
        pairs, counts = np.unique(codes, return_counts=True)
    true, found = np.divmod(pairs, len(values))
    return true_values[true], values[found], counts.astype(np.int64)


def _ranks(labels: IntegerArray) -> tuple[IntegerArray, NDArray[np.int64]]:
    """Return values in ascending order and, for each of the n pixels, the int64 index of its own among them."""
    flat = labels.ravel()
    if flat.size and flat.min() >= 0 and flat.max() < max(flat.size, 2**16):
        return np.arange(int(flat.max()) + 1).astype(labels.dtype), flat.astype(np.int64)
    values, ranks = np.unique(flat, return_inverse=True)
    return values, ranks.astype(np.int64)


def total(counts: IntegerArray, labels: IntegerArray, length: int) -> NDArray[np.int64]:
    """Return (length,) int64: the sum of the whole numbers `counts` (k,) per label (k,) 0…length-1."""
    sums = np.zeros(length, np.int64)
    np.add.at(sums, labels, counts)
    return sums
