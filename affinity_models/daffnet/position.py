"""Semi-convolutional embeddings: the position of a pixel is added to its convolutional embedding.

A convolution gives two objects of equal looks equal embeddings, wherever they are, so that no loss can part them. With
its position added, only the way from a pixel to a point that all of its object share is left to learn. Novotny,
Albanie, Larlus, Vedaldi, "Semi-convolutional operators for instance segmentation", ECCV 2018, section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def with_position(embedding: Tensor, side: int, unit: float, origin: tuple[float, float] = (0, 0)) -> Tensor:
    """Return embeddings whose first two channels also hold the row and the column of each pixel's centre.

    Args:
        embedding: (B, k, h, w), k at least 2.
        side: image pixels per pixel of the level.
        unit: image pixels per unit of the embedding; 0 returns the embedding as it is.
        origin: row and column, in image pixels, of the upper left corner.
    """
    if not unit:
        return embedding
    height, width = embedding.shape[-2:]
    rows, columns = (
        (start + side * (torch.arange(length, device=embedding.device) + 0.5)) / unit
        for start, length in zip(origin, (height, width), strict=True)
    )
    place = torch.stack([rows[:, None].expand(height, width), columns.expand(height, width)])
    return embedding + F.pad(place, (0, 0, 0, 0, 0, embedding.shape[1] - 2))
