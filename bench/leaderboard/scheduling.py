"""Scheduling: where and when tasks are run. Another place is another function of the same kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Scheduler(Protocol):
    """A function that runs tasks, and yields each with its result as soon as it is done."""

    def __call__(self, run: Callable[[Any], Result], tasks: Iterable[Any], /) -> Iterator[tuple[Any, Result]]:
        """Run the tasks; `run` and they can be pickled, and no task depends on another."""


def here(run: Callable[[Task], Result], tasks: Iterable[Task], workers: int = 1) -> Iterator[tuple[Task, Result]]:
    """Run tasks on this machine, `workers` at a time; each is expected to start a process of its own and wait for it."""
    pool = ThreadPoolExecutor(workers)
    try:
        running = {pool.submit(run, task): task for task in tasks}
        for done in as_completed(running):
            yield running[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)
