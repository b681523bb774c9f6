"""Ground truth on a pyramid level: block majorities, and the affinities they imply."""

from __future__ import annotations

import numpy as np

from affinity_models.sample import Sample
from partitioners.graph import Offsets


def block_majority(labels: np.ndarray, stride: int) -> np.ndarray:
    """Return the most frequent label of each block of stride × stride pixels; of equally frequent ones the smallest.

    Args:
        labels: (H, W) integers.
        stride: side of a block, in pixels; the last blocks of a row or column may be cut off by the border.

    Returns:
        (ceil(H / stride), ceil(W / stride)) labels: what nearest upsampling by `stride` expands best.
    """
    height, width = (-(-length // stride) for length in labels.shape)
    padding = [(0, -length % stride) for length in labels.shape]
    blocks = np.pad(labels, padding, "edge").reshape(height, stride, width, stride)
    reduced = blocks.min(axis=(1, 3))
    mixed = reduced != blocks.max(axis=(1, 3))  # a few blocks in a hundred: only these are worth counting
    block = np.arange(height * width).reshape(height, width).repeat(stride, 0).repeat(stride, 1)
    inside = mixed.repeat(stride, 0).repeat(stride, 1)[: labels.shape[0], : labels.shape[1]]
    reduced[mixed] = _majority(block[: labels.shape[0], : labels.shape[1]][inside], labels[inside])
    return reduced


def _majority(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the most frequent label of each group, in the order of groups; of equally frequent ones the smallest."""
    values, rank = np.unique(labels, return_inverse=True)
    pairs, counts = np.unique(groups * max(1, len(values)) + rank, return_counts=True)
    group, ranks = np.divmod(pairs, max(1, len(values)))
    order = np.lexsort((ranks, -counts, group))
    first = order[np.unique(group[order], return_index=True)[1]]
    return values[ranks[first]]


def regions(sample: Sample) -> np.ndarray:
    """Return (H, W) int64 keys of what belongs together: instances 1…n, elsewhere -1 - class (0: void)."""
    return np.where(sample.instances > 0, sample.instances, -1 - sample.semantic).astype(np.int64)


def region_classes(sample: Sample, keys: np.ndarray) -> np.ndarray:
    """Return the class of each of the region `keys`, in their shape; -1 for void."""
    return np.where(keys > 0, sample.instance_classes[np.maximum(keys, 0)], -1 - keys)


def same_region(keys: np.ndarray, offsets: Offsets) -> np.ndarray:
    """Return (A, h, w) bool: the pixel and its partner at each offset have one key; False where there is no partner."""
    height, width = keys.shape
    padded_y, padded_x = max(abs(dy) for dy, _ in offsets), max(abs(dx) for _, dx in offsets)
    nowhere = keys.min() - 1
    padded = np.pad(keys, ((padded_y, padded_y), (padded_x, padded_x)), constant_values=nowhere)
    partners = [
        padded[padded_y + dy : padded_y + dy + height, padded_x + dx : padded_x + dx + width] for dy, dx in offsets
    ]
    return np.stack([keys == partner for partner in partners])
