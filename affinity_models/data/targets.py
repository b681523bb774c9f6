"""Ground truth on a pyramid level: block majorities, and the affinities they imply."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affinity_models.sample import Sample
from partitioners import create, grid_graph
from partitioners.arrays import IntegerArray
from partitioners.graph import Offsets, overlap
from partitioners.pyramid import neighbours


def block_majority(labels: IntegerArray, stride: int) -> IntegerArray:
    """Return the most frequent label of each block of stride × stride pixels; of equally frequent ones the smallest.

    Args:
        labels: (H, W) integers, and at a stride of 1 of any shape, the largest less the smallest below 2 ** 31.
        stride: side of a block, in pixels; the last blocks of a row or column may be cut off by the border.

    Returns:
        (ceil(H / stride), ceil(W / stride)) labels: what nearest upsampling by `stride` expands best.
    """
    if stride == 1:
        return labels
    height, width = (-(-length // stride) for length in labels.shape)
    padding = [(0, -length % stride) for length in labels.shape]
    blocks = np.pad(labels, padding, "edge").reshape(height, stride, width, stride)
    reduced: IntegerArray = blocks.min(axis=1).min(axis=2)
    mixed = reduced != blocks.max(axis=1).max(axis=2)  # a few blocks in a hundred: only these are worth counting
    if mixed.any():
        inside = np.pad(np.ones(labels.shape, bool), padding).reshape(blocks.shape).swapaxes(1, 2)[mixed]
        owner = np.broadcast_to(np.arange(mixed.sum())[:, None, None], inside.shape)
        reduced[mixed] = _majority(owner[inside], blocks.swapaxes(1, 2)[mixed][inside])
    return reduced


def _majority(groups: NDArray[np.int64], labels: IntegerArray) -> IntegerArray:
    """Return the most frequent label of each of the groups 0, 1, …; of equally frequent ones the smallest."""
    low, span = int(labels.min()), int(labels.max()) - int(labels.min()) + 1
    codes = np.sort(groups * span + (labels - low))  # group and label in one number: much faster to sort than pairs
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    group, label = np.divmod(codes[starts], span)
    merit = np.diff(starts, append=len(codes)) * span + (span - 1 - label)
    best = np.maximum.reduceat(merit, np.flatnonzero(np.diff(group, prepend=-1)))
    return low + span - 1 - best % span


def regions(sample: Sample) -> NDArray[np.int32]:
    """Return, in the sample's size, int32 keys of what belongs together: instances 1…n, elsewhere -1 - class (0: void)."""
    return np.where(sample.instances > 0, sample.instances, -1 - sample.semantic)


def region_classes(sample: Sample, keys: IntegerArray) -> IntegerArray:
    """Return the class of each of the region `keys`, in their shape; -1 for void."""
    return np.where(keys > 0, sample.instance_classes[np.maximum(keys, 0)], -1 - keys)


def connected_pieces(labels: IntegerArray) -> NDArray[np.int64]:
    """Return the int64 numbers from 0 of the pieces of equal label that hang together along the axes, in their shape."""
    steps = neighbours(labels.ndim)
    graph = grid_graph(same_region(labels, steps).astype(np.float32), steps)
    pieces: NDArray[np.int64] = create("components", threshold=1.0).partition(graph).reshape(labels.shape)
    return pieces


def same_region(keys: IntegerArray, offsets: Offsets) -> NDArray[np.bool_]:
    """Tell, (A, *shape), whether pixel and partner at each offset have one key; False where there is no partner."""
    same = np.zeros((len(offsets), *keys.shape), bool)
    for channel, offset in zip(same, offsets, strict=True):
        first, second = overlap(*offset)
        channel[first] = keys[first] == keys[second]
    return same
