"""The sizes that a run measures, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

from bench.speed.inputs import INPUTS

Shape = tuple[int, int]


@dataclass(frozen=True)
class Settings:
    """The sizes of a run.

    Args:
        inputs: names of inputs of the sections `flat`, `mutex`, `jitter` and `corrections`.
        seed: the seed of all inputs.
        box: processor seconds that each competitor may spend on repeats, on each input.
        most: repeats that it may have.
        shape: (h, w) of the inputs of `flat`, `mutex`, `memory`, `threads` and `corrections`.
        volumes: (d, h, w) of each volume.
        heights: the heights of level 1 in `cascade`; `threads` takes the first, `memory` the last.
        jitter_shape: (h, w) of the inputs of `jitter`.
        jitters: number of jittered copies of each.
    """

    inputs: tuple[str, ...] = INPUTS
    seed: int = 0
    box: float = 10.0
    most: int = 5
    shape: Shape = (1024, 2048)
    volumes: tuple[tuple[int, int, int], ...] = ((64, 128, 128), (64, 256, 256))
    heights: tuple[int, ...] = (256, 1024)
    jitter_shape: Shape = (512, 1024)
    jitters: int = 3


FULL = Settings()
QUICK = Settings(
    box=0.2,
    most=3,
    shape=(128, 256),
    volumes=((16, 48, 48),),
    heights=(64, 128),
    jitter_shape=(64, 128),
    jitters=2,
)
