"""Time against the number of image pixels, of which `bench.scaling` draws the curves of any partitioners."""

from __future__ import annotations

import math
import os
import time
import timeit
from concurrent.futures import ThreadPoolExecutor

from .inputs import pyramid
from .partitioner import make

STRIDE = 4
"""Image pixels per pixel of level 1, as in the paper."""

COUNT = 4
"""Pyramids of a batch, and at most as many threads, as in the paper."""

NAMES = ("components", "gaec-average", "+ PA-GAEC", "+ PA-GAEC, GAS")
PIXELS = tuple(height * 2 * height for height in (128, 256, 512, 1024, 2048, 4096))


def threads() -> int:
    """Return how many threads a batch is run on: one per pyramid, where there are as many cores."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return min(COUNT, len(cores))


class Growth:
    """From a pyramid to instances, on one thread; partitioners of graphs cut level 1. Processor time is counted."""

    params = (NAMES, PIXELS)
    param_names = ("partitioner", "pixels")
    timer = time.process_time

    def setup(self, partitioner, pixels):
        self.partitioner = make(partitioner)
        self.pyramid = pyramid(math.isqrt(pixels // 2) // STRIDE, STRIDE)

    def time_partition(self, *_):
        self.partitioner.partition(self.pyramid)


class Batch:
    """The same for four pyramids, each on a thread of its own as far as there are cores. Wall time is counted."""

    params = (NAMES, PIXELS)
    param_names = ("partitioner", "pixels")
    timer = timeit.default_timer

    def setup(self, partitioner, pixels):
        self.partitioner = make(partitioner)
        self.pyramids = [pyramid(math.isqrt(pixels // 2) // STRIDE, STRIDE)] * COUNT
        self.pool = ThreadPoolExecutor(threads())

    def teardown(self, *_):
        self.pool.shutdown()

    def time_partition(self, *_):
        list(self.pool.map(self.partitioner.partition, self.pyramids))
