"""The number of threads that native code may use for one problem. No result depends on it."""

from __future__ import annotations

from partitioners import checks

_count = 1


def set_threads(count: int) -> None:
    """Let native code use up to `count` threads for one problem; at first it uses one.

    `gaec` does so on grids, which it contracts tile by tile; under sum linkage on those alone of whose edges few lead from one
    tile to the next, such as images with direct neighbours.

    Raises:
        InputError: `count` is not a whole number of at least 1.
    """
    global _count
    _count = checks.integer("count", count, 1)


def threads() -> int:
    """Return how many threads native code may use for one problem."""
    return _count
