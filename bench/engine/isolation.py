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
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple, cast

OK, FAILED, TIMEOUT, OUT_OF_MEMORY, CRASHED = "ok", "failed", "timeout", "out of memory", "crashed"
NOT_APPLICABLE = "not applicable"
# What ends all processes of a session, not this one alone.
_FROM_OUTSIDE = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_END = getattr(signal, "SIGUSR1", signal.SIGTERM)  # what `end` sends
_GRACE = 5.0  # seconds for a process to end after its call has
_LOG = 1_000_000  # bytes of a log
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # <linux/prctl.h>
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Limits:
    """The limits of a call; None is no limit.

    Args:
        seconds: wall time, from when its code is loaded.
        gigabytes: memory for data, in 10⁹ bytes; only Linux keeps to it.
        threads: the number of threads of OpenMP and of linear algebra.
    """

    seconds: float | None = None
    gigabytes: float | None = None
    threads: int | None = None


class Ending(NamedTuple):
    """How a call ended, and why.

    Fields:
        status: `OK`, `FAILED` (with an exception), `NOT_APPLICABLE`, `TIMEOUT`, `OUT_OF_MEMORY` or `CRASHED`.
        note: the reason why it is not `OK`.
    """

    status: str
    note: str = ""


def call(work: Callable[..., object], *arguments: object, limits: Limits, log: Path) -> Ending:
    """Call a function in a new process, and wait for its end; the process ends when this one does, even if killed.

    With it ends all that it has started; other systems than Linux miss processes that have left its group.

    Args:
        work: a function that can be pickled; what it returns is dropped.
        arguments: its arguments, which can be pickled, too.
        limits: the limits of the process.
        log: the file for what it prints, of which the middle is left out in the end where it has over a million bytes;
            also the name of the process.

    Raises:
        InputError: this system cannot: Windows.
        KeyboardInterrupt: Ctrl-C or another request to end came to the process.
    """
    if not hasattr(os, "fork"):
        from partitioners.errors import InputError

        raise InputError("system: expected Linux or macOS, whose processes can be kept within limits")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    payload = pickle.dumps((work, arguments))
    process = context.Process(target=_keep, args=(sender, payload, limits, str(log)), name=str(log))
    ending = None
    with receiver:
        process.start()
        sender.close()
        try:
            ending = receiver.recv()
            if ending is None:  # its code is loaded, and time counts
                late = not connection.wait([receiver], limits.seconds)
                ending = Ending(TIMEOUT, f"took more than {limits.seconds:g} s") if late else receiver.recv()
                connection.wait([process.sentinel], 0 if late else _GRACE)
        except (EOFError, OSError):  # it ended before it could say how
            pass
        finally:
            end(process)
    process.join()
    _shorten(log)
    code = process.exitcode or 0
    if ending is None and -code in _FROM_OUTSIDE:
        raise KeyboardInterrupt
    return ending or _crash(code)


def end(process: BaseProcess) -> None:
    """End the process of a call, and with it all that it started."""
    assert process.pid is not None
    with suppress(ProcessLookupError):
        os.kill(process.pid, _END)


def _shorten(log: Path) -> None:
    """Leave out the middle of a long log."""
    if (size := log.stat().st_size) > _LOG:
        with log.open("rb") as file:
            first = file.read(_LOG // 2)
            file.seek(-_LOG // 2, os.SEEK_END)
            log.write_bytes(first + f"\n… {size - _LOG} bytes are left out …\n".encode() + file.read())


def _crash(code: int) -> Ending:
    if code >= 0:
        return Ending(CRASHED, f"ended with exit code {code}")
    cause = ", as the system does when memory runs out" if code == -signal.SIGKILL else ""
    return Ending(CRASHED, f"ended by signal {-code} ({signal.strsignal(-code)}){cause}")


def _keep(sender: connection.Connection, payload: bytes, limits: Limits, log: str) -> None:
    """Fork the process of the call, and when that has ended, or this one is asked to, end all that it has started.

    The call has a session of its own: a terminal's signals reach this process alone. Orphans become its children.
    """
    awaited = {signal.SIGCHLD, _END, *(one for one in _FROM_OUTSIDE if signal.getsignal(one) != signal.SIG_IGN)}
    signal.signal(signal.SIGCHLD, lambda *_: None)  # some systems drop what is ignored by default, though blocked
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)  # in order with errors, and not lost in a crash
    _control(_PR_SET_CHILD_SUBREAPER, 1)
    forked = os.fork()
    if forked == 0:
        os.setsid()
        _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)  # by which SIGINT ends native code as well
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _carry_out(sender, payload, limits)
        return
    threading.Thread(target=_wait_for_parent, daemon=True).start()
    code = _wait(forked, awaited)
    _end_all(forked)
    if -code in _FROM_OUTSIDE:
        signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.kill(os.getpid(), -code)
    with suppress(OSError):  # the parent is gone
        sender.send(_crash(code))


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def _wait_for_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os.kill(os.getpid(), _END)


def _wait(forked: int, awaited: set[signal.Signals]) -> int:
    """Return the exit code of a process, or, of a signal that comes before, the one of what is ended by it."""
    while (number := signal.sigwait(awaited)) == signal.SIGCHLD:
        ended, status = os.waitpid(forked, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
    return -number


def _end_all(group: int) -> None:
    """End the processes of a group, and children of this process until there are none."""
    with suppress(ProcessLookupError):  # none is left; while there are some, their number is not given to others
        os.killpg(group, signal.SIGKILL)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.exists() and (found := children.read_text().split()):
        for child in found:
            os.kill(int(child), signal.SIGKILL)
        os.waitpid(-1, 0)


def _carry_out(sender: connection.Connection, payload: bytes, limits: Limits) -> None:
    if limits.threads is not None:  # read when the libraries are imported, which has not happened yet
        os.environ.update({name: str(limits.threads) for name in _THREADS})
    work, arguments = pickle.loads(payload)
    if limits.gigabytes is not None:
        _limit_memory(int(limits.gigabytes * 1e9))
    sender.send(None)
    sender.send(_run(work, arguments, limits))


def _limit_memory(n_bytes: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _run(work: Callable[..., object], arguments: tuple[object, ...], limits: Limits) -> Ending:
    try:
        work(*arguments)
    except MemoryError as error:
        _print(error)
        return Ending(OUT_OF_MEMORY, f"needed more than {limits.gigabytes:g} GB" if limits.gigabytes else "")
    except BaseException as error:  # SystemExit, too, lest it wait for processes that were started
        from partitioners.errors import NotApplicable

        _print(error)
        return Ending(NOT_APPLICABLE if isinstance(error, NotApplicable) else FAILED, message(error))
    return Ending(OK)


def _print(error: BaseException) -> None:
    """Print an exception and where it was raised; its message is cut, so that the rest is not lost in a long log."""
    for part in traceback.format_exception(error):
        print(_cut(part.rstrip("\n"), 10_000), file=sys.stderr)


def message(error: BaseException) -> str:
    """Return what an exception says, in one line."""
    from partitioners.errors import InputError

    text = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return _cut(" ".join(text.split()), 300)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]} … ({len(text)} characters)"
