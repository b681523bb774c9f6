"""Maps seen from each pixel's partner at an offset."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def shifted(maps: Tensor, offset: tuple[int, ...], fill: float) -> Tensor:
    """Return maps (…, h, w) whose value at pixel p is that of `maps` at p + offset, or `fill` outside."""
    (dy, dx), (height, width) = offset, maps.shape[-2:]
    padded = F.pad(maps, (max(-dx, 0), max(dx, 0), max(-dy, 0), max(dy, 0)), value=fill)
    top, left = max(dy, 0), max(dx, 0)
    return padded[..., top : top + height, left : left + width]
