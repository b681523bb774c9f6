"""From images to pyramids with a trained network, large images tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor

from affinity_models.daffnet.augmentation import normalised
from affinity_models.daffnet.heads import LevelOutput
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import LEVELS
from affinity_models.daffnet.tiling import ramp, spans
from partitioners import AffinityPyramid, ClassTable, PyramidLevel


def predict(network: DaffNet, image: np.ndarray, classes: ClassTable, *, bf16: bool = False) -> AffinityPyramid:
    """Return the pyramid of one image, as `predict_batch` does."""
    return predict_batch(network, [image], classes, bf16=bf16)[0]


@torch.inference_mode()
def predict_batch(
    network: DaffNet, images: Sequence[np.ndarray], classes: ClassTable, *, bf16: bool = False
) -> list[AffinityPyramid]:
    """Return the pyramids of images of one size.

    Images are predicted in the tiles of the network's options, whose weights fall to zero towards their borders, so that
    no border shows. All are normalised by the mean and deviation of the whole image. Positions in embeddings are counted
    from its middle, which keeps them small, so that they bear half precision.

    Args:
        network: in evaluation mode.
        images: B of (H, W, 3) uint8.
        classes: those behind the network's semantic map.
        bf16: compute convolutions in bfloat16: faster, but not the same on all machines.
    """
    size, device = images[0].shape[:2], next(network.parameters()).device
    stride, tile, overlap = network.options.stride, network.options.tile, network.options.overlap
    pictures, sums = torch.stack([normalised(image) for image in images]), [torch.zeros(0)] * LEVELS
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
            maps = _maps(output) * weight
            if not sums[number].numel():
                sums[number] = maps.new_zeros(*maps.shape[:2], *(-(-length // side) for length in size))
            top, left = rows[0] // side, columns[0] // side
            sums[number][..., top : top + weight.shape[0], left : left + weight.shape[1]] += maps
    levels = [[_level(total, network, len(classes)) for total in totals] for totals in zip(*sums, strict=True)]
    return [AffinityPyramid(tuple(mine), classes, stride, (size[0], size[1])) for mine in levels]


def in_bf16(wanted: bool, device: torch.device) -> bool:
    """Return `wanted` where bfloat16 is fast: on CPUs without instructions for it, it is 3 to 10 times slower than float32."""
    if device.type != "cpu":
        return wanted
    can = torch.cpu.get_capabilities()
    return wanted and any(can.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def memory_format(device: torch.device) -> torch.memory_format:
    """Return the layout in which convolutions are fastest: on a GPU, the one that inplace-abn takes."""
    return torch.channels_last if device.type == "cpu" else torch.contiguous_format


def _maps(output: LevelOutput) -> Tensor:
    """Return (B, A + C + k + 1, h, w): affinities, class probabilities, embedding, and ones."""
    assert output.affinity is not None and output.embedding is not None
    maps = (output.affinity.sigmoid(), output.semantic.softmax(dim=1), output.embedding)
    return torch.cat([*maps, torch.ones_like(output.semantic[:, :1])], dim=1).float().cpu()


def _level(total: Tensor, network: DaffNet, classes: int) -> PyramidLevel:
    """Return the weighted mean of what `_maps` gave for the tiles of one image."""
    offsets = network.options.offsets
    mean = (total[:-1] / total[-1]).numpy()
    affinity, semantic, embedding = np.split(mean, [len(offsets), len(offsets) + classes])
    return PyramidLevel(affinity.clip(0, 1), semantic.clip(0, 1), embedding, offsets)
