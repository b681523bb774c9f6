"""Two threads, beside one, and beside two processes that share nothing: what the machine has to give."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bench.publish.sections import Section
from bench.speed import timing
from bench.speed.cascade import ROWS
from bench.speed.flat import ratio
from bench.speed.inputs import make
from bench.speed.pyramids import street
from bench.speed.settings import Settings
from partitioners import NEIGHBOURS, Partitioner, create, grid_graph, set_threads

COUNT = 4
WAYS = ("one thread", "two threads", "two processes")


@dataclass(frozen=True)
class Work:
    """Work that is done on one thread or on two.

    Args:
        partitioner: the name of the partitioner.
        level_1: the size of level 1, (h, w).
        images: the number of those that are cut.
        run: a function from the number of threads to the labels of all images.
    """

    partitioner: str
    level_1: tuple[int, ...]
    images: int
    run: Callable[[int], list[NDArray[Any]]]


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per work and way to do it. Threads and processes are not pinned; wall time is counted."""
    lines = []
    for work in tqdm(_works(settings), desc="threads", unit="work", total=1 + len(ROWS)):
        with _apart(partial(work.run, 1), 2) as apart:
            ways: tuple[Callable[[], Any], ...] = (partial(work.run, 1), partial(work.run, 2), apart)
            tasks = dict(zip(WAYS, ways, strict=True))
            timing.alternate(tasks, box=0, most=1)  # the warm-up
            runs = timing.alternate(tasks, settings.box, 4 * settings.most, time.perf_counter)
        lines += [_line(work, way, runs) for way in WAYS]
    return pd.DataFrame(lines)


def _works(settings: Settings) -> Iterator[Work]:
    smooth = next((name for name in settings.inputs if name.startswith("smooth")), settings.inputs[0])
    affinity = make(smooth, settings.shape, settings.seed).affinity
    name = "gaec(linkage=average)"
    average = create(name)

    def image(threads: int) -> list[NDArray[Any]]:
        set_threads(threads)
        try:
            return [average.partition(grid_graph(affinity, NEIGHBOURS))]
        finally:
            set_threads(1)

    yield Work(name, settings.shape, 1, image)
    height = settings.heights[0]
    pyramids = [street(index, height, settings.seed) for index in range(COUNT)]

    def batch(partitioner: Partitioner, threads: int) -> list[NDArray[Any]]:
        answers = map(partitioner.segment, pyramids) if threads == 1 else pool.map(partitioner.segment, pyramids)
        return [answer.labels for answer in answers]

    with ThreadPoolExecutor(2) as pool:  # kept between repeats, as the processes are
        for row in ROWS:
            yield Work(row, pyramids[0].levels[0].shape, COUNT, partial(batch, create(row)))


@contextmanager
def _apart(run: Callable[[], Any], count: int) -> Iterator[Callable[[], None]]:
    """Yield what runs some work in so many processes at once, each all of it."""
    context = get_context("fork")
    pipes = [Pipe() for _ in range(count)]
    processes = [context.Process(target=_serve, args=(there, run), daemon=True) for _, there in pipes]
    for process in processes:
        process.start()

    def together() -> None:
        for here, _ in pipes:
            here.send(True)
        for here, _ in pipes:
            here.recv()

    try:
        yield together
    finally:
        for here, _ in pipes:
            here.send(False)
        for process in processes:
            process.join()


def _serve(pipe: Connection, run: Callable[[], Any]) -> None:
    while pipe.recv():
        run()
        pipe.send(None)


def _line(work: Work, way: str, all_runs: dict[str, timing.Runs]) -> dict[str, Any]:
    runs, one, _, apart = all_runs[way], *all_runs.values()
    done = 2 if runs is apart else 1  # how often all the work is done
    speedup, most = (ratio(times * one.least, which.least) for times, which in ((done, runs), (2, apart)))
    return {
        "partitioner": work.partitioner,
        "level_1": "{}x{}".format(*work.level_1),
        "images": work.images,
        "way": way,
        "cores": len(timing.cores()),
        **runs.columns(),
        "speedup": speedup,
        "share": speedup / most,
        "identical": runs is apart or _are_identical(runs, one),
        "note": runs.error,
    }


def _are_identical(runs: timing.Runs, one: timing.Runs) -> bool:
    if runs.error or one.error:
        return False
    return all(np.array_equal(labels, expected) for labels, expected in zip(runs.last, one.last, strict=True))


SECTION = Section(
    "Threads",
    f"Wall seconds of one image, and of {COUNT} pyramids on a pool of threads. speedup: work per second over that of one thread,"
    " by the least seconds of each, since other programs may keep a core busy for a while; share: of what two processes gain,"
    " each of which does all the work.",
    "partitioner level_1 images:.0f way cores:.0f seconds:.4f low:.4f repeats:.0f speedup:.2f share:.2f identical note",
    measure,
)
