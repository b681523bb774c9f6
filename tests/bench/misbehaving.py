"""Calls that end badly, or report what they find; in a module that other processes can import."""

import ctypes
import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
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
    print("about to crash")
    ctypes.string_at(0)


def sleep(locked: str = "") -> None:
    """Sleep in native code that lets no thread of Python run; this process and another lock the file until they end."""
    with Path(locked or os.devnull).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        subprocess.Popen(["sleep", "600"], pass_fds=[file.fileno()])
        ctypes.PyDLL(None).sleep(600)


def leave_processes(locked: str, way: str) -> None:
    """Start processes that lock the file until they end, some of them deaf to requests, and go on in another way."""
    file = os.open(locked, os.O_CREAT | os.O_WRONLY)
    fcntl.flock(file, fcntl.LOCK_EX)
    for daemon in (True, False):
        multiprocessing.get_context("fork").Process(target=_stay, daemon=daemon).start()
    for session in {False, sys.platform == "linux"}:
        subprocess.Popen(["sleep", "600"], pass_fds=[file], start_new_session=session)
    globals()[way]()


def _stay() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)


def first(marker: str) -> None:
    """Sleep at the first call, after the number of the parent process has been written; else do nothing."""
    with suppress(FileExistsError), Path(marker).open("x") as file:
        file.write(f"{multiprocessing.parent_process().pid}\n")
        file.flush()
        time.sleep(600)


def memory() -> None:
    np.ones(10**9)


def signalled(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(600)


def signalled_from_outside(number: int) -> None:
    """Send a signal to the process that a terminal would send it to."""
    os.kill(os.getppid(), number)
    time.sleep(0.5)


def exit_of_python() -> None:
    sys.exit(3)


def long_message() -> None:
    print("so it begins" + " and goes on" * 10**6)
    raise ValueError("x" * 10**7)


def threads() -> None:
    print(os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"])
