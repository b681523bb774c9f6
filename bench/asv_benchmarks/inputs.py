"""Seeded inputs of any size: the affinities of a wavy mosaic, its pyramid, and the graph of its fragments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from partitioners import NEIGHBOURS, AffinityGraph, AffinityPyramid, ClassTable, PyramidLevel, Segments, grid_graph

KINDS = ("noisy", "smooth")
"""Kinds of affinities: with errors at single pixels; or blurred, saturated and in half precision, so often tied."""

LONG_RANGE = (*NEIGHBOURS, (0, 8), (8, 0), (8, 8), (8, -8))
"""Offsets of an image, the first two to direct neighbours."""
DIRECT_3D = ((0, 0, 1), (0, 1, 0), (1, 0, 0))
LONG_RANGE_3D = (*DIRECT_3D, (2, 0, 0), (0, 8, 0), (0, 0, 8), (0, 8, 8), (0, 8, -8))
"""Offsets of a volume."""

N_CLASSES, N_CHANNELS = 8, 8
"""Numbers of classes, of which every other is a thing, and of embedding channels."""


def mosaic(height: int, width: int) -> np.typing.NDArray[np.int64]:
    """Return (height, width) int64 labels from 0: 8 rows of tiles about as wide as high, with wavy boundaries."""
    side = height / 8
    y, x = np.ogrid[:height, :width]
    row = (y + side / 4 * np.sin(x * 4 / side)) // side + 1
    column = (x + side / 4 * np.sin(y * 4 / side)) // side + 1
    return (row * (width / side + 3) + column).astype(np.int64)


def affinities(kind: str, labels: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.float32]:
    """Return (2, h, w) float32, to the right and down, high where two neighbours in `labels` are equal."""
    rng = np.random.default_rng(0)
    same = np.zeros((2, *labels.shape), np.float32)
    same[0, :, :-1] = labels[:, :-1] == labels[:, 1:]
    same[1, :-1] = labels[:-1] == labels[1:]
    noise = rng.standard_normal(same.shape, np.float32)
    if kind == "noisy":
        return _sigmoid(6 * same - 3 + 1.5 * noise)
    return _sigmoid(36 * _blur(same) - 26 + 5 * _blur(noise)).astype(np.float16).astype(np.float32)


def long_affinities(
    labels: np.typing.NDArray[np.int64], offsets: Sequence[tuple[int, ...]]
) -> np.typing.NDArray[np.float32]:
    """Return (A, *shape) float32 noisy affinities, high where both ends of an offset in `labels` are equal."""
    axes = tuple(range(labels.ndim))
    same = np.stack([labels == np.roll(labels, [-step for step in offset], axes) for offset in offsets])
    noise = np.random.default_rng(0).standard_normal(same.shape, np.float32)
    return _sigmoid(6 * same.astype(np.float32) - 3 + 1.5 * noise)


def neurites(depth: int, side: int) -> np.typing.NDArray[np.int64]:
    """Return (depth, side, side) int64 labels: the tiles of a mosaic, which drift from slice to slice."""
    return np.stack([np.roll(mosaic(side, side), (number, -number // 2), (0, 1)) for number in range(depth)])


def graph(kind: str, height: int) -> AffinityGraph:
    """Return the grid graph of affinities of height × 2 height pixels."""
    return grid_graph(affinities(kind, mosaic(height, 2 * height)), NEIGHBOURS)


def seeds(height: int) -> np.typing.NDArray[np.int64]:
    """Return (2 height²,) int64: the labels of a random half of the mosaic's pixels, -1 for the others."""
    labels = mosaic(height, 2 * height).ravel()
    labels[np.random.default_rng(0).random(len(labels)) < 0.5] = -1
    return labels


def pyramid(height: int, stride: int = 4, n_levels: int = 4) -> AffinityPyramid:
    """Return a pyramid whose level 1 has height × 2 height pixels, with noisy affinities."""
    labels = mosaic(height, 2 * height)
    numbers = range(N_CLASSES)
    classes = ClassTable(tuple(f"class {number}" for number in numbers), tuple(number % 2 == 1 for number in numbers))
    levels = tuple(_level(labels[:: 2**number, :: 2**number]) for number in range(n_levels))
    return AffinityPyramid(levels, classes, stride, (stride * height, stride * 2 * height))


def fragments(n_segments: int) -> AffinityGraph:
    """Return the complete graph on segments that are pieces of objects, eight of each."""
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(n_segments, 1)
    same = first // 8 == second // 8
    corners = rng.integers(0, 500, (n_segments // 8 + 1, 2)).repeat(8, axis=0)[:n_segments]
    corners = corners + rng.integers(0, 40, corners.shape)
    boxes = np.concatenate([corners, corners + rng.integers(1, 30, corners.shape)], axis=1)
    none = np.zeros((n_segments, 0))
    segments = Segments(rng.integers(1, 900, n_segments), boxes, none, none)
    weights = _sigmoid(6 * same - 3 + 1.5 * rng.standard_normal(len(same)))
    return AffinityGraph(n_segments, np.stack([first, second], axis=1), weights, segments=segments)


def _level(labels: np.typing.NDArray[np.int64]) -> PyramidLevel:
    rng = np.random.default_rng(0)
    semantic = np.full((N_CLASSES, *labels.shape), 0.1 / N_CLASSES, np.float32)
    np.put_along_axis(semantic, labels[None] % N_CLASSES, np.float32(0.9 + 0.1 / N_CLASSES), axis=0)
    embedding = rng.standard_normal((N_CHANNELS, int(labels.max()) + 1), np.float32)[:, labels]
    return PyramidLevel(affinities("noisy", labels), semantic, embedding)


def _sigmoid(log_odds: np.typing.NDArray[Any]) -> np.typing.NDArray[Any]:
    sigmoid: np.typing.NDArray[Any] = 1 / (1 + np.exp(-log_odds))
    return sigmoid


def _blur(channels: np.typing.NDArray[np.floating[Any]]) -> np.typing.NDArray[np.floating[Any]]:
    """Return the means over 3 pixels down and across, twice, wrapped around at the rim."""
    for axis in (1, 2, 1, 2):
        channels = (channels + np.roll(channels, 1, axis) + np.roll(channels, -1, axis)) / 3
    return channels
