"""Calls in processes of their own: each way to end is told from the others."""

import signal
import sys
import time
from pathlib import Path

import misbehaving
import pytest
from boards import is_locked

from bench.engine import isolation
from bench.engine.isolation import CRASHED, FAILED, OK, OUT_OF_MEMORY, TIMEOUT, Ending, Limits, call


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    return tmp_path / "logs/log.txt"


@pytest.mark.parametrize(
    ("work", "limits", "ending"),
    [
        (misbehaving.well, Limits(60), Ending(OK)),
        (misbehaving.exception, Limits(60), Ending(FAILED, "ValueError: no numbers today")),
        (misbehaving.exit_of_python, Limits(60), Ending(FAILED, "SystemExit: 3")),
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
    status, note = call(misbehaving.signalled, signal.SIGKILL, limits=Limits(60), log=log)
    assert status == CRASHED
    assert note == "ended by signal 9 (Killed), as the system does when memory runs out"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_is_passed_on(number: int, log: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        call(misbehaving.signalled, number, limits=Limits(60), log=log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_comes_from_outside_unless_it_is_ignored(number: int, log: Path) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt):
            call(misbehaving.signalled_from_outside, number, limits=Limits(60), log=log)
        if number != signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)  # as nohup does, and a shell for what runs in the background
            assert call(misbehaving.signalled_from_outside, number, limits=Limits(60), log=log) == Ending(OK)
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize(
    ("way", "status"),
    [("well", OK), ("exit_of_python", FAILED), ("segmentation_fault", CRASHED), ("sleep", TIMEOUT)],
)
def test_processes_that_it_started_end_with_it(
    way: str, status: str, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "_GRACE", 0.2)
    lock, seconds = tmp_path / "lock", 1.5 if status == TIMEOUT else 60
    start = time.monotonic()
    ending = call(misbehaving.leave_processes, str(lock), way, limits=Limits(seconds), log=log)
    assert ending.status == status
    assert lock.exists() and not is_locked(lock)
    assert time.monotonic() - start < 30


def test_long_messages_and_logs_are_cut(log: Path) -> None:
    status, note = call(misbehaving.long_message, limits=Limits(60), log=log)
    assert status == FAILED and note.startswith("ValueError: xxx") and note.endswith("… (10000012 characters)")
    assert len(note) < 350
    text = log.read_text()
    assert len(text) < 1_001_000
    assert text.startswith("so it begins") and "bytes are left out" in text
    assert 'raise ValueError("x" * 10**7)' in text and text.endswith("… (10000012 characters)\n")


def test_what_is_printed_is_logged(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call(misbehaving.well, limits=Limits(60), log=log)
    assert log.read_text() == "all is well\n"
    call(misbehaving.exception, limits=Limits(60), log=log)
    assert 'raise ValueError("no\\nnumbers today")' in log.read_text()
    call(misbehaving.segmentation_fault, limits=Limits(60), log=log)
    assert "about to crash" in log.read_text()
    assert capfd.readouterr() == ("", "")


def test_threads_are_limited(log: Path) -> None:
    assert call(misbehaving.threads, limits=Limits(60, threads=3), log=log) == Ending(OK)
    assert log.read_text() == "3 3\n"
