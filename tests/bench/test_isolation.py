"""Calls in processes of their own: each way to end is told from the others."""

import signal
import sys
from pathlib import Path

import misbehaving
import pytest

from bench.engine.isolation import CRASHED, FAILED, OK, OUT_OF_MEMORY, TIMEOUT, Ending, Limits, call


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs/log.txt"


@pytest.mark.parametrize(
    ("work", "limits", "ending"),
    [
        (misbehaving.well, Limits(60), Ending(OK)),
        (misbehaving.exception, Limits(60), Ending(FAILED, "ValueError: no numbers today")),
        (misbehaving.silent_exit, Limits(60), Ending(CRASHED, "ended with exit code 0")),
        (misbehaving.segmentation_fault, Limits(60), Ending(CRASHED, "ended by signal 11 (Segmentation fault)")),
        (misbehaving.sleep, Limits(1.5), Ending(TIMEOUT, "took more than 1.5 s")),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_endings(work: object, limits: Limits, ending: Ending, log: Path) -> None:
    assert call(work, limits=limits, log=log) == ending


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_memory_is_limited(log: Path) -> None:
    assert call(misbehaving.memory, limits=Limits(60, 1.5), log=log) == (OUT_OF_MEMORY, "needed more than 1.5 GB")


def test_what_is_killed_may_have_been_so_for_memory(log: Path) -> None:
    status, note = call(misbehaving.signal, signal.SIGKILL, limits=Limits(60), log=log)
    assert status == CRASHED
    assert note == "ended by signal 9 (Killed), as the system does when memory runs out"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_is_passed_on(number: int, log: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        call(misbehaving.signal, number, limits=Limits(60), log=log)


def test_what_is_printed_is_logged(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call(misbehaving.well, limits=Limits(60), log=log)
    assert log.read_text() == "all is well\n"
    call(misbehaving.exception, limits=Limits(60), log=log)
    assert 'raise ValueError("no\\nnumbers today")' in log.read_text()
    assert capfd.readouterr() == ("", "")


def test_threads_are_limited(log: Path) -> None:
    assert call(misbehaving.threads, limits=Limits(60, threads=3), log=log) == Ending(OK)
    assert log.read_text() == "3 3\n"
