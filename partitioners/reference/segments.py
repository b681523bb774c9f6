"""The looks of segments in the image, in numpy."""

from __future__ import annotations

import numpy as np

from partitioners.arrays import FloatArray, IntegerArray
from partitioners.segments import Segments, part_boxes, part_means


def segment_statistics(labels: IntegerArray, semantic: FloatArray, embedding: FloatArray) -> Segments:
    """Return the same as `partitioners.segments.segment_statistics`, bit by bit: pixels are added in raster order."""
    inside = np.flatnonzero(labels)
    partition = labels.ravel()[inside].astype(np.int64) - 1
    positions = np.stack(np.divmod(inside, labels.shape[1]), axis=1)
    pixels = np.bincount(partition)
    return Segments(
        pixels,
        part_boxes(partition, len(pixels), positions, positions + 1),
        part_means(partition, pixels, semantic.reshape(len(semantic), labels.size)[:, inside].T),
        part_means(partition, pixels, embedding.reshape(len(embedding), labels.size)[:, inside].T),
    )
