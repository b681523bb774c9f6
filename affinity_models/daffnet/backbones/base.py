"""The interface of backbones."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from partitioners.errors import InputError


class Backbone(nn.Module):
    """Makes four feature maps of an image, at strides s, 2 s, 4 s and 8 s, where s is 1, 2 or 4.

    Fields:
        channels: the channels of each map, finest first.
        stem: name of the first convolution, which `for_enlarged` suits to s = 1; empty where there is none of stride 2.
        stem_start: its start at a stride of 2: row 2 y + stem_start for row y of its output, columns likewise.
    """

    channels: list[int]
    stem: ClassVar[str] = ""
    stem_start: ClassVar[int] = 0

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the maps of (B, 3, H, W), finest first: (B, channels, ceil(H / stride), ceil(W / stride))."""
        raise NotImplementedError

    def imagenet_file(self) -> Path | None:
        """Return the file of ImageNet weights with which training begins by default, or None.

        Raises:
            InputError: the package that has it is not installed.
        """
        return None

    def load_imagenet(self, state: Mapping[str, Tensor]) -> None:
        """Load the state dict of a classifier of ImageNet that has this backbone.

        Raises:
            InputError: it does not fit.
        """
        try:
            self.load_state_dict(state)
        except RuntimeError as error:
            raise InputError(f"backbone: these weights do not fit: {error}") from None


def for_enlarged(kernel: Tensor, start: int) -> Tensor:
    """Return the first convolution for a stride of 1 that finds what one of stride 2 finds in an image twice as large.

    Enlarging bilinearly and the convolution are both linear, so that one convolution of no more pixels does both.

    Args:
        kernel: (width, 3, k, k) with odd k, of the convolution with stride 2.
        start: its start, as `Backbone.stem_start`; at most 0.

    Returns:
        (width, 3, k, k), for the same number of pixels on all sides.
    """
    taps = kernel.shape[-1]
    enlarging = kernel.new_zeros(taps, taps)
    for tap in range(taps):
        place = (start + tap) / 2 - 0.25  # in pixels of the image as it is, from the middle
        lower = floor(place)
        enlarging[tap, taps // 2 + lower] = 1 - (place - lower)
        enlarging[tap, taps // 2 + lower + 1] = place - lower
    return torch.einsum("oiuv,uy,vx->oiyx", kernel, enlarging, enlarging)
