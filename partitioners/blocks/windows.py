"""Boxes of pixels, and the blocks of an image or a volume."""

from __future__ import annotations

from collections.abc import Sequence
from operator import add, mul, sub
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from partitioners.graph import Offsets


class Window(NamedTuple):
    """The pixels from one corner up to another, which is exclusive, each with one position per axis."""

    low: tuple[int, ...]
    high: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths along the axes."""
        return tuple(map(sub, self.high, self.low))

    @property
    def slices(self) -> tuple[slice, ...]:
        """The slices of this window in an array of the image."""
        return tuple(map(slice, self.low, self.high))

    @property
    def in_all_channels(self) -> tuple[slice, ...]:
        """The slices of this window in an array (A, *shape) of the image."""
        return slice(None), *self.slices

    def within(self, outer: Window) -> tuple[slice, ...]:
        """Return the slices of this window in an array of the pixels of `outer`, which holds it."""
        return self.moved([-position for position in outer.low]).slices

    def moved(self, offset: Sequence[int]) -> Window:
        """Return the window as far along each axis."""
        return Window(*(tuple(map(add, corner, offset)) for corner in self))

    def common(self, other: Window) -> Window:
        """Return the pixels that are in both windows; where there are none, a length is not above 0."""
        return Window(tuple(map(max, self.low, other.low)), tuple(map(min, self.high, other.high)))


class Blocks(NamedTuple):
    """An image of `shape`, or a volume, in blocks of `side` pixels along each axis; the last along each may be smaller."""

    shape: tuple[int, ...]
    side: tuple[int, ...]

    @property
    def image(self) -> Window:
        """All of the image."""
        return Window((0,) * len(self.shape), self.shape)

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return tuple(-(-length // side) for length, side in zip(self.shape, self.side, strict=True))

    def core(self, *block_id: int) -> Window:
        """Return the pixels of a block."""
        low = tuple(map(mul, block_id, self.side))
        return Window(low, tuple(map(add, low, self.side))).common(self.image)

    def around(self, core: Window, halo: Sequence[int]) -> Window:
        """Return the pixels of a block and those of the image up to `halo` pixels away along each axis."""
        return Window(tuple(map(sub, core.low, halo)), tuple(map(add, core.high, halo))).common(self.image)

    def reached(self, core: Window, offsets: Offsets) -> Window:
        """Return the pixels of a block and those of the image as far away along each axis as edges reach."""
        nowhere = (0,) * len(self.shape)
        return self.around(core, [max(map(abs, steps)) for steps in zip(nowhere, *offsets, strict=True)])

    def indices(self, window: Window, *positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the indices, in raster order of the image, of pixels at positions in a window along each axis."""
        found: NDArray[np.int64] = np.ravel_multi_index(tuple(map(add, window.low, positions)), self.shape)
        return found
