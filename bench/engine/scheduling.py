"""Scheduling: where and when tasks are run. Another place is another function of the same kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bench.engine.tasks import Prediction, Run, Task

Given = TypeVar("Given", Prediction, Run)


class Scheduler(Protocol):
    """A function that runs tasks, none of which depends on another, and yields each with its result when it is done."""

    def __call__(self, tasks: Sequence[Given], store: Path, /) -> Iterator[tuple[Given, Any]]:
        """Run the tasks; files they need are in `store`, those they make are in it before they are yielded."""


def here(tasks: Sequence[Given], store: Path, workers: int = 1) -> Iterator[tuple[Given, Any]]:
    """Run tasks on this machine, `workers` at a time."""
    pool = ThreadPoolExecutor(workers)
    try:
        running = {pool.submit(_run, task, store): task for task in tasks}
        for future in as_completed(running):
            yield running[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _run(task: Task, store: Path) -> Any:
    """Run a task; one whose log or record cannot be written, as on a full disk, is lost, not the others."""
    try:
        return task.run(store)
    except OSError as error:
        return task.lost(str(error))
