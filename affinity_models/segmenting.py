"""The instances in an image of any depth, by a trained network: `labels = segment(image, weights="nuclei").labels`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affinity_models.daffnet.shipped import DIAMETERS, digest, weights_file
from partitioners import PARTITIONERS, Segmentation, checks, needs, partitioner_for
from partitioners.checks import PlainParameters
from partitioners.errors import InputError
from partitioners.labels import consecutive

if TYPE_CHECKING:
    from affinity_models.daffnet.checkpoint import Checkpoint
    from affinity_models.daffnet.network import DaffNet

logger = logging.getLogger(__name__)

LOW, HIGH = 0.01, 99.99
"""The percentiles of values of other types than uint8 that become 0 and 255: few enough that small bright objects do not
saturate, and enough that single hot pixels do not darken all others."""


def segment(
    image: ArrayLike,
    weights: str | Path = "nuclei",
    *,
    scale: float | None = None,
    diameter: float | None = None,
    partitioner: str = "",
) -> Segmentation:
    """Return the instances in an image. For many of them, make a `Segmenter` once.

    Args:
        image: the image, as in `as_rgb`.
        weights, scale, diameter, partitioner: the parameters of `Segmenter`.

    Raises:
        InputError: an argument is not as above, or a package is missing.
    """
    segmenter = Segmenter(weights, scale=scale, diameter=diameter, partitioner=partitioner)
    rgb, remarks = as_rgb(image)
    for remark in remarks:
        logger.info(remark)
    segmentation, vanished = segmenter.find(rgb)
    if vanished:
        logger.warning("%d instances are under a pixel of the image, and left out", vanished)
    return segmentation


def as_rgb(image: ArrayLike) -> tuple[NDArray[np.uint8], list[str]]:
    """Return an image of any depth as networks are trained on: (H, W, 3) uint8, RGB.

    Values of other types than uint8 are stretched: the percentiles `LOW` and `HIGH`, of all channels together, become 0 and
    255, and what lies outside is cut off. Alpha is dropped: colours stay as they are stored, and are not blended with a
    background that was never measured. Grey is repeated; where two of three channels hold one value each, the third is
    taken for grey.

    Args:
        image: (H, W), or (H, W, C) with C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha); bool, integers or floats.

    Returns:
        The image, and remarks on what was done.

    Raises:
        InputError: it is of another shape or kind, or none of its values is finite.
    """
    values = np.asarray(image)
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim != 3 or values.shape[2] not in (1, 2, 3, 4) or values.size == 0:
        raise InputError(f"image: expected (H, W) or (H, W, C) with 1 to 4 channels, got {checks.shown(image)}")
    if values.dtype.kind not in "buif":
        raise InputError(f"image: expected bool, integers or floats, got dtype {values.dtype}")
    remarks = []
    if values.shape[2] in (2, 4):
        values = values[..., :-1]
        remarks.append("alpha dropped, colours as stored")
    if values.shape[2] == 3:
        varying = [channel for channel in range(3) if values[..., channel].min() != values[..., channel].max()]
        if len(varying) == 1:
            values = values[..., varying]
            remarks.append(f"{('red', 'green', 'blue')[varying[0]]} taken for grey, the other channels being empty")
    if values.dtype != np.uint8:
        values, low, high, lost = _stretched(values)
        remarks.append(f"values from {low:.6g} to {high:.6g} (percentiles {LOW} and {HIGH}) stretched to 0…255")
        if lost:
            remarks.append(f"{lost} values that are not finite became 0")
    return np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:2], 3))), remarks


def _stretched(values: NDArray[Any]) -> tuple[NDArray[np.uint8], float, float, int]:
    """Return values as uint8, those that became 0 and 255, and the number of those that are not finite and became 0."""
    finite = np.isfinite(values)
    if not finite.any():
        raise InputError("image: expected finite values, got none")
    low, high = np.percentile(values[finite].astype(np.float64), [LOW, HIGH])
    share = (np.where(finite, values, low).astype(np.float64) - low) / ((high - low) or 1.0)
    return (255 * share.clip(0, 1)).round().astype(np.uint8), float(low), float(high), int((~finite).sum())


MOST = 100
"""The factor by which images are resized at most, up or down."""


@dataclass(frozen=True)
class Segmenter(PlainParameters):
    """Finds the instances of images with a network, which is read once.

    Args:
        weights: a .safetensors file, or the name of a shipped network: "street" or "nuclei".
        scale: the factor by which an image is resized before the network sees it. Default: 1, or as `diameter` says.
        diameter: the mean diameter of the objects in pixels, in place of `scale`: it becomes that of the objects that the
            shipped network was trained on.
        partitioner: an expression; default: the one that suits the network.
        tile, overlap, views: the prediction's, as `NetworkOptions` has them; None for the network's own.
        device: "cpu" or "cuda"; default: a GPU where there is one.

    Raises:
        InputError: an argument is not as above, there are no such weights, or a package is missing.
    """

    weights: str | Path = "nuclei"
    scale: float | None = None
    diameter: float | None = None
    partitioner: str = ""
    tile: int | None = None
    overlap: int | None = None
    views: int | None = None
    device: str = ""

    def __post_init__(self) -> None:
        if (reason := needs("torch", "safetensors", "PIL", extra="segment")()) is not None:
            raise InputError(f"segment {reason}")
        for name in ("scale", "diameter"):
            if getattr(self, name) is not None and checks.number(name, getattr(self, name), 0) == 0:
                raise InputError(f"{name}: expected a number above 0, got 0")
        if self.diameter is not None:
            if self.scale is not None:
                raise InputError("scale, diameter: expected one of the two, got both")
            if self.weights not in DIAMETERS:
                known = ", ".join(DIAMETERS)
                raise InputError(f"diameter: known for the objects of {known} only; use scale for {self.weights}")
        if not 1 / MOST <= self.factor <= MOST:
            raise InputError(f"scale, diameter: expected to resize by a factor of up to {MOST}, got {self.factor:g}")
        if self.partitioner:
            PARTITIONERS.create(self.partitioner)
        weights_file(self.weights)

    @property
    def factor(self) -> float:
        """The factor by which images are resized."""
        if self.diameter is not None:
            return DIAMETERS[str(self.weights)] / self.diameter
        return self.scale or 1.0

    @property
    def key(self) -> tuple[Any, ...]:
        """All that its instances depend on beside the image."""
        weights = digest(weights_file(self.weights))
        return weights, self.factor, self.partitioner, self.tile, self.overlap, self.views

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The network's options and weights.

        Raises:
            InputError: the weights cannot be read, or tile, overlap or views are not as they must be.
        """
        from affinity_models.daffnet.checkpoint import load

        return load(weights_file(self.weights)).predicting(self.tile, self.overlap, self.views)

    def find(self, image: NDArray[np.uint8]) -> tuple[Segmentation, int]:
        """Return the instances in an image (H, W, 3) uint8, RGB, and the number of those that are under a pixel of it."""
        from affinity_models.daffnet.prediction import predict

        size = (image.shape[0], image.shape[1])
        if self.factor != 1:
            image = _resized(image, self.factor)
        pyramid = replace(predict(self._network, image, self.checkpoint.classes), **self.checkpoint.suited)
        partitioner = PARTITIONERS.create(self.partitioner) if self.partitioner else partitioner_for(pyramid)
        found = partitioner.segment(pyramid)
        return (found, 0) if found.labels.shape == size else _at_size(found, size)

    @cached_property
    def _network(self) -> DaffNet:
        from affinity_models.daffnet.processes import device

        return self.checkpoint.network().to(device(self.device)).eval()


def _resized(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    from PIL import Image

    height, width = (max(1, round(length * factor)) for length in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def _at_size(found: Segmentation, size: tuple[int, int]) -> tuple[Segmentation, int]:
    """Return instances with the label of the nearest pixel in another size (H, W), and how many of them have none there."""
    rows, columns = (
        ((np.arange(length) + 0.5) * (old / length)).astype(np.intp)
        for length, old in zip(size, found.labels.shape, strict=True)
    )
    labels = found.labels[np.ix_(rows, columns)]
    kept = np.unique(labels[labels > 0]) - 1
    return Segmentation(consecutive(labels), found.classes[kept], found.scores[kept]), len(found) - len(kept)
