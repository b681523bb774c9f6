"""The feature pyramid with the lateral connections and upsampling paths of section 4.2.

After Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from affinity_models.daffnet.abn import ABN
from affinity_models.daffnet.backbones.resnet import conv3x3


def conv_abn(inputs: int, outputs: int) -> nn.Sequential:
    """Return a 3×3 convolution and ABN."""
    return nn.Sequential(conv3x3(inputs, outputs), ABN(outputs))


class Upsampling(nn.Module):
    """From a level to the next finer one: deconvolution, ABN, 1×1 convolution."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.deconvolution = nn.ConvTranspose2d(coarse, fine, 4, stride=2, padding=1, bias=False)
        self.abn = ABN(fine)
        self.conv = nn.Conv2d(fine, fine, 1)

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (B, fine, *size) from (B, coarse, h, w); size is twice as large, or one less where it is odd."""
        y = self.deconvolution(x)[..., : size[0], : size[1]]
        fine: Tensor = self.conv(self.abn(y))
        return fine


class FeaturePyramid(nn.Module):
    """Merges a backbone's maps from coarse to fine, and gives each level an output for the heads to share.

    Args:
        channels: the channels of the backbone's maps, finest first.
        features: channels of each output.
    """

    def __init__(self, channels: Sequence[int], features: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(_lateral(width) for width in channels[:-1])
        self.upsamplings = nn.ModuleList(Upsampling(coarse, fine) for fine, coarse in pairwise(channels))
        self.outputs = nn.ModuleList(
            nn.Sequential(conv_abn(width, features), conv_abn(features, features)) for width in channels
        )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Return (B, features, h, w) of each level, finest first, from the backbone's maps (B, channels, h, w)."""
        merged = [maps[-1]]
        for x, lateral, upsampling in zip(maps[-2::-1], self.laterals[::-1], self.upsamplings[::-1], strict=True):
            merged.append(lateral(x) + upsampling(merged[-1], x.shape[-2:]))
        return [output(x) for output, x in zip(self.outputs, reversed(merged), strict=True)]


def _lateral(width: int) -> nn.Sequential:
    return nn.Sequential(conv_abn(width, width), conv_abn(width, width), nn.Conv2d(width, width, 1))
