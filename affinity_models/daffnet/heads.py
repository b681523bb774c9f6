"""The semantic, affinity and grouping modules of one level (sections 3.2 and 3.4)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from affinity_models.daffnet.fpn import conv_abn
from partitioners.graph import Offsets


class LevelOutput(NamedTuple):
    """The output of one level's heads, as float32.

    Fields:
        semantic: (B, C, h, w), logits of a softmax over the classes.
        affinity: (B, A, h, w), logits of a sigmoid, channel i at pixel p for p and p + offsets[i]; None if left out.
        embedding: (B, k, h, w); None if left out.
    """

    semantic: Tensor
    affinity: Tensor | None
    embedding: Tensor | None


class Heads(nn.Module):
    """Three modules of two 3×3 convolutions with ABN and one of 1×1, on the features that they share.

    Args:
        features: channels of the input.
        classes: C, of the semantic map.
        channels: k, of the embedding.
        offsets: A pairs (dy, dx) for which affinities are predicted.
    """

    def __init__(self, features: int, classes: int, channels: int, offsets: Offsets) -> None:
        super().__init__()
        self.offsets = offsets
        self.semantic = _head(features, classes)
        self.affinity = _head(features, 2 * len(offsets))
        self.embedding = _head(features, channels)

    def forward(self, x: Tensor, semantic_only: bool = False) -> LevelOutput:
        """Return the predictions for x (B, features, h, w)."""
        semantic = self.semantic(x).float()
        if semantic_only:
            return LevelOutput(semantic, None, None)
        affinity = symmetric_logits(self.affinity(x).float(), self.offsets)
        return LevelOutput(semantic, affinity, self.embedding(x).float())


def symmetric_logits(directed: Tensor, offsets: Offsets) -> Tensor:
    """Return the logits of the mean of the two affinities that are predicted for each pair of pixels.

    Args:
        directed: (B, 2 A, h, w) logits: p's of p and p + offset for A offsets, then p's of p and p - offset.
        offsets: A pairs (dy, dx).

    Returns:
        (B, A, h, w), finite for any finite input; where the partner lies outside, p's own prediction alone.
    """
    outgoing, opposite = directed.chunk(2, dim=1)
    partner = [shifted(opposite[:, i], offset, torch.inf) for i, offset in enumerate(offsets)]
    incoming = torch.stack(partner, dim=1)
    incoming = torch.where(incoming == torch.inf, outgoing, incoming)
    same = torch.logaddexp(F.logsigmoid(outgoing), F.logsigmoid(incoming))
    different = torch.logaddexp(F.logsigmoid(-outgoing), F.logsigmoid(-incoming))
    return same - different


def shifted(maps: Tensor, offset: tuple[int, ...], fill: float) -> Tensor:
    """Return maps (…, h, w) whose value at pixel p is that of `maps` at p + offset, or `fill` outside."""
    (dy, dx), (height, width) = offset, maps.shape[-2:]
    padded = F.pad(maps, (max(-dx, 0), max(dx, 0), max(-dy, 0), max(dy, 0)), value=fill)
    top, left = max(dy, 0), max(dx, 0)
    return padded[..., top : top + height, left : left + width]


def _head(features: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(conv_abn(features, features), conv_abn(features, features), nn.Conv2d(features, outputs, 1))
