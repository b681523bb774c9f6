"""From images to pyramids with a trained network."""

from __future__ import annotations

import numpy as np
import torch

from affinity_models.daffnet.augmentation import normalised
from affinity_models.daffnet.heads import LevelOutput
from affinity_models.daffnet.network import DaffNet
from partitioners import AffinityPyramid, ClassTable, PyramidLevel
from partitioners.graph import Offsets


@torch.inference_mode()
def predict(network: DaffNet, image: np.ndarray, classes: ClassTable, bf16: bool = False) -> AffinityPyramid:
    """Return the pyramid of an image.

    Args:
        network: in evaluation mode.
        image: (H, W, 3) uint8.
        classes: those behind the network's semantic map.
        bf16: compute convolutions in bfloat16: faster, but not the same on all machines.
    """
    device = next(network.parameters()).device
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        outputs = network(normalised(image)[None].to(device, memory_format=memory_format(device)))
    levels = tuple(_level(output, network.options.offsets) for output in outputs)
    return AffinityPyramid(levels, classes, network.options.stride, (image.shape[0], image.shape[1]))


def memory_format(device: torch.device) -> torch.memory_format:
    """Return the layout in which convolutions are fastest: on a GPU, the one that inplace-abn takes."""
    return torch.channels_last if device.type == "cpu" else torch.contiguous_format


def _level(output: LevelOutput, offsets: Offsets) -> PyramidLevel:
    assert output.affinity is not None and output.embedding is not None
    maps = (output.affinity.sigmoid(), output.semantic.softmax(dim=1), output.embedding)
    affinity, semantic, embedding = (array[0].float().cpu().numpy() for array in maps)
    return PyramidLevel(affinity, semantic, embedding, offsets)
