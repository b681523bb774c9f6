"""Views: the eight positions of a square, in which an image is predicted to average the results.

A network is not quite indifferent to how an image lies; the mean over views is, and errs less.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from affinity_models.daffnet.heads import shifted
from partitioners.errors import InputError
from partitioners.graph import Offsets


class View(NamedTuple):
    """An image mirrored left to right, upside down, and with rows for columns, in this order, where that is true."""

    mirrored: bool
    upended: bool
    transposed: bool

    def of(self, image: Tensor) -> Tensor:
        """Return the view of an image (…, H, W)."""
        image = image.flip(self._flipped) if self._flipped else image
        return image.transpose(-1, -2) if self.transposed else image

    def undone(self, maps: Tensor) -> Tensor:
        """Return maps (…, h, w) of the view as they lie on the image."""
        maps = maps.transpose(-1, -2) if self.transposed else maps
        return maps.flip(self._flipped) if self._flipped else maps

    def affinity_undone(self, affinity: Tensor, offsets: Offsets) -> Tensor:
        """Return affinities (B, A, h, w) of the view as those of the image.

        Args:
            affinity: the view's affinities, in channel i those between pixels p and p + offsets[i].
            offsets: A pairs (dy, dx).

        Raises:
            InputError: the view of an offset is none of the offsets, nor their opposite.
        """
        maps = self.undone(affinity)
        channels: list[Tensor] = [maps[:, 0]] * len(offsets)
        for channel, (dy, dx) in zip(maps.unbind(1), offsets, strict=True):
            if self.transposed:
                dy, dx = dx, dy
            offset = (-dy if self.upended else dy, -dx if self.mirrored else dx)
            opposite = (-offset[0], -offset[1])
            if offset in offsets:
                channels[offsets.index(offset)] = channel
            elif opposite in offsets:  # the pair is kept at its other end
                channels[offsets.index(opposite)] = shifted(channel, opposite, 0)
            else:
                raise InputError(f"views: expected offsets that are the same in all views, got {offset} of {offsets}")
        return torch.stack(channels, dim=1)

    def embedding_undone(self, embedding: Tensor) -> Tensor:
        """Return embeddings (B, k, h, w) of the view as those of the image.

        Args:
            embedding: semi-convolutional, its first two channels being rows and columns from the middle of the view.
        """
        rows, columns, *rest = self.undone(embedding).unbind(1)
        if self.transposed:
            rows, columns = columns, rows
        return torch.stack([-rows if self.upended else rows, -columns if self.mirrored else columns, *rest], dim=1)

    @property
    def _flipped(self) -> list[int]:
        return [-1] * self.mirrored + [-2] * self.upended


VIEWS = tuple(View(m, u, t) for t in (False, True) for u in (False, True) for m in (False, True))
"""All eight: the image as it is, mirrored, upside down, both, and these transposed."""
