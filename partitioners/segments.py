"""The looks of segments in the image: size, bounding box, mean class distribution, mean embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import FloatArray, IntegerArray


@dataclass(frozen=True, eq=False)
class Segments:
    """Statistics of n segments of one pyramid level.

    Args:
        pixels: (n,) integers, kept as int64: the number of pixels, at least 1.
        boxes: (n, 4) integers, kept as int64: bounding boxes (top, left, bottom, right), bottom and right exclusive.
        semantic: (n, C) floats, kept as float64: mean class distribution over the segment's pixels.
        embedding: (n, k) floats, kept as float64: mean embedding over the segment's pixels.

    Raises:
        InputError: a shape or dtype is not as above.
    """

    pixels: NDArray[np.int64]
    boxes: NDArray[np.int64]
    semantic: NDArray[np.float64]
    embedding: NDArray[np.float64]

    if TYPE_CHECKING:  # any width is taken

        def __init__(
            self, pixels: IntegerArray, boxes: IntegerArray, semantic: FloatArray, embedding: FloatArray
        ) -> None: ...

    def __post_init__(self) -> None:
        pixels = checks.array("pixels", self.pixels, (None,), "integer")
        checks.within("pixels", pixels, 1, 2**62)
        boxes = checks.array("boxes", self.boxes, (len(pixels), 4), "integer")
        semantic = checks.array("semantic", self.semantic, (len(pixels), None), "float")
        embedding = checks.array("embedding", self.embedding, (len(pixels), None), "float")
        pixels, boxes = (value.astype(np.int64, copy=False) for value in (pixels, boxes))
        semantic, embedding = (value.astype(np.float64, copy=False) for value in (semantic, embedding))
        checks.keep(self, pixels=pixels, boxes=boxes, semantic=semantic, embedding=embedding)

    def __len__(self) -> int:
        return len(self.pixels)

    def merge(self, partition: IntegerArray, n_parts: int) -> Segments:
        """Return the statistics of the unions that `partition` (n,) of 0…n_parts-1 makes of the segments."""
        pixels = np.bincount(partition, self.pixels, n_parts).astype(np.int64)
        return Segments(
            pixels,
            part_boxes(partition, n_parts, self.boxes[:, :2], self.boxes[:, 2:]),
            part_means(partition, pixels, self.semantic * self.pixels[:, None]),
            part_means(partition, pixels, self.embedding * self.pixels[:, None]),
        )


def segment_statistics(labels: IntegerArray, semantic: FloatArray, embedding: FloatArray) -> Segments:
    """Return the statistics of the segments 1…n of a label map.

    Args:
        labels: (h, w) integers, 0 for pixels of no segment; each of 1…n occurs.
        semantic: (C, h, w) floats, class distributions.
        embedding: (k, h, w) floats, embeddings.

    Raises:
        ValueError: a shape or value is not as above.
    """
    statistics = _native.segment_statistics(checks.labels("labels", labels), semantic, embedding)
    pixels, boxes, mean_semantic, mean_embedding = statistics
    checks.within("pixels", pixels, 1, 2**62)
    return checks.unchecked(Segments, pixels=pixels, boxes=boxes, semantic=mean_semantic, embedding=mean_embedding)


def part_means(partition: IntegerArray, pixels: NDArray[np.int64], values: FloatArray) -> NDArray[np.float64]:
    """Return (n, c) sums of `values` (m, c) over each part, in the order of rows, over the parts' pixels."""
    sums = [np.bincount(partition, column, len(pixels)) for column in values.T]
    return np.stack(sums, axis=1) / pixels[:, None] if sums else np.empty((len(pixels), 0))


def part_boxes(partition: IntegerArray, n_parts: int, low: IntegerArray, high: IntegerArray) -> NDArray[np.int64]:
    """Return the boxes around all (low, high) corners, (m, 2) each, of every part."""
    boxes = np.empty((n_parts, 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int64).max, -1
    np.minimum.at(boxes[:, :2], partition, low)
    np.maximum.at(boxes[:, 2:], partition, high)
    return boxes
