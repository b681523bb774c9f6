"""Calls that end badly, or report what they find; in a module that other processes can import."""

import ctypes
import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

import numpy as np


def well() -> None:
    print("all is well")


def exception() -> None:
    raise ValueError("no\nnumbers today")


def silent_exit() -> None:
    os._exit(0)


def segmentation_fault() -> None:
    ctypes.string_at(0)


def sleep(locked: str = "") -> None:
    """Sleep in native code that lets no thread of Python run; the file is locked until the process has ended."""
    with Path(locked or os.devnull).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ctypes.PyDLL(None).sleep(600)


def first(marker: str) -> None:
    """Sleep at the first call, after the number of the parent process has been written; else do nothing."""
    with suppress(FileExistsError), Path(marker).open("x") as file:
        file.write(f"{os.getppid()}\n")
        file.flush()
        time.sleep(600)


def memory() -> None:
    np.ones(10**9)


def signal(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(600)


def threads() -> None:
    print(os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"])
