"""Checking a promise, and saying in plain words how it is broken."""

from __future__ import annotations

import inspect
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Check = Callable[..., None]
"""A function that returns where the promise in its docstring is kept, and else raises `Broken` or what it came upon."""


class Broken(AssertionError):
    """A promise is not kept; the message tells how that shows."""


def checks_of(names: Mapping[str, Any]) -> tuple[Check, ...]:
    """Return the checks among the names of a module, in the order in which they stand there."""
    return tuple(value for name, value in names.items() if name.startswith("check_"))


def expect(kept: bool, otherwise: str) -> None:
    """Raise `Broken` with the message `otherwise` unless `kept`."""
    if not kept:
        raise Broken(otherwise)


def expect_threads_agree(labels_of: Callable[[], NDArray[Any]]) -> None:
    """Refuse a call that gives other labels when several threads make it at once."""
    expected, found = labels_of(), from_threads(labels_of)
    n_others = sum(not np.array_equal(labels, expected) for labels in found)
    expect(n_others == 0, f"{n_others} of {len(found)} calls gave other labels: set global state under `@exclusive`")


def from_threads(call: Callable[[], T], n_threads: int = 4, repeats: int = 16, seconds: float = 1.0) -> list[T]:
    """Return what a call gives from several threads at once, which take turns often.

    Args:
        call: the function that each thread calls, again and again.
        n_threads: the number of threads, which begin together.
        repeats: the largest number of calls of a thread.
        seconds: the time after which no call begins.
    """
    together, interval = Barrier(n_threads), sys.getswitchinterval()

    def repeat(_: int) -> list[T]:
        together.wait()
        end, found = time.monotonic() + seconds, [call()]
        while len(found) < repeats and time.monotonic() < end:
            found.append(call())
        return found

    sys.setswitchinterval(1e-4)
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            return [one for found in pool.map(repeat, range(n_threads)) for one in found]
    finally:
        sys.setswitchinterval(interval)


def title(check: Check) -> str:
    """Return what a check is called: its name in words."""
    return check.__name__.removeprefix("check_").replace("_", " ")


def promise(check: Check) -> str:
    """Return the first line of a check's docstring."""
    return (inspect.getdoc(check) or "").splitlines()[0]


def failure(check: Check, *arguments: Any) -> BaseException | None:
    """Return what a check ends with, None where the promise is kept."""
    try:
        check(*arguments)
    except (Exception, SystemExit) as error:
        return error
    return None


def told(error: BaseException, home: Path | None) -> str:
    """Return on one line how a promise is broken, or an exception and the line in `home` where it happened.

    Args:
        error: the exception that a check ended with.
        home: the folder, or the only file, of the package that is checked.
    """
    if isinstance(error, Broken):
        return _one_line(str(error))
    text = _one_line(f"{type(error).__name__}: {error}").rstrip(": ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if home and _is_in(home, frame.filename)]
    if not frames:
        return text
    last = frames[-1]
    return f"{text} ({last.filename}, line {last.lineno}, in {last.name}: {last.line})"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_in(home: Path, file: str) -> bool:
    path = Path(file).resolve()
    return home.resolve() in (path, *path.parents)
