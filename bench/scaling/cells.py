"""Cells of the scaling benchmark: a partitioner, timed in one way on images of one size."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.asv_benchmarks.growth import COUNT, STRIDE, threads
from bench.asv_benchmarks.inputs import pyramid
from bench.speed import timing
from partitioners import PARTITIONERS
from partitioners.expressions import Expression
from partitioners.files import write_whole

REPEATS = 10
CODE = (
    "bench/asv_benchmarks/growth.py",
    "bench/asv_benchmarks/inputs.py",
    "bench/scaling/cells.py",
    "bench/speed/timing.py",
)
"""The files that decide how a partitioner is timed."""


@dataclass(frozen=True)
class Mode:
    """One way to time a partitioner.

    Args:
        name: the name of the way.
        images: the number of images that are cut at a time.
        threads: the number of threads that share them.
    """

    name: str
    images: int
    threads: int


MODES = {mode.name: mode for mode in (Mode("single", 1, 1), Mode("batch", COUNT, threads()))}


@dataclass(frozen=True)
class Cell:
    """A partitioner, timed in one way on images of one size.

    Args:
        mode: the way.
        partitioner: the partitioner, as written.
        pixels: the number of pixels of an image.
        key: a key of all that decides its time.
    """

    mode: Mode
    partitioner: Expression
    pixels: int
    key: str

    def folder(self, store: Path) -> Path:
        """Return where seconds, record and log are kept."""
        return store / "timings" / f"{self.partitioner.name}-{self.mode.name}-{self.pixels}-{self.key}"

    def seconds(self, store: Path) -> list[float]:
        """Return the seconds of each repeat, of all images together."""
        seconds: list[float] = json.loads(self._file(store).read_text())
        return seconds

    def measure(self, store: Path, box: float) -> None:
        """Keep the seconds of up to `REPEATS` repeats, after an untimed run; to be called in a process of its own.

        One image is cut on one pinned core, in processor seconds; several on a pool of threads, in wall seconds.

        Args:
            store: the folder of timings.
            box: seconds that all runs may take together; the first two are always run.
        """
        cut = self.partitioner.create(PARTITIONERS).segment
        image = pyramid(math.isqrt(self.pixels // 2) // STRIDE, STRIDE)
        if self.mode.images == 1:
            with timing.pinned():
                seconds = _repeated(partial(cut, image), box, time.process_time)
        else:
            with ThreadPoolExecutor(self.mode.threads) as pool:
                images = [image] * self.mode.images
                seconds = _repeated(lambda: list(pool.map(cut, images)), box, time.perf_counter)
        write_whole(self._file(store), json.dumps(seconds).encode())

    def _file(self, store: Path) -> Path:
        return self.folder(store) / "seconds.json"


def _repeated(work: Callable[[], object], box: float, clock: timing.Clock) -> list[float]:
    start = clock()
    work()
    runs = timing.alternate({"": work}, box - (clock() - start), REPEATS, clock)[""]
    if runs.error:
        raise RuntimeError(runs.error)
    return runs.seconds
