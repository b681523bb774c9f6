"""The leaderboard on a Dask cluster: the same results, whatever is lost."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from boards import ROOT, board, is_locked, options, plugged_in, table, times, wait_for

from bench.engine import cluster as places
from bench.engine import worker as tasks
from bench.engine.isolation import OK, TIMEOUT
from partitioners import InputError

pytestmark = pytest.mark.cluster

SAME = ["partitioner", "status", "AP", "AP50", "PQ", "ARE", "energy", "images", "key", "threads"]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen]:
    """A part of a cluster, with the misbehaving plug-in; what it prints is in a file."""
    with (folder / f"{arguments[0]}.log").open("a") as log:
        command = ["-m", "dask", *arguments, "--no-dashboard"]
        with subprocess.Popen(plugged_in(folder, *command), cwd=folder, stdout=log, stderr=log) as process:
            yield process
            process.kill()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A scheduler's address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    with started(folder, "scheduler", "--host", host, "--port", str(port)) as process:
        yield f"tcp://{host}:{port}", process


@contextmanager
def worker(folder: Path, address: str, *more: str) -> Iterator[None]:
    with started(folder, "worker", address, "--nthreads", "1", "--local-directory", str(folder), *more):
        yield


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two workers; one has a nanny, which starts it again when it is killed."""
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as (address, _), worker(folder, address), worker(folder, address, "--no-nanny"):
        yield address


@contextmanager
def driver(folder: Path, root: Path, *more: str, partitioners: tuple[str, ...]) -> Iterator[subprocess.Popen]:
    """The leaderboard as a command."""
    command = [*plugged_in(folder, "-m", "bench.leaderboard"), *options(root, *more, partitioners=partitioners)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        yield process


def first(marker: Path) -> str:
    """A partitioner that sleeps when it is first called."""
    return f"misbehaving(way=first, file={marker})"


def worker_of_first(marker: Path) -> int:
    """The process of the worker on which it sleeps."""
    wait_for(lambda: marker.exists() and marker.read_text().endswith("\n"))
    return int(marker.read_text())


def test_the_cells_of_a_lost_worker_are_run_by_another(cluster: str, nuclei: Path, tmp_path: Path) -> None:
    chosen = ("gaec", first(tmp_path / "marker"), "singletons", "oracle", "pa-gaec")
    with driver(tmp_path, nuclei, "--scheduler", cluster, partitioners=chosen) as running:
        os.kill(worker_of_first(tmp_path / "marker"), signal.SIGKILL)
        errors = running.stderr.read()
    assert running.returncode == 0, errors
    assert errors.count("to be run again") == 1 and "run by this process" not in errors
    on_cluster = table(nuclei)
    (nuclei.parent / "runs").rename(tmp_path / "cluster")
    with driver(tmp_path, nuclei, partitioners=chosen) as running:
        running.communicate()
    one, other = (found[SAME].sort_values("key", ignore_index=True) for found in (on_cluster, table(nuclei)))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert sorted(one["status"]) == ["not applicable"] + [OK] * 4


def test_a_killed_driver_goes_on_from_what_is_finished(cluster: str, nuclei: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    chosen = ("gaec", f"misbehaving(way=sleep, file={lock})")
    with driver(tmp_path, nuclei, "--scheduler", cluster, "--timeout", "200", partitioners=chosen) as running:
        wait_for(lambda: is_locked(lock) and times(nuclei))
        running.kill()
    finished = times(nuclei)
    wait_for(lambda: not is_locked(lock))  # the worker is free for others
    with driver(tmp_path, nuclei, "--scheduler", cluster, "--timeout", "1", partitioners=chosen) as running:
        errors = running.stderr.read()
    assert running.returncode == 0, errors
    assert len(finished) == 1 and finished.items() <= times(nuclei).items()
    assert table(nuclei)["status"].tolist() == [OK, TIMEOUT]


def test_it_waits_for_a_worker_and_stops_without_a_scheduler(nuclei: Path, tmp_path: Path) -> None:
    chosen = ("gaec", first(tmp_path / "marker"))
    with (
        scheduler(tmp_path) as (address, process),
        driver(tmp_path, nuclei, "--scheduler", address, partitioners=chosen) as running,
    ):
        assert any(f"no worker at {address}: waiting 600 s" in line for line in running.stderr)
        with worker(tmp_path, address, "--no-nanny"):
            worker_of_first(tmp_path / "marker")
            process.kill()
            errors = running.stderr.read()
    assert running.returncode == 2
    assert f"the connection to {address} is lost" in errors.splitlines()[-1] and "Traceback" not in errors
    assert len(times(nuclei)) == 1


def test_data_that_workers_lack_are_read_by_the_driver(
    cluster: str, nuclei: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(nuclei.parent)
    found = board(Path(nuclei.name), "--scheduler", cluster, partitioners=("gaec", "oracle"))
    assert found["status"].tolist() == [OK, OK]
    lines = [line for line in caplog.messages if "run by this process" in line]
    assert [line.startswith("oracle, ") for line in lines] == [False, True]


def test_other_versions_are_refused(cluster: str, nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "versions", lambda packages: {"numpy": "0.1"})
    with pytest.raises(InputError, match=r"no worker with the versions .* numpy \S+ instead of 0\.1"):
        board(nuclei, "--scheduler", cluster, "--patience", "0.1")
    assert not times(nuclei)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://nowhere:1"])
def test_a_wrong_address_is_an_error(address: str, nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "CONNECT", 0.5)
    with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"):
        board(nuclei, "--scheduler", address)


def test_files_go_in_messages_of_limited_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_here", lambda folder: tmp_path / folder)
    monkeypatch.setattr(tasks, "MESSAGE", 8)
    for name in "abc":
        tasks.put("store", name, 5 * name.encode())
    assert tasks.lacking("store", ["a", "d"]) == ["d"]
    assert tasks.get("store", ["a", "b", "c"]) == {"a": b"aaaaa"}
    monkeypatch.setattr(tasks, "MESSAGE", 10)
    assert list(tasks.get("store", ["b", "c", "a"])) == ["b", "c"]


def test_a_plugin_file_is_brought_to_workers_anew_when_it_changes(cluster: str, nuclei: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    for threshold in (0.5, 0.6):
        made = f"def mine():\n    return create('gaec', threshold={threshold})\n"
        file.write_text(f"from partitioners import create, register\n\n\n@register('mine')\n{made}")
        same = f"gaec(threshold={threshold})"
        more = ("--scheduler", cluster, "--plugin", str(file))
        with driver(tmp_path, nuclei, *more, partitioners=("mine", same)) as running:
            errors = running.stderr.read()
        assert running.returncode == 0 and "run by this process" not in errors, errors
        lines = table(nuclei).set_index("partitioner")
        assert (lines["status"] == OK).all() and lines.loc["mine", "energy"] == lines.loc[same, "energy"]
