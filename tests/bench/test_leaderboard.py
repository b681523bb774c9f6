"""The leaderboard from the command line: ranks, resumption, keys, what fails, and what goes wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import redirect_stdout
from fcntl import LOCK_EX, LOCK_NB, flock
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from layouts import save

from bench import cli, provenance
from bench.datasets import create
from bench.isolation import OK, OUT_OF_MEMORY, TIMEOUT, Limits
from bench.leaderboard import plan as planning
from bench.leaderboard.__main__ import main
from bench.leaderboard.cells import Record
from bench.leaderboard.choices import Choice, choose
from bench.leaderboard.plan import plan
from bench.leaderboard.run import cells_due
from bench.leaderboard.scheduling import here
from partitioners import PARTITIONERS, InputError, needs
from partitioners.registry import Entry

ROOT = Path(__file__).parents[2]
TWO = ("gaec", "singletons")


class Finished(NamedTuple):
    """What a run wrote and printed."""

    table: pd.DataFrame
    markdown: str
    printed: str


def write_nuclei(folder: Path) -> Path:
    """Three images of 40 × 56 pixels with three nuclei, two of which touch."""
    root = folder / "blobs"
    masks = np.zeros((40, 56), int)
    masks[4:20, 4:20], masks[4:20, 20:36], masks[24:36, 6:34] = 1, 2, 3
    for name in "abc":
        save(root / f"images/{name}.png", (masks > 0) * 200)
        save(root / f"masks/{name}.png", masks, np.uint16)
    return root


@pytest.fixture
def nuclei(tmp_path: Path) -> Path:
    return write_nuclei(tmp_path)


def options(root: Path, *more: str, partitioners: tuple[str, ...] = TWO) -> list[str]:
    """The command line for a data set, with runs/ beside it."""
    chosen = ["--datasets", f"nuclei:root={root}", "--models", "oracle:noise=0", "--partitioners", *partitioners]
    return [*chosen, "--runs", str(root.parent / "runs"), *more]


def table(root: Path) -> pd.DataFrame:
    return pd.read_csv(root.parent / "runs/leaderboard/leaderboard.csv", keep_default_na=True)


def board(root: Path, *more: str, partitioners: tuple[str, ...] = TWO) -> pd.DataFrame:
    """Run the leaderboard and return its table."""
    main(options(root, *more, partitioners=partitioners))
    return table(root)


def times(root: Path) -> dict[Path, int]:
    """When each record was written."""
    return {path: path.stat().st_mtime_ns for path in (root.parent / "runs/partitions").glob("*/cell.json")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """One run, for tests that only look at it."""
    root = write_nuclei(tmp_path_factory.mktemp("finished"))
    partitioners = ("components", "oracle", "gaec", "gaec:threshold=0.7", "singletons", "pa-gaec", "networkx-louvain")
    with redirect_stdout(StringIO()) as printed:
        main(options(root, "--seed", "3", partitioners=partitioners))
    markdown = (root.parent / "runs/leaderboard/leaderboard.md").read_text()
    return Finished(table(root).set_index("partitioner"), markdown, printed.getvalue())


def test_partitioners_are_ranked(finished: Finished) -> None:
    found = finished.table
    assert found["rank"].dropna().tolist() == [1, 2, 3, 4, 5, 6]
    assert found.loc[["oracle", "gaec", "components", "singletons"], "AP"].tolist() == [100, 100, 100, 0]
    best = found[found["AP"] == 100]
    assert best["rank"].tolist() == list(range(1, len(best) + 1))
    assert best["seconds_per_image"].is_monotonic_increasing and (best["AP_low"] == 100).all()
    failed = found.loc["pa-gaec"]
    assert failed["status"] == "failed" and "expected segments" in failed["note"]
    assert np.isnan(failed["AP"]) and np.isnan(failed["rank"])
    for text in (finished.markdown, finished.printed):
        assert "nuclei:root=blobs, affinities of oracle:seed=3, 3 images" in text
        assert "100.0 (100.0…100.0)" in text and "failed: graph: expected segments" in text


def test_each_column_is_explained(finished: Finished) -> None:
    explained = (ROOT / "results/README.md").read_text()
    for column in finished.table.reset_index().columns:
        name = re.sub(r"^AP_(?!low|high|DSB).*", "AP_…", column)
        assert f"`{name}`" in explained, column


def test_rows_say_where_they_come_from(finished: Finished) -> None:
    found, here = finished.table, provenance.provenance()
    assert (found["seed"] == 3).all() and (found["threads"] == 1).all()
    assert all((found[name].astype(str) == str(here[name])).all() for name in ("commit", "dirty", "machine", "numpy"))
    own, peer = found.loc["gaec:threshold=0.7"], found.loc["networkx-louvain:seed=3"]
    assert own["parameters"] == "linkage=wpgma, threshold=0.7"
    assert re.fullmatch(r"scipy \d\S+, networkx \d\S+", peer["packages"]) and "networkx" not in own["packages"]
    assert peer["data_revision"] == own["data_revision"] and peer["key"] != own["key"]
    assert f"Commit {here['commit']}" in finished.markdown


def test_what_is_finished_is_not_run_again(nuclei: Path) -> None:
    first, written = board(nuclei), times(nuclei)
    again = board(nuclei, partitioners=(*TWO, "one-cluster"))
    assert {path: times(nuclei)[path] for path in written} == written
    again, first = again.set_index("partitioner"), first.set_index("partitioner")
    pd.testing.assert_frame_equal(again.loc[list(TWO)].drop(columns="rank"), first.loc[list(TWO)].drop(columns="rank"))


def test_overwrite(nuclei: Path) -> None:
    nothing = board(nuclei, "--overwrite", "never")
    assert nothing["status"].tolist() == ["not run"] * 2 and not times(nuclei)
    assert nothing[["commit", "key", "data_revision"]].notna().all(axis=None)
    board(nuclei, partitioners=("gaec",))
    before = times(nuclei)
    assert board(nuclei, "--overwrite", "never")["status"].tolist() == [OK, "not run"]
    board(nuclei)
    assert len(times(nuclei)) == 2 and before.items() <= times(nuclei).items()
    board(nuclei, "--overwrite", "always")
    assert all(after > before.get(path, 0) for path, after in times(nuclei).items())


def test_more_workers_find_the_same(nuclei: Path) -> None:
    columns = ["partitioner", "AP", "ARE", "energy", "key"]
    one, two = (board(nuclei, "--overwrite", "always", "--workers", n)[columns] for n in "12")
    pd.testing.assert_frame_equal(*(found.sort_values("key", ignore_index=True) for found in (one, two)))


def test_half_a_record_is_none_and_a_damaged_answer_says_so(nuclei: Path) -> None:
    board(nuclei)
    record, other = sorted(times(nuclei))
    record.write_bytes(record.read_bytes()[:50])
    (other.parent / "b.npz").write_bytes(b"")
    found = board(nuclei).set_index("partitioner")
    assert found["status"].to_dict() == {"gaec": OK, "singletons": "failed"}
    assert "--overwrite always" in found.loc["singletons", "note"]
    again = board(nuclei, "--overwrite", "always")
    assert again["status"].tolist() == [OK, OK]


def test_pyramids_are_predicted_once(nuclei: Path) -> None:
    board(nuclei, "--limit", "2", partitioners=("gaec",))
    folder = nuclei.parent / "runs/pyramids"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}
    assert len(before) == 2
    assert board(nuclei, partitioners=("gaec",))["images"].tolist() == [3]
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}
    assert len(after) == 3 and before.items() <= after.items()


def test_a_damaged_image_is_left_out(nuclei: Path, caplog: pytest.LogCaptureFixture) -> None:
    (nuclei / "masks/b.png").write_bytes(b"no image")
    assert board(nuclei, partitioners=("gaec",))["images"].tolist() == [2]
    assert "b.png" in caplog.text


def test_a_model_without_pyramids_is_one_row(nuclei: Path) -> None:
    found = board(nuclei, "--models", "oracle", "saved")
    assert found["model"].tolist() == ["oracle:noise=0.75"] * 2 + ["saved:root=blobs"]
    lost = found.iloc[-1]
    assert (lost["partitioner"], lost["status"]) == ("-", "failed")
    assert lost["note"].startswith("no pyramids: ") and "pyramids/a.npz" in lost["note"]


def test_what_is_unavailable_is_a_row(nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Entry("gone", object, needs("no_such_package", extra="peers"))
    monkeypatch.setitem(PARTITIONERS._entries, "gone", gone)
    found = board(nuclei, partitioners=("gone", "gaec")).set_index("partitioner")
    assert found["status"].to_dict() == {"gaec": OK, "gone": "unavailable"}
    assert found.loc["gone", "note"] == "needs no_such_package: pip install 'affinity-bench[peers]'"


def keys(root: Path, *partitioners: str, model: str = "oracle", limit: int = 3, seed: int = 0) -> list[str]:
    cells = plan([f"nuclei:root={root}"], [model], partitioners, limit, seed)
    assert len({cell.key for cell in cells}) == len(cells) == len(partitioners)
    return [cell.key for cell in cells]


def test_keys_change_with_all_that_decides_an_answer(nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = keys(nuclei, "networkx-louvain")
    assert keys(nuclei, "networkx-louvain") == plain
    assert keys(nuclei, "networkx-louvain:resolution=1.0") == plain
    assert keys(nuclei, "networkx-louvain", model="oracle:noise=0.75") == plain
    seen = [
        plain,
        keys(nuclei, "networkx-louvain:resolution=2"),
        keys(nuclei, "networkx-louvain", model="oracle:noise=0.5"),
        keys(nuclei, "networkx-louvain", limit=2),
        keys(nuclei, "networkx-louvain", seed=1),
    ]
    monkeypatch.setattr(provenance, "version", lambda name: "0.0")
    seen.append(keys(nuclei, "networkx-louvain"))
    monkeypatch.setattr(planning, "code_key", lambda: "other code")
    seen.append(keys(nuclei, "networkx-louvain"))
    mask = np.zeros((40, 56), int)
    save(nuclei / "masks/c.png", mask, np.uint16)
    seen.append(keys(nuclei, "networkx-louvain"))
    for content in (b"one", b"another"):
        (nuclei / "pyramids").mkdir(exist_ok=True)
        (nuclei / "pyramids/a.npz").write_bytes(content)
        seen.append(keys(nuclei, "networkx-louvain", model="saved"))
    assert len({key for (key,) in seen}) == len(seen)


def test_the_key_of_a_plug_in_changes_with_its_file(
    nuclei: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "plugged_in.py"
    monkeypatch.syspath_prepend(str(tmp_path))
    found = []
    for text in ("class Thing: pass\n", "class Thing:\n    pass\n"):
        module.write_text(text)
        monkeypatch.delitem(sys.modules, "plugged_in", raising=False)
        factory = __import__("plugged_in").Thing
        monkeypatch.setitem(PARTITIONERS._entries, "plugged", Entry("plugged", factory, lambda: None))
        found += keys(nuclei, "plugged")
    assert found[0] != found[1]


def test_a_record_of_failure_holds_until_limits_are_wider(nuclei: Path, tmp_path: Path) -> None:
    (cell,) = plan([f"nuclei:root={nuclei}"], ["oracle"], ["gaec"], 3, 0)

    def due(status: str, limits: Limits) -> bool:
        Record(status, limits=Limits(3 * 10, 4)).write(cell.folder(tmp_path))
        return cells_due([cell], tmp_path, limits, "missing") == [cell]

    assert not due(TIMEOUT, Limits(10, 8)) and due(TIMEOUT, Limits(11, 4))
    assert not due(OUT_OF_MEMORY, Limits(20, 4)) and due(OUT_OF_MEMORY, Limits(10, 5))
    assert not any(due(status, Limits(20, 8)) for status in (OK, "failed", "crashed"))


def test_choices() -> None:
    assert [one.name for one in choose(PARTITIONERS, ["gae*", "gaec"])] == ["gaec", "gaec-reference"]
    (one,) = choose(PARTITIONERS, ["cascade-gaec:grouping=None,min_size=3,affinity=gaec"], seed=7)
    assert one == Choice("cascade-gaec", (("grouping", None), ("min_size", 3)))
    assert one.label == "cascade-gaec:grouping=None,min_size=3"
    assert choose(PARTITIONERS, ["gas", "gas:seed=0"], seed=7) == [Choice("gas", (("seed", 7),)), Choice("gas")]
    assert Choice("x", (("root", Path("/a/b/")),)).label == "x:root=b"


def test_list_and_dry_run_change_nothing(nuclei: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(options(nuclei, "--dry-run"))
    assert capsys.readouterr().out.count("not run") == 2
    assert not (nuclei.parent / "runs").exists()
    board(nuclei, partitioners=("gaec",))
    capsys.readouterr()
    main(options(nuclei, "--list"))
    listed = capsys.readouterr().out.splitlines()
    assert [re.split(r"  +", line)[0] for line in listed[:2]] == ["ok", "not run"]
    main(options(nuclei, "--dry-run"))
    planned = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1].split(",")[0] for line in planned[:-1]] == ["singletons"]
    assert planned[-1].startswith("Cells to run: 1;")


def test_a_revision_of_generated_scenes_needs_none_of_them(tmp_path: Path) -> None:
    parameters = ({}, {"seed": 1}, {"split": "train"})
    made = [create("street", root=tmp_path / "none", **more).revision("street_000000_000019") for more in parameters]
    assert len(set(made)) == 3 and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--partitioners", "gaek"], "did you mean 'gaec'"),
        (["--partitioners", "zzz*"], "no 'zzz*'"),
        (["--partitioners", "gaec:linkag=sum"], "did you mean 'linkage'"),
        (["--partitioners", "gaec:sum"], "NAME:KEY=VALUE"),
        (["--models", "oracel"], "did you mean 'oracle'"),
        (["--datasets", "nuclei"], "needs the parameter 'root'"),
        (["--datasets", "nuclei:root=/no/such"], "/no/such"),
    ],
)
def test_mistakes_end_with_one_line(
    more: list[str], message: str, nuclei: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda: main(options(nuclei, *more)))
    assert stopped.value.code == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


def test_no_readable_image_is_an_error(nuclei: Path) -> None:
    for mask in (nuclei / "masks").iterdir():
        mask.write_bytes(b"")
    with pytest.raises(InputError, match="no image can be read"):
        main(options(nuclei))


def test_the_scheduler_yields_what_is_done_and_drops_the_rest_after_an_error() -> None:
    started: list[int] = []

    def run(task: int) -> int:
        started.append(task)
        if task == 2:
            raise OSError("disk full")
        time.sleep(0.05)
        return task * task

    done = here(run, range(100), workers=1)
    assert next(done) == (0, 0)
    with pytest.raises(OSError, match="disk full"):
        list(done)
    assert len(started) < 10


@pytest.fixture
def command(nuclei: Path, tmp_path: Path) -> list[str]:
    """The leaderboard as a command, in an environment where a misbehaving partitioner is plugged in."""
    points = tmp_path / "site/misbehaving-1.0.dist-info"
    points.mkdir(parents=True)
    (points / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n")
    (points / "entry_points.txt").write_text("[affinity_bench.partitioners]\nmisbehaving = misbehaving_plugin\n")
    path = os.pathsep.join(map(str, (points.parent, ROOT / "tests/bench", ROOT / "tests/bench/plugin")))
    return ["env", f"PYTHONPATH={path}", sys.executable, "-m", "bench.leaderboard"]


WAYS = ("exception", "silent_exit", "segmentation_fault", "memory", "wrong-size")


def test_whatever_a_partitioner_does_the_others_go_on(command: list[str], nuclei: Path) -> None:
    chosen = (*(f"misbehaving:way={way}" for way in WAYS), "misbehaving", "gaec")
    limits = ("--limit", "1", "--memory", "2")
    done = subprocess.run([*command, *options(nuclei, *limits, partitioners=chosen)], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    found = table(nuclei).set_index("partitioner")
    status = found["status"].to_dict()
    expected = ["failed", "crashed", "crashed", "out of memory", "failed"]
    assert {way: status.pop(f"misbehaving:way={way}") for way in WAYS} == dict(zip(WAYS, expected, strict=True))
    assert status == {"misbehaving": "failed", "gaec": OK}
    notes = found["note"]
    assert notes["misbehaving:way=exception"] == "ValueError: no numbers today"
    assert "Segmentation fault" in notes["misbehaving:way=segmentation_fault"]
    assert "size" in notes["misbehaving:way=wrong-size"] and "'way'" in notes["misbehaving"]
    assert found["AP"].notna().tolist() == [True] + [False] * 6


def wait_for(condition: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_locked(path: Path) -> bool:
    with path.open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return True
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_is_killed_goes_on_from_what_is_finished(
    command: list[str], nuclei: Path, tmp_path: Path, number: int
) -> None:
    lock = tmp_path / "lock"
    chosen = ("gaec", f"misbehaving:way=sleep,locked={lock}")
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
