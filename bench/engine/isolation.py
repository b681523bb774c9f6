"""Calls in a process of their own, with limits: whatever becomes of one, the caller goes on and knows what it was."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import NamedTuple

OK, FAILED, TIMEOUT, OUT_OF_MEMORY, CRASHED = "ok", "failed", "timeout", "out of memory", "crashed"
# What ends all processes of a session, not this one alone.
_FROM_OUTSIDE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Limits:
    """The limits of a call; None is no limit.

    Args:
        seconds: wall time, from when its code is loaded.
        gigabytes: memory for data, in 10⁹ bytes; only Linux keeps to it.
        threads: of OpenMP and of linear algebra.
    """

    seconds: float | None = None
    gigabytes: float | None = None
    threads: int | None = None


class Ending(NamedTuple):
    """How a call ended: `OK`, `FAILED` (with an exception), `TIMEOUT`, `OUT_OF_MEMORY` or `CRASHED`; and why."""

    status: str
    note: str = ""


def call(work: Callable[..., object], *arguments: object, limits: Limits, log: Path) -> Ending:
    """Call a function in a new process, and wait for its end; the process ends when this one does, even if killed.

    Args:
        work: a function that can be pickled; what it returns is dropped.
        arguments: which can be pickled, too.
        limits: of the process.
        log: the file for what it prints, and the name of the process.

    Raises:
        KeyboardInterrupt: Ctrl-C or another request to end came to the process.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    payload = pickle.dumps((work, arguments))
    process = context.Process(target=_child, args=(sender, payload, limits, str(log)), name=str(log))
    ending, late = None, False
    with receiver:
        process.start()
        sender.close()
        try:
            receiver.recv()  # its code is loaded, and time counts
            late = not connection.wait([process.sentinel], limits.seconds)
            if late:
                process.kill()
            ending = receiver.recv()
        except (EOFError, OSError):  # it ended before it could say how
            pass
    process.join()
    if -(process.exitcode or 0) in _FROM_OUTSIDE:
        raise KeyboardInterrupt
    if ending is None:
        ending = Ending(TIMEOUT, f"took more than {limits.seconds:g} s") if late else _crash(process.exitcode or 0)
    return ending


def _crash(code: int) -> Ending:
    if code >= 0:
        return Ending(CRASHED, f"ended with exit code {code}")
    cause = ", as the system does when memory runs out" if code == -signal.SIGKILL else ""
    return Ending(CRASHED, f"ended by signal {-code} ({signal.strsignal(-code)}){cause}")


def _child(sender: connection.Connection, payload: bytes, limits: Limits, log: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends native code as well
    _end_with_parent()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if limits.threads is not None:  # read when the libraries are imported, which has not happened yet
        os.environ.update({name: str(limits.threads) for name in _THREADS})
    work, arguments = pickle.loads(payload)
    if limits.gigabytes is not None:
        _limit_memory(int(limits.gigabytes * 1e9))
    sender.send(None)
    sender.send(_run(work, arguments, limits))


def _end_with_parent() -> None:
    if sys.platform == "linux":  # ends native code that holds the interpreter's lock as well
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _limit_memory(n_bytes: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _run(work: Callable[..., object], arguments: tuple[object, ...], limits: Limits) -> Ending:
    try:
        work(*arguments)
    except MemoryError:
        traceback.print_exc()
        return Ending(OUT_OF_MEMORY, f"needed more than {limits.gigabytes:g} GB" if limits.gigabytes else "")
    except Exception as error:
        traceback.print_exc()
        return Ending(FAILED, message(error))
    return Ending(OK)


def message(error: Exception) -> str:
    """Return what an exception says, in one line."""
    from partitioners.errors import InputError

    text = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:300]
