"""Timing that a busy machine disturbs little: one pinned thread, processor time, competitors in turn."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

Key = TypeVar("Key")
Clock = Callable[[], float]


@dataclass(eq=False)
class Runs:
    """The repeats of one competitor.

    Args:
        seconds: the time of each repeat; empty where it failed.
        last: the result of the last repeat.
        error: the reason why it failed, or an empty string.
    """

    seconds: list[float] = field(default_factory=list)
    last: Any = None
    error: str = ""

    @property
    def median(self) -> float:
        """The median of the seconds, NaN where there are none."""
        return float(np.median(self.seconds)) if self.seconds else np.nan

    @property
    def least(self) -> float:
        """The least of the seconds, NaN where there are none."""
        return min(self.seconds, default=np.nan)

    def columns(self) -> dict[str, Any]:
        """Return the columns of all tables: `seconds` (the median), `low`, `high`, `repeats`."""
        high = max(self.seconds, default=np.nan)
        return {"seconds": self.median, "low": self.least, "high": high, "repeats": len(self.seconds)}


def cores() -> set[int]:
    """Return the numbers of the processor cores that this thread may use."""
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


@contextmanager
def pinned() -> Iterator[None]:
    """Keep this thread on the last of its cores, where the system can (Linux)."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = cores()
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def alternate(
    tasks: Mapping[Key, Callable[[], Any]], box: float, most: int, clock: Clock = time.process_time
) -> dict[Key, Runs]:
    """Run tasks in turn, each once per round, until all have spent their time; warm-up is the caller's.

    Each runs at least once, and again while the next repeat is expected to end within its box. One that raises is not
    run again.

    Args:
        tasks: the tasks by their names.
        box: seconds that each task may spend.
        most: repeats that each task may have.
        clock: default: the processor time of this process, which other processes do not lengthen.
    """
    runs = {key: Runs() for key in tasks}
    waiting = list(tasks)
    while waiting:
        for key in waiting:
            _repeat(tasks[key], runs[key], clock)
        waiting = [key for key in waiting if _goes_on(runs[key], box, most)]
    return runs


def _repeat(task: Callable[[], Any], runs: Runs, clock: Clock) -> None:
    runs.last = None
    start = clock()
    try:
        runs.last = task()
    except Exception as error:  # one competitor is lost, not the run
        runs.seconds, runs.error = [], repr(error)
        return
    runs.seconds.append(clock() - start)


def _goes_on(runs: Runs, box: float, most: int) -> bool:
    return not runs.error and len(runs.seconds) < most and sum(runs.seconds) + runs.median <= box
