"""Four pyramids on two threads, beside the same on one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench.publish.sections import Section
from bench.speed import timing
from bench.speed.cascade import ROWS
from bench.speed.flat import ratio
from bench.speed.pyramids import street
from bench.speed.settings import Settings
from partitioners import AffinityPyramid, Segmentation, create

COUNT = 4
THREADS = (1, 2)


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per row of the cascade and number of threads. The threads are not pinned; wall time is counted."""
    height = settings.heights[0]
    pyramids = [street(index, height, settings.seed) for index in range(COUNT)]
    lines = []
    for row in tqdm(ROWS, desc="batch", unit="row"):
        tasks = {threads: partial(_run, pyramids, row, threads) for threads in THREADS}
        timing.alternate(tasks, box=0, most=1)  # the warm-up
        runs = timing.alternate(tasks, settings.box, 4 * settings.most, time.perf_counter)
        lines += [_line(row, threads, pyramids[0], runs) for threads in THREADS]
    return pd.DataFrame(lines)


def _run(pyramids: list[AffinityPyramid], row: str, threads: int) -> list[Segmentation]:
    partitioner = create(row)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(partitioner.segment, pyramids))


def _line(row: str, threads: int, pyramid: AffinityPyramid, all_runs: dict[int, timing.Runs]) -> dict[str, Any]:
    runs, single = all_runs[threads], all_runs[1]
    return {
        "partitioner": row,
        "level_1": "{}x{}".format(*pyramid.levels[0].shape),
        "pyramids": COUNT,
        "threads": threads,
        "cores": len(timing.cores()),
        **runs.columns(),
        "speedup": ratio(single.median, runs.median),
        "identical": _identical(runs, single),
        "note": runs.error,
    }


def _identical(runs: timing.Runs, single: timing.Runs) -> bool:
    if runs.error or single.error:
        return False
    return all(
        np.array_equal(segmentation.labels, reference.labels)
        for segmentation, reference in zip(runs.last, single.last, strict=True)
    )


SECTION = Section(
    "Batch",
    f"Wall seconds of {COUNT} pyramids on a pool of threads. speedup: times as fast as on one thread; it needs two cores.",
    "partitioner level_1 threads:.0f cores:.0f seconds:.4f repeats:.0f speedup:.2f identical note",
    measure,
)
