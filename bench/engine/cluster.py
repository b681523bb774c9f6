"""A Dask cluster as the place where tasks are run.

The driver, the process that the user started, hands tasks to workers, with those files that a worker lacks, and takes what
they made; it alone writes to the store. Workers keep files in Dask's own folder for temporary ones. So no file system
need be shared. A task whose worker is lost goes to another one.

Dask's own means do not fit: it runs a task again only where no worker is prescribed, but files are brought to a chosen one;
`get_versions(check=True)` ends the run at one wrong worker, and `upload_file` takes no compiled library.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bench.engine import worker
from bench.engine.isolation import message
from bench.engine.scheduling import Given
from bench.engine.tasks import Task
from partitioners import InputError, needs
from partitioners.files import write_whole

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger(__name__)

ATTEMPTS = 3  # a task that has lost so many workers is given up: it may be why
LOOK = 1.0  # seconds between two looks at which workers there are
CONNECT = 30.0  # seconds for the scheduler to answer
TRANSFER = 120.0  # seconds for a message with files
MOST_TASKS = 10_000  # at a time


class _WorkerLost(Exception):
    """A worker is gone, or cannot go on."""


class _WorkerRefused(Exception):
    """A worker has other versions than the driver."""


@contextmanager
def connect(address: str, patience: float) -> Iterator[Cluster]:
    """Connect to a Dask scheduler, and leave no files on its workers at the end.

    Args:
        address: the scheduler's, tcp://HOST:PORT.
        patience: seconds to wait for a worker while there is none.

    Raises:
        InputError: distributed is not installed, or no scheduler answers.
    """
    if problem := needs("distributed", extra="cluster")():
        raise InputError(f"--scheduler: {problem}")
    if not re.fullmatch(r"(\w+://)?.+:\d+", address):  # at the end, Dask would wait for one without a port
        raise InputError(f"--scheduler: expected an address, tcp://HOST:PORT, got {address!r}")
    from distributed import Client

    for name in ("distributed", "distributed.client", "distributed.core"):  # what matters is said here
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except Exception as error:
        raise InputError(f"--scheduler: no Dask scheduler answers at {address}: {message(error)}") from None
    with client:
        cluster = Cluster(client, address, patience)
        try:
            yield cluster
        finally:
            cluster.clean()


class Cluster:
    """Runs tasks on the workers of a Dask cluster, one at a time on each of their threads."""

    def __init__(self, client: Client, address: str, patience: float) -> None:
        self._client = client
        self._address = address
        self._patience = patience
        self._folder = f"leaderboard-{uuid4().hex[:12]}"  # of this driver alone

    def __call__(self, tasks: Sequence[Given], store: Path) -> Iterator[tuple[Given, Any]]:
        """Run the tasks; a worker may come or go at any time.

        Raises:
            InputError: the scheduler is lost, or there has been no worker for too long.
        """
        packages = {name for task in tasks for name in task.packages}
        carrier = _Carrier(self._client, self._folder, packages, store)
        workers = _Workers(self._client, self._address, self._patience, carrier)
        waiting = deque(tasks)
        running: dict[Future[Any], tuple[Given, str]] = {}
        losses: Counter[Given] = Counter()
        pool = ThreadPoolExecutor(MOST_TASKS)
        try:
            while waiting or running:
                for address in workers.free(address for _, address in running.values()):
                    if waiting:
                        task = waiting.popleft()
                        running[pool.submit(carrier.carry_out, task, address)] = task, address
                for future in _finished(running):
                    task, address = running.pop(future)
                    try:
                        yield task, future.result()
                    except _WorkerRefused as problem:
                        workers.refuse(address, str(problem))
                        waiting.appendleft(task)
                    except _WorkerLost as problem:
                        losses[task] += 1
                        if losses[task] < ATTEMPTS:
                            logger.warning("%s: to be run again: %s", task.label, problem)
                            waiting.appendleft(task)
                        else:
                            yield task, task.lost(f"given up after {ATTEMPTS} attempts: {problem}")
        finally:
            carrier.stop()
            pool.shutdown(cancel_futures=True)

    def clean(self) -> None:
        """Remove the files from all workers."""
        if self._client.status == "running":
            with suppress(Exception):
                self._client.run(worker.clean, self._folder)


def _finished(running: Mapping[Future[Any], object]) -> set[Future[Any]]:
    """Return the finished, after a moment at the latest."""
    if not running:
        time.sleep(LOOK)
    return wait(running, LOOK, FIRST_COMPLETED).done


class _Workers:
    """The workers of a cluster."""

    def __init__(self, client: Client, address: str, patience: float, carrier: _Carrier) -> None:
        self._client = client
        self._address = address
        self._patience = patience
        self._carrier = carrier
        self._refused: dict[str, str] = {}
        self._none_since: float | None = None

    def free(self, busy: Iterable[str]) -> list[str]:
        """Return the addresses of workers, each as often as it has threads that are not busy, those with most first."""
        threads = self._threads()
        self._carrier.workers = set(threads)
        usable = Counter({address: n for address, n in threads.items() if address not in self._refused})
        if usable:
            self._none_since = None
        else:
            self._wait()
        free = usable - Counter(busy)
        return [
            address
            for n_free in range(max(free.values(), default=0), 0, -1)
            for address in free
            if free[address] >= n_free
        ]

    def refuse(self, address: str, problem: str) -> None:
        """Use a worker no more."""
        if address not in self._refused:
            logger.warning("worker %s is not used: %s", address, problem)
        self._refused[address] = problem

    def _threads(self) -> dict[str, int]:
        with suppress(Exception):
            if self._client.status == "running":
                return dict(self._client.nthreads())
        raise InputError(
            f"--scheduler: the connection to {self._address} is lost; what is finished is kept, and the same command goes"
            " on from there"
        )

    def _wait(self) -> None:
        missing = "no worker with the versions of this process" if self._refused else "no worker"
        if self._none_since is None:
            self._none_since = time.monotonic()
            logger.warning(
                "%s at %s: waiting %g s for one; to start one: dask worker %s --nthreads 1",
                *(missing, self._address, self._patience, self._address),
            )
        elif time.monotonic() - self._none_since > self._patience:
            refusals = "".join(f"; {address}: {problem}" for address, problem in self._refused.items())
            raise InputError(f"--scheduler: {missing} at {self._address} for {self._patience:g} s{refusals}")


class _Carrier:
    """Carries tasks to workers, and files to and fro; in as many threads as there are tasks at a time."""

    def __init__(self, client: Client, folder: str, packages: set[str], store: Path) -> None:
        self.workers: set[str] = set()
        self._client = client
        self._folder = folder
        self._packages = packages
        self._store = store
        self._environment = worker.environment(packages)
        self._checked: set[str] = set()
        self._delivery: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._local = threading.Lock()
        self._stopped = False

    def stop(self) -> None:
        """Wait for workers no more."""
        self._stopped = True

    def carry_out(self, task: Task, address: str) -> Any:
        """Run a task on a worker, and return its result when all that it made is in the store.

        Where the worker lacks data that are not in the store, it is run on this machine.

        Raises:
            _WorkerLost: the worker is gone, or something failed there outside of the task's own process.
            _WorkerRefused: its versions differ from those here.
        """
        self._check(address)
        if obstacle := self._call(address, worker.obstacle, self._folder, task):
            logger.warning("%s: run by this process, since worker %s says: %s", task.label, address, obstacle)
            with self._local:
                return task.run(self._store)
        names = [str(path.relative_to(self._store)) for path in task.needs(self._store)]
        self._deliver(address, names)
        result, paths = self._call(address, worker.run, self._folder, task, names)
        self._fetch(address, paths)
        return result

    def _check(self, address: str) -> None:
        if address in self._checked:
            return
        try:
            worker_versions = self._call(address, worker.environment, self._packages)
        except _WorkerLost as error:
            if address not in self.workers:
                raise
            raise _WorkerRefused(str(error)) from None
        driver_versions = self._environment
        differing = sorted(
            name for name in driver_versions | worker_versions if driver_versions.get(name) != worker_versions.get(name)
        )
        if differing:
            listing = (
                f"{name} {worker_versions.get(name, 'missing')} instead of {driver_versions.get(name, 'none')}"
                for name in differing
            )
            raise _WorkerRefused(", ".join(listing))
        self._checked.add(address)

    def _deliver(self, address: str, names: list[str]) -> None:
        """Send the files that a worker lacks."""
        with self._delivery[address]:
            for name in self._call(address, worker.lacking, self._folder, names):
                content = (self._store / name).read_bytes()
                try:
                    sent = self._client.scatter(content, workers=[address], hash=False, timeout=CONNECT)
                except Exception as error:
                    raise _WorkerLost(f"worker {address}: {message(error)}") from None
                self._call(address, worker.put, self._folder, name, sent)

    def _fetch(self, address: str, names: list[str]) -> None:
        """Bring files into the store; the last, which says that all are there, is gone until then."""
        for name in names[-1:]:
            (self._store / name).unlink(missing_ok=True)
        while names:
            files = self._call(address, worker.get, self._folder, names)
            for name, content in files.items():
                write_whole(self._store / name, content)
            names = names[len(files) :]

    def _call(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function on a worker, and return its result."""
        from distributed import wait as wait_for

        future = self._client.submit(function, *arguments, workers=[address], pure=False)
        while not future.done():
            with suppress(Exception):  # most often that it is not done yet
                wait_for(future, timeout=LOOK)
            if address not in self.workers or self._stopped:
                raise _WorkerLost(f"worker {address} is lost")
        try:
            return future.result(timeout=TRANSFER)
        except Exception as error:
            raise _WorkerLost(f"worker {address}: {message(error)}") from None
