"""Segments in formats of annotations: GeoJSON for QuPath, and COCO."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.segment.outlines import geometry
from bench.segment.outputs import boxes

Classes = Sequence[str]
Scores = Sequence[float | None]
"""Names and scores of the labels 1, 2, …; empty and None where there are none."""


def geojson(labels: NDArray[Any], classes: Classes, scores: Scores) -> bytes:
    """Return outlines as QuPath imports them, a detection each; in a stack (n, H, W), one for each plane."""
    features = []
    for plane, flat in enumerate(labels.reshape(-1, *labels.shape[-2:])):
        for number, (_, y, x), inside in boxes(flat[None]):
            properties: dict[str, Any] = {"objectType": "detection", "name": str(number)}
            if classes[number - 1]:
                properties["classification"] = {"name": classes[number - 1]}
            if (score := scores[number - 1]) is not None:
                properties["measurements"] = {"score": score}
            shape = geometry(inside[0], x.start, y.start)
            if labels.ndim == 3:
                shape["plane"] = {"c": -1, "z": plane, "t": 0}
            features.append({"type": "Feature", "geometry": shape, "properties": properties})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


class Coco:
    """A file of the COCO format, image by image: exact masks in run lengths, with a score where there is one."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}

    def add(self, name: str, labels: NDArray[Any], classes: Classes, scores: Scores) -> None:
        """Add the segments of an image (H, W), or of a stack (n, H, W), each plane of which becomes an image."""
        for plane, flat in enumerate(labels.reshape(-1, *labels.shape[-2:])):
            image = len(self._images) + 1
            height, width = flat.shape
            self._images.append({"id": image, "file_name": name, "height": height, "width": width})
            if labels.ndim == 3:
                self._images[-1]["plane"] = plane
            for number, (_, y, x), inside in boxes(flat[None]):
                category = classes[number - 1] or "segment"
                annotation = {
                    "id": len(self._annotations) + 1,
                    "image_id": image,
                    "category_id": self._categories.setdefault(category, len(self._categories) + 1),
                    "segmentation": {"size": [height, width], "counts": _run_lengths(inside[0], y, x, (height, width))},
                    "area": int(inside.sum()),
                    "bbox": [x.start, y.start, inside.shape[2], inside.shape[1]],
                    "iscrowd": 0,
                    "label": number,
                }
                if (score := scores[number - 1]) is not None:
                    annotation["score"] = score
                self._annotations.append(annotation)

    def content(self) -> bytes:
        """Return the file."""
        categories = [{"id": number, "name": name} for name, number in self._categories.items()]
        return json.dumps({"images": self._images, "annotations": self._annotations, "categories": categories}).encode()


def _run_lengths(inside: NDArray[np.bool_], y: slice, x: slice, size: tuple[int, int]) -> list[int]:
    """Return the lengths of runs outside and inside a mask in turn, down the columns of an image of that size."""
    columns, rows = np.nonzero(inside.T)
    at = (columns + x.start) * size[0] + rows + y.start
    begins = np.flatnonzero(np.diff(at, prepend=-2) > 1)
    ends = np.append(at[begins[1:] - 1], at[-1]) + 1
    edges = np.stack([at[begins], ends], axis=1).ravel()
    return [int(length) for length in np.diff(edges, prepend=0, append=size[0] * size[1])]
