"""The peak memory of a call, measured in a process of its own."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from numpy.typing import NDArray

T = TypeVar("T")
STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Peak(NamedTuple):
    """The most bytes at one time beyond the input, those of the output, and how they were counted."""

    beyond_input: int
    output: int
    method: str


def peak(work: Callable[[T], NDArray[Any]], warm_up: T, problem: T) -> Peak:
    """Return the peak memory of `work(problem)` in a new process, after an untimed `work(warm_up)`.

    The method is "VmHWM" where the kernel's high-water mark can be reset (Linux); elsewhere "ru_maxrss", the growth of
    the largest size ever, which misses what fits into memory that was used and freed before.

    Args:
        work: a function that can be pickled; returns the output, whose bytes are counted apart.
        warm_up: a small problem, so that code loaded at a first call is not counted.
        problem: the problem.

    Raises:
        BrokenProcessPool: the process was ended from outside, as the system does when memory runs out.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, work, warm_up, problem).result()


def _measure(work: Callable[[T], NDArray[Any]], warm_up: T, problem: T) -> Peak:
    work(warm_up)
    _give_back()
    try:
        REFERENCES.write_text("5")  # the high-water mark starts again from what is in use now
        method, highest = "VmHWM", _high_water_mark
    except OSError:
        method, highest = "ru_maxrss", _largest_ever
    before = highest()
    output = work(problem)
    return Peak(highest() - before, output.nbytes, method)


def _give_back() -> None:
    """Return freed memory to the system where the C library can (glibc), so that using it again is counted."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _high_water_mark() -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * int(line.split()[1])


def _largest_ever() -> int:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
