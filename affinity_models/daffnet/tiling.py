"""Overlapping tiles of an image, and the weights with which their predictions are averaged."""

from __future__ import annotations

import torch
from torch import Tensor


def spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Return (start, stop) of tiles that cover 0 … length - 1, neighbours sharing `overlap`; the last may be shorter."""
    starts = range(0, max(1, length - overlap), tile - overlap)
    return [(start, min(start + tile, length)) for start in starts]


def ramp(span: tuple[int, int], length: int, overlap: int, side: int) -> Tensor:
    """Return the weight of each pixel of a level along a tile: it falls to 0 over the overlap, but not at the image's ends.

    Args:
        span: (start, stop) of the tile in image pixels; start is a multiple of `side`.
        length: of the image.
        overlap: of neighbouring tiles.
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
