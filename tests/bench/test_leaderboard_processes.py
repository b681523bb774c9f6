"""The leaderboard as a command: what crashes, what is killed, and in what order cells run."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import ClassVar

import pytest
from boards import ROOT, is_locked, options, plugged_in, table, times, wait_for

from bench.engine.isolation import OK, TIMEOUT
from bench.engine.scheduling import here

WAYS = ("exception", "silent_exit", "segmentation_fault", "memory", "wrong-size", "in-place")


class Square:
    """A task that squares a number, and fails on 2."""

    started: ClassVar[list[int]] = []

    def __init__(self, number: int) -> None:
        self.number = number

    def run(self, store: Path) -> int:
        self.started.append(self.number)
        if self.number == 2:
            raise OSError("disk full")
        if self.number == 4:
            raise RuntimeError("a fault of ours")
        time.sleep(0.05)
        return self.number**2

    def lost(self, note: str) -> str:
        return note


def test_the_scheduler_yields_what_is_done_gives_up_what_cannot_be_written_and_drops_the_rest_after_an_error(
    tmp_path: Path,
) -> None:
    tasks = [Square(number) for number in range(100)]
    done = here(tasks, tmp_path, workers=1)
    assert [next(done)[1] for _ in range(4)] == [0, 1, "disk full", 9]
    with pytest.raises(RuntimeError, match="a fault of ours"):
        list(done)
    assert len(Square.started) < 10


@pytest.fixture
def command(nuclei: Path, tmp_path: Path) -> list[str]:
    """The leaderboard as a command, in an environment where a misbehaving partitioner is plugged in."""
    return plugged_in(tmp_path, "-m", "bench.leaderboard")


@pytest.mark.slow
def test_whatever_a_partitioner_does_the_others_go_on(command: list[str], nuclei: Path) -> None:
    chosen = (*(f"misbehaving(way={way})" for way in WAYS), "misbehaving", "gaec")
    limits = ("--limit", "1", "--memory", "2")
    done = subprocess.run([*command, *options(nuclei, *limits, partitioners=chosen)], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    found = table(nuclei).set_index("partitioner")
    status = found["status"].to_dict()
    expected = ["failed", "crashed", "crashed", "out of memory", "failed", "failed"]
    assert {way: status.pop(f"misbehaving(way={way})") for way in WAYS} == dict(zip(WAYS, expected, strict=True))
    assert status == {"misbehaving": "unavailable", "gaec": OK}
    notes = found["note"]
    assert notes["misbehaving(way=exception)"] == "ValueError: no numbers today"
    assert "Segmentation fault" in notes["misbehaving(way=segmentation_fault)"]
    assert notes["misbehaving(way=in-place)"] == "ValueError: assignment destination is read-only"
    assert "size" in notes["misbehaving(way=wrong-size)"] and "'way'" in notes["misbehaving"]
    assert found["AP"].notna().tolist() == [True] + [False] * 7


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_is_killed_goes_on_from_what_is_finished(
    command: list[str], nuclei: Path, tmp_path: Path, number: int
) -> None:
    lock = tmp_path / "lock"
    chosen = ("gaec", f"misbehaving(way=sleep, file={lock})")
    with subprocess.Popen(
        [*command, *options(nuclei, "--timeout", "200", partitioners=chosen)],
        cwd=ROOT,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    ) as running:
        wait_for(lambda: is_locked(lock))
        finished = times(nuclei)
        if number == signal.SIGKILL:
            running.kill()
        else:
            os.killpg(running.pid, number)  # as a terminal does for Ctrl-C
    assert running.returncode == {signal.SIGKILL: -9, signal.SIGINT: 130}[number]
    wait_for(lambda: not is_locked(lock))  # the cell that was running has ended, too
    assert len(finished) == 1 and times(nuclei) == finished
    again = [*command, *options(nuclei, "--timeout", "1", partitioners=chosen)]
    assert subprocess.run(again, cwd=ROOT, capture_output=True).returncode == 0
    assert finished.items() <= times(nuclei).items()
    assert table(nuclei)["status"].tolist() == [OK, TIMEOUT]
    assert table(nuclei)["note"].iloc[1] == "took more than 3 s"
