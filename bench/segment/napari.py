"""The plug-in for napari: two functions of layers, of which it makes its widgets, as napari.yaml says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from affinity_models import Segmenter
from bench.segment import affinities
from bench.segment.work import segment_planes
from partitioners.errors import InputError

if TYPE_CHECKING:
    import napari


def segment_image(
    image: napari.layers.Image, weights: str = "nuclei", diameter: float = 0.0
) -> napari.types.LayerDataTuple:
    """Return a layer with the instances in an image, or in each plane of a stack.

    Args:
        image: a layer (H, W) or (n, H, W), grey or RGB.
        weights: the network's weights, as in `Segmenter`.
        diameter: the objects' mean diameter in pixels, as there; 0 to leave the image as it is.

    Raises:
        InputError: an argument is not as above.
    """
    pixels = np.asarray(image.data[0] if image.multiscale else image.data)
    if pixels.ndim - image.rgb not in (2, 3):
        raise InputError(f"image: expected a plane or a stack of planes, got shape {pixels.shape}")
    planes = pixels if pixels.ndim - image.rgb == 3 else pixels[None]
    found = segment_planes(planes, Segmenter(weights, diameter=diameter or None)).found
    features = {"index": range(1, len(found.classes) + 1), "class": found.classes, "score": found.scores}
    labels = found.labels.reshape(pixels.shape[: pixels.ndim - image.rgb])
    return _layer(labels, f"{image.name} {weights}", image, features=features)


def partition_affinities(
    affinity: napari.layers.Image, offsets: str = "forward", partitioner: str = affinities.USUAL, min_size: int = 0
) -> napari.types.LayerDataTuple:
    """Return a layer with the segments into which affinities are cut.

    Args:
        affinity: a layer (A, h, w) or (A, d, h, w) in [0, 1], or of unsigned integers.
        offsets: JSON such as [[0, 1], [1, 0]], or a name, as for `affinities.read_offsets`.
        partitioner: an expression of one of graphs.
        min_size: segments of fewer pixels become background.

    Raises:
        InputError: an argument is not as above.
    """
    values = np.asarray(affinity.data[0] if affinity.multiscale else affinity.data)
    steps = affinities.read_offsets(offsets, None, values.ndim - 1)
    labels = affinities.partition(values, steps, affinities.graph_partitioner(partitioner), min_size=min_size)
    return _layer(labels, f"{affinity.name} segments", affinity)


def _layer(labels: Any, name: str, source: Any, **more: Any) -> Any:
    """Return labels as napari takes them, lying as the last axes of the layer that they are of."""
    place = {"scale": source.scale[-labels.ndim :], "translate": source.translate[-labels.ndim :]}
    return labels, {"name": name, **place, **more}, "labels"
