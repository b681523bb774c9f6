"""Rectangles of pixels, and the blocks of an image."""

from __future__ import annotations

from typing import NamedTuple

from partitioners.graph import Offsets

Slices = tuple[slice, slice]


class Window(NamedTuple):
    """A rectangle of pixels; bottom and right are exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> Slices:
        """The slices of this window in an array of the image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, outer: Window) -> Slices:
        """Return the slices of this window in an array of the pixels of `outer`, which holds it."""
        return self.moved(-outer.top, -outer.left).slices

    def moved(self, dy: int, dx: int) -> Window:
        """Return the window as far down and to the right."""
        return Window(self.top + dy, self.left + dx, self.bottom + dy, self.right + dx)

    def common(self, other: Window) -> Window:
        """Return the pixels that are in both windows; where there are none, a height or width is not above 0."""
        low, high = map(max, self[:2], other[:2]), map(min, self[2:], other[2:])
        return Window(*low, *high)


class Blocks(NamedTuple):
    """An image of `shape` (h, w) in squares of `side` pixels; the last of each row and column may be smaller."""

    shape: tuple[int, int]
    side: int

    @property
    def image(self) -> Window:
        """All of the image."""
        return Window(0, 0, *self.shape)

    @property
    def counts(self) -> tuple[int, int]:
        """The number of blocks in a column and in a row."""
        height, width = (-(-length // self.side) for length in self.shape)
        return height, width

    def core(self, row: int, column: int) -> Window:
        """Return the pixels of a block."""
        top, left = row * self.side, column * self.side
        return Window(top, left, top + self.side, left + self.side).common(self.image)

    def around(self, core: Window, halo: int) -> Window:
        """Return the pixels of a block and those of the image up to `halo` pixels away from it."""
        top, left, bottom, right = core
        return Window(top - halo, left - halo, bottom + halo, right + halo).common(self.image)


def reach(offsets: Offsets) -> int:
    """Return how many pixels away the partner of a pixel can be in one direction."""
    return max(map(abs, sum(offsets, ())), default=0)
