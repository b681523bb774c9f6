"""The work of a Dask worker for a driver, in a store of its own: a folder below Dask's for temporary files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import active_children, current_process
from pathlib import Path
from shutil import rmtree
from typing import Any

from bench.engine import isolation
from bench.engine.plugins import package_key, plugged_in
from bench.engine.provenance import own_code_key, versions
from bench.engine.tasks import Task
from partitioners.files import write_whole

LOOK = 1.0  # seconds between two looks at whether the driver is there
MESSAGE = 16_000_000  # bytes of files that one message holds, where it is more than one file


def environment(packages: set[str]) -> dict[str, str]:
    """Return what must be the same wherever tasks are run: versions of packages, given their import names, and code."""
    code = {"affinity-bench": own_code_key(), **{name: package_key([name]) for name in plugged_in() & packages}}
    digits = {f"code of {name}": key[:12] for name, key in code.items()}
    return digits | versions({"numpy", "distributed", *packages})


def _here(folder: str) -> Path:
    """Return the store of this worker."""
    from distributed import get_worker

    return Path(get_worker().local_directory) / folder


def lacking(folder: str, names: list[str]) -> list[str]:
    """Return those of the names that are no files of the worker's."""
    return [name for name in names if not (_here(folder) / name).exists()]


def put(folder: str, name: str, content: bytes) -> None:
    """Write a file, whole or not at all."""
    write_whole(_here(folder) / name, content)


def get(folder: str, names: list[str]) -> dict[str, bytes]:
    """Return the contents of files: of as many of the first as fit into one message, and of one at least."""
    found: dict[str, bytes] = {}
    size = 0
    for name in names:
        path = _here(folder) / name
        size += path.stat().st_size
        if found and size > MESSAGE:
            break
        found[name] = path.read_bytes()
    return found


def _allow_processes() -> None:
    """Let this worker start processes: Dask's nannies start workers as daemons, which may not."""
    current_process().daemon = False


def obstacle(folder: str, task: Task) -> str:
    """Return why the task cannot be run here, or an empty string."""
    _allow_processes()
    return task.obstacle(_here(folder))


def run(folder: str, task: Task, needed: list[str]) -> tuple[Any, list[str]]:
    """Run a task, and return its result and the names of the files that it made."""
    if missing := lacking(folder, needed):  # where the worker has been started anew since
        raise FileNotFoundError(missing[0])
    _allow_processes()
    store = _here(folder)
    with _ending_with_driver(store):
        result = task.run(store)
    return result, [str(path.relative_to(store)) for path in task.makes(store) if path.exists()]


@contextmanager
def _ending_with_driver(store: Path) -> Iterator[None]:
    """End processes of the current task when its driver is gone, so that the worker is free for another."""
    from distributed import get_worker

    worker, over = get_worker(), threading.Event()
    state = worker.state.tasks[worker.get_current_task()]

    def watch() -> None:
        while not over.wait(LOOK):
            if state.state == "cancelled":
                for process in active_children():
                    if process.name.startswith(str(store)):
                        isolation.end(process)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def clean(folder: str, dask_worker: Any) -> None:
    """Remove the store."""
    rmtree(Path(dask_worker.local_directory) / folder, ignore_errors=True)
