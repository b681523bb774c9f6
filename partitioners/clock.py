"""How long the solvers inside a partitioner take, apart from all that is done around them:

    with solver_clock() as clock:
        create("ssap").segment(pyramid)

leaves their processor seconds in `clock.seconds`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import thread_time


@dataclass
class SolverClock:
    """Processor seconds of this thread that solvers took; 0 where none was called that says so."""

    seconds: float = 0.0


_current: ContextVar[SolverClock | None] = ContextVar("current", default=None)


@contextmanager
def solver_clock() -> Iterator[SolverClock]:
    """Add up the time of the solvers that are called in this block."""
    clock = SolverClock()
    token = _current.set(clock)
    try:
        yield clock
    finally:
        _current.reset(token)


@contextmanager
def solving() -> Iterator[None]:
    """Count this block as a solver's: a package's own call, without preparations."""
    start = thread_time()
    try:
        yield
    finally:
        if (clock := _current.get()) is not None:
            clock.seconds += thread_time() - start
