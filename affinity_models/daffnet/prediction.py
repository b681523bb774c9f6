"""From images to pyramids with a trained network, large images tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from affinity_models.daffnet.augmentation import normalised
from affinity_models.daffnet.heads import LevelOutput
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import LEVELS
from affinity_models.daffnet.views import VIEWS
from partitioners import AffinityPyramid, ClassTable, PyramidLevel
from partitioners.graph import Offsets


def predict(network: DaffNet, image: NDArray[np.uint8], classes: ClassTable, *, bf16: bool = False) -> AffinityPyramid:
    """Return the pyramid of one image, as `predict_batch` does."""
    return predict_batch(network, [image], classes, bf16=bf16)[0]


@torch.inference_mode()
def predict_batch(
    network: DaffNet, images: Sequence[NDArray[np.uint8]], classes: ClassTable, *, bf16: bool = False
) -> list[AffinityPyramid]:
    """Return the pyramids of images of one size.

    Images are predicted in the tiles of the network's options, whose weights fall to zero towards their borders, so that
    no border shows, and in as many views as these say, over which affinities, classes and semi-convolutional embeddings are
    averaged; other embeddings are those of the image as it is, since in different views they mean different things. All are
    normalised by the mean and deviation of the whole image. Positions in embeddings are counted from its middle, which
    keeps them small, so that they bear half precision.

    Args:
        network: a network in evaluation mode.
        images: B of (H, W, 3) uint8.
        classes: those behind the network's semantic map.
        bf16: True to compute convolutions in bfloat16: faster, but not the same on all machines.
    """
    options, (height, width) = network.options, images[0].shape[:2]
    pictures = torch.stack([normalised(image) for image in images])
    if options.views > 1:  # pixels of the coarsest level lie alike in all views
        coarsest = options.stride << (LEVELS - 1)
        pictures = F.pad(pictures, (0, -width % coarsest, 0, -height % coarsest))
    levels = _predict_tiles(network, pictures, bf16)
    for view in VIEWS[1 : options.views]:
        for level, prediction in zip(levels, _predict_tiles(network, view.of(pictures), bf16), strict=True):
            level.affinity.add_(view.affinity_undone(prediction.affinity, options.offsets))
            level.semantic.add_(view.undone(prediction.semantic))
            if options.position_unit:
                level.embedding.add_(view.embedding_undone(prediction.embedding))
    embedded = options.views if options.position_unit else 1
    levels = [
        _Maps(level.affinity / options.views, level.semantic / options.views, level.embedding / embedded)
        for level in levels
    ]
    sides = [options.stride << number for number in range(LEVELS)]
    return [
        AffinityPyramid(
            tuple(
                _level(level, image, -(-height // side), -(-width // side), options.offsets)
                for level, side in zip(levels, sides, strict=True)
            ),
            classes,
            options.stride,
            (height, width),
        )
        for image in range(len(images))
    ]


class _Maps(NamedTuple):
    """Affinities (B, A, h, w), class probabilities (B, C, h, w) and embeddings (B, k, h, w) of a level."""

    affinity: Tensor
    semantic: Tensor
    embedding: Tensor


def _predict_tiles(network: DaffNet, pictures: Tensor, bf16: bool) -> list[_Maps]:
    """Return the levels of normalised pictures (B, 3, H, W), the weighted means over the tiles."""
    size, device = pictures.shape[-2:], next(network.parameters()).device
    stride, tile, overlap = network.options.stride, network.options.tile, network.options.overlap
    sums: list[list[Tensor]] = [[] for _ in range(LEVELS)]
    for rows, columns in product(*(spans(length, tile, overlap) for length in size)):
        part = pictures[:, :, slice(*rows), slice(*columns)]
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            outputs = network(
                part.to(device, memory_format=memory_format(device)),
                origin=(rows[0] - size[0] / 2, columns[0] - size[1] / 2),
            )
        for number, output in enumerate(outputs):
            side = stride << number
            weight = ramp(rows, size[0], overlap, side)[:, None] * ramp(columns, size[1], overlap, side)
            maps = [*_maps(output), torch.ones_like(weight)]
            if not sums[number]:
                shape = [-(-length // side) for length in size]
                sums[number] = [values.new_zeros(*values.shape[:-2], *shape) for values in maps]
            top, left = rows[0] // side, columns[0] // side
            inside = (..., slice(top, top + weight.shape[0]), slice(left, left + weight.shape[1]))
            for total, values in zip(sums[number], maps, strict=True):
                total[inside] += values * weight
    return [_Maps(*(total / weights for total in totals)) for *totals, weights in sums]


def spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Return (start, stop) of tiles that cover 0 … length - 1, neighbours sharing `overlap`; the last may be shorter."""
    starts = range(0, max(1, length - overlap), tile - overlap)
    return [(start, min(start + tile, length)) for start in starts]


def ramp(span: tuple[int, int], length: int, overlap: int, side: int) -> Tensor:
    """Return the weight of each pixel of a level along a tile: it falls to 0 over the overlap, but not at the image's ends.

    Args:
        span: (start, stop) of the tile in image pixels; start is a multiple of `side`.
        length: the image's length along the same axis, in pixels.
        overlap: the overlap of neighbouring tiles, in pixels.
        side: image pixels per pixel of the level.
    """
    start, stop = span
    centre = (torch.arange(start // side, -(-stop // side)) + 0.5) * side
    weight = torch.ones(len(centre))
    if start > 0:
        weight = torch.minimum(weight, (centre - start) / overlap)
    if stop < length:
        weight = torch.minimum(weight, (stop - centre) / overlap)
    return weight


def in_bf16(requested: bool, device: torch.device) -> bool:
    """Return `requested` where bfloat16 is fast: on CPUs without instructions for it, it is 3 to 10 times slower than float32."""
    if device.type != "cpu":
        return requested
    can = torch.cpu.get_capabilities()
    return requested and any(can.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def memory_format(device: torch.device) -> torch.memory_format:
    """Return the layout in which convolutions are fastest: on a GPU, the one that inplace-abn takes."""
    return torch.channels_last if device.type == "cpu" else torch.contiguous_format


def _maps(output: LevelOutput) -> _Maps:
    assert output.affinity is not None and output.embedding is not None
    maps = (output.affinity.sigmoid(), output.semantic.softmax(dim=1), output.embedding)
    return _Maps(*(values.float().cpu() for values in maps))


def _level(maps: _Maps, image: int, height: int, width: int, offsets: Offsets) -> PyramidLevel:
    affinity, semantic, embedding = (values[image, :, :height, :width].numpy() for values in maps)
    return PyramidLevel(affinity.clip(0, 1), semantic.clip(0, 1), embedding, offsets)
