"""Normalisation of images, and the random changes of training images (section 4.3)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from affinity_models.daffnet.options import TrainingOptions
from partitioners.arrays import IntegerArray


def normalised(image: NDArray[np.uint8]) -> Tensor:
    """Return (3, H, W) float32: each channel of an image (H, W, 3) uint8 less its mean, over its deviation."""
    return _looked_up(image, _normalising(image, np.ones(3)))


def random_crop(
    image: NDArray[np.uint8],
    keys: IntegerArray,
    options: TrainingOptions,
    rng: np.random.Generator,
    pixel: tuple[int, int] | None = None,
) -> tuple[Tensor, NDArray[np.int32]]:
    """Return a scaled, flipped, recoloured crop of an image and its truth, both of the size `options.crop`.

    Where the scaled image is smaller than the crop, the rest is 0 in the image and void in the truth.

    Args:
        image: (H, W, 3) uint8.
        keys: (H, W) of `affinity_models.data.targets.regions`.
        options: crop, scale, turns and colour.
        rng: the source of all draws.
        pixel: row and column of one to have in the middle half of the crop, as far as the image reaches; None to lay the
            crop anywhere.

    Returns:
        (3, h, w) float32, normalised, and (h, w) int32 keys.
    """
    factor = rng.uniform(*options.scale)
    window = [max(1, round(length / factor)) for length in options.crop]
    table = _recoloured(image, options.colour, rng)
    top, left = (
        _start(size, side, place, rng)
        for size, side, place in zip(keys.shape, window, pixel or (None, None), strict=True)
    )
    part = (slice(top, top + window[0]), slice(left, left + window[1]))
    picture = _resized(_looked_up(image[part], table), window, options.crop, "bilinear")
    truth = _resized(torch.from_numpy(keys[part].astype(np.float32))[None], window, options.crop, "nearest-exact")
    turned = _turned(torch.cat([picture, truth]), options.turns, rng)
    return turned[:3], turned[3].numpy().astype(np.int32)


def _start(size: int, side: int, place: int | None, rng: np.random.Generator) -> int:
    """Return where a window of length `side` begins along an axis of length `size`, in the image if it fits there."""
    room = max(0, size - side)
    if place is None:
        return int(rng.integers(room + 1))
    return int(np.clip(place - rng.uniform(0.25, 0.75) * side, 0, room))


def _recoloured(image: NDArray[np.uint8], colour: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a table (256, 3) like `_normalising`'s, after random gamma and before random contrast and brightness."""
    gamma, contrast = np.exp(colour * rng.standard_normal((2, 3)))
    brightness = colour * rng.standard_normal(3)
    table: NDArray[np.float64] = _normalising(image, gamma) * contrast + brightness
    return table


def _normalising(image: NDArray[np.uint8], gamma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (256, 3), the new values of each channel, such that an image's mean is 0 and its deviation 1."""
    values = (np.arange(256)[:, None] / 255) ** gamma
    counts = np.reshape(Image.fromarray(image).histogram(), (3, 256)).T
    share = counts / counts.sum(axis=0)
    centred = values - (share * values).sum(axis=0)
    table: NDArray[np.float64] = centred / np.sqrt((share * centred**2).sum(axis=0) + 1e-6)
    return table


def _looked_up(image: NDArray[np.uint8], table: NDArray[np.float64]) -> Tensor:
    columns = [table[:, channel].astype(np.float32)[image[..., channel]] for channel in range(3)]
    return torch.from_numpy(np.stack(columns))


def _resized(maps: Tensor, window: list[int], size: tuple[int, int], mode: str) -> Tensor:
    """Return (c, *size) from maps (c, h, w), first padded with 0 to the right and below to the size of the window."""
    height, width = maps.shape[1:]
    maps = F.pad(maps, (0, window[1] - width, 0, window[0] - height))
    return F.interpolate(maps[None], size, mode=mode, antialias=mode == "bilinear")[0]


def _turned(maps: Tensor, turns: bool, rng: np.random.Generator) -> Tensor:
    """Return maps (c, h, w) mirrored or not, and with `turns` also in any of the other positions of their rectangle."""
    mirror, flip, turn = rng.integers(2, size=3)
    if mirror:
        maps = maps.flip(2)
    if turns and flip:
        maps = maps.flip(1)
    if turns and turn and maps.shape[1] == maps.shape[2]:
        maps = maps.transpose(1, 2)
    return maps.contiguous()
