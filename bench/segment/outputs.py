"""Segments as files that other programs open: a label image, a table, overlays."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.overlay import overlay
from bench.segment.pictures import PixelSize

COLUMNS = ("label", "class", "score", "area", "left", "top", "width", "height", "x", "y")
STACK = ("front", "depth", "z")
"""The columns of stacks beside `COLUMNS`."""


@dataclass(frozen=True, eq=False)
class Found:
    """The segments of an image or stack.

    Fields:
        labels: (n, H, W) int32, 1…k, 0 is background.
        classes: (k,) names, empty where there are none.
        scores: (k,) in [0, 1]; None where there are none.
        axis: "Z" or "T" for a stack, else empty and n = 1.
        pixel: the size of a pixel.
    """

    labels: NDArray[np.int32]
    classes: tuple[str, ...]
    scores: tuple[float, ...] | None
    axis: str = ""
    pixel: PixelSize | None = None


def label_image(found: Found) -> bytes:
    """Return a TIFF of 16 bits, or of 32 where there are more labels, with the description by which ImageJ knows its pixels."""
    import tifffile

    labels = found.labels if found.axis else found.labels[0]
    labels = labels.astype(np.uint16 if len(found.classes) < 2**16 else np.uint32)
    pixel = found.pixel
    metadata: dict[str, Any] = {} if pixel is None else {"unit": pixel.unit}
    if pixel is not None and pixel.depth:
        metadata["spacing"] = pixel.depth
    shape = (labels.shape[0], 1, 1) if found.axis == "T" else (1, len(found.labels), 1)
    description = tifffile.imagej_description((*shape, *labels.shape[-2:], 1), axes="TZCYXS", rgb=False, **metadata)
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        labels,
        photometric="minisblack",
        resolution=None if pixel is None else (1 / pixel.width, 1 / pixel.height),
        resolutionunit="NONE",
        description=description,
        metadata=None,
    )
    return buffer.getvalue()


def table(found: Found) -> bytes:
    """Return the table of segments as CSV: boxes from their first pixel on, centres where pixel (0, 0) has its own at 0, 0."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(STACK if found.axis else ())])
    for number, (z, y, x), inside in boxes(found.labels):
        depths, rows, columns = np.nonzero(inside)
        score = "" if found.scores is None else f"{found.scores[number - 1]:.4f}"
        row = [number, found.classes[number - 1], score, len(rows), x.start, y.start, *inside.shape[:0:-1]]
        row += [f"{columns.mean() + x.start:.2f}", f"{rows.mean() + y.start:.2f}"]
        if found.axis:
            row += [z.start, inside.shape[0], f"{depths.mean() + z.start:.2f}"]
        writer.writerow(row)
    return text.getvalue().encode()


def read_table(content: str) -> tuple[list[str], list[float | None]]:
    """Return classes and scores of the rows that `table` wrote."""
    rows = list(csv.DictReader(io.StringIO(content)))
    return [row["class"] for row in rows], [float(row["score"]) if row["score"] else None for row in rows]


def overlays(pictures: NDArray[np.uint8], found: Found) -> bytes:
    """Return segments upon their images (n, H, W, 3): a PNG, or a TIFF for a stack."""
    upon = [overlay(image, labels) for image, labels in zip(pictures, found.labels, strict=True)]
    buffer = io.BytesIO()
    if found.axis:
        import tifffile

        tifffile.imwrite(buffer, np.stack(upon), photometric="rgb", compression="zlib")
    else:
        from PIL import Image

        Image.fromarray(upon[0]).save(buffer, format="PNG")
    return buffer.getvalue()


def boxes(labels: NDArray[Any]) -> Iterator[tuple[int, tuple[slice, slice, slice], NDArray[np.bool_]]]:
    """Yield each label of (n, H, W) that occurs, its box, and where in the box it is."""
    from scipy.ndimage import find_objects

    for number, box in enumerate(find_objects(labels), 1):
        if box is not None:
            yield number, box, labels[box] == number
