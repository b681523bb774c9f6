"""Package state that is the same for all threads, such as a seed or a number of threads, changed by one at a time:

    @exclusive
    def _seeded(seed: int) -> Iterator[None]:
        package.seed(seed)
        yield

makes a context manager. No other thread disturbs the calls in `with _seeded(0):`, since all wait for their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from threading import Lock
from typing import ParamSpec

P = ParamSpec("P")


def exclusive(change: Callable[P, Iterator[None]]) -> Callable[P, AbstractContextManager[None]]:
    """Make a context manager, as `contextlib.contextmanager` does, which lets in one thread at a time.

    Args:
        change: a function that sets state that all threads share, yields, and puts back what must not stay.
    """
    lock, changed = Lock(), contextmanager(change)

    @contextmanager
    @wraps(change)
    def alone(*args: P.args, **kwargs: P.kwargs) -> Iterator[None]:
        with lock, changed(*args, **kwargs):
            yield

    return alone
