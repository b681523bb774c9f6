"""The scaling benchmark: what is timed, what is left out and why, and that finished cells are kept."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.asv_benchmarks.growth import PIXELS
from bench.engine.isolation import OK, Ending, Limits
from bench.scaling import __main__ as command
from bench.scaling import cells, run, suite, tables
from bench.scaling.cells import MODES, Place
from partitioners import PARTITIONERS, InputError, needs
from partitioners.expressions import parse
from partitioners.registry import Entry

ROOT = Path(__file__).parents[2]
SECONDS = {32_768: 0.01, 131_072: 0.05, 524_288: 0.25}
"""Of a made-up partitioner, five times as long for four times the pixels."""


def options(folder: Path, *more: str) -> list[str]:
    chosen = ["--partitioners", "components", "pa-gaec", "--largest", "0.04", "--box", "2", "--modes", "single"]
    return [*chosen, "--output", str(folder / "scaling"), "--runs", str(folder / "runs"), *more]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a real run, of one partitioner that works and one that needs more than a pyramid."""
    folder = tmp_path_factory.mktemp("finished")
    command.main(options(folder))
    return folder


def table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "scaling/scaling.csv", keep_default_na=False, na_values=[""]).set_index("partitioner")


def test_a_partitioner_is_timed_by_asv_and_one_that_fails_is_a_line(finished: Path) -> None:
    found = table(finished)
    components, failed = found.loc["components"], found.loc["pa-gaec"]
    assert 0 < components["low"] <= components["seconds"] <= components["high"] and components["repeats"] >= 1
    assert (components["height"], components["width"], components["threads"]) == (128, 256, 1)
    assert pd.isna(failed["seconds"]) and failed["note"].startswith("failed: graph: expected segments")
    written = {path.name for path in (finished / "scaling").iterdir()} - {"asv", "asv.conf.json"}
    assert written == {"scaling.csv", "history.csv", "scaling.md", "scaling-single.png", "origin.json"}
    assert len(pd.read_csv(finished / "scaling/history.csv")) == int(not components["dirty"])


def test_asv_results_name_no_path_of_the_machine(finished: Path) -> None:
    kept = [path for path in finished.rglob("*.json") if path.parent.parent.name == "asv"]
    assert len(kept) == 2  # the machine's and the commit's
    for path in kept:
        assert sys.prefix not in path.read_text() and sys.prefix.replace("/", "_") not in path.name


def test_each_column_is_explained(finished: Path) -> None:
    explained = (ROOT / "results/README.md").read_text()
    explained = explained[explained.index("## Files of a scaling run") :]
    for name in ("scaling", "history"):
        for column in pd.read_csv(finished / f"scaling/{name}.csv").columns:
            assert f"`{column}`" in explained, column


def test_what_is_finished_is_kept_and_failures_are_tried_within_other_limits(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []

    def call(work: object, cell: cells.Cell, *_: object, log: Path, **__: object) -> Ending:
        called.append(str(cell.partitioner))
        return Ending("crashed", "just so")

    monkeypatch.setattr(run.isolation, "call", call)
    before = table(finished)
    command.main(options(finished))
    pd.testing.assert_frame_equal(table(finished), before)
    command.main(options(finished, "--box", "3", "--output", str(finished / "other"), "--overwrite", "never"))
    assert called == []
    command.main(options(finished, "--box", "3"))
    assert called == ["pa-gaec"] and table(finished).loc["pa-gaec", "note"] == "crashed: just so"


class Board:
    """Cells that are 'timed' without asv; each takes what `SECONDS` says."""

    def __init__(self, folder: Path) -> None:
        self.place = Place("0" * 12, "here", folder / "asv", folder / "asv", folder / "runs")
        self.timed: list[tuple[str, str, int]] = []

    def timings(self, results: Path, machine: str) -> pd.DataFrame:
        lines = [
            (
                self.place.commit,
                pd.Timestamp(0, tz="UTC"),
                "v",
                *name,
                SECONDS[name[2]] * MODES[name[0]].images,
                0.0,
                9.0,
                3,
            )
            for name in self.timed
        ]
        return pd.DataFrame(lines, columns=suite.COLUMNS)

    def call(self, work: object, cell: cells.Cell, *_: object, **__: object) -> Ending:
        self.timed.append(cell.name)
        return Ending(OK)

    def plan(self, box: float = 100.0, overwrite: str = "missing", sizes: tuple[int, ...] = PIXELS[:3]) -> run.Plan:
        chosen = [parse("components"), parse("gaec(linkage=sum)")]
        return run.Plan(list(MODES.values()), chosen, sizes, self.place, Limits(box, 1.0, 1), overwrite)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    made = Board(tmp_path)
    monkeypatch.setattr(suite, "timings", made.timings)
    monkeypatch.setattr(run.isolation, "call", made.call)
    return made


def test_all_cells_are_timed_once_and_exponents_fitted(board: Board) -> None:
    found = run.run(board.plan())
    assert len(board.timed) == len(found) == 12
    assert found["exponent"].to_numpy() == pytest.approx(1.161, abs=1e-3)  # log 5 / log 4
    assert found["seconds"].tolist() == pytest.approx([*SECONDS.values()] * 4)  # of a batch: per image
    run.run(board.plan())
    assert len(board.timed) == 12
    run.run(board.plan(overwrite="always"))
    assert len(board.timed) == 24


def test_what_would_exceed_the_box_is_left_out_with_its_estimate(board: Board) -> None:
    found = run.run(board.plan(box=0.11)).query("mode == 'single' and partitioner == 'components'")
    assert found["seconds"].count() == 2 and found["repeats"].tolist() == [3, 3, 0]
    assert found["note"].tolist() == ["", "", "left out: about 0.5 s, 0.11 s allowed"]


def test_after_a_failure_larger_images_are_left_out(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.isolation, "call", lambda *_, **__: Ending("crashed", "just so"))
    found = run.run(board.plan()).groupby("partitioner")["note"].first()
    notes = run.run(board.plan())["note"]
    assert (found == "crashed: just so").all()
    assert notes[1] == notes[2] == "left out: at 0.03 megapixels crashed: just so"


def test_a_missing_peer_is_a_line_that_says_so(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = PARTITIONERS.entry("components")
    missing = Entry(entry.name, entry.factory, needs("no_such_package", extra="peers"))
    monkeypatch.setitem(PARTITIONERS._entries, "components", missing)
    found = run.run(board.plan()).query("partitioner == 'components'")
    assert found["note"].str.contains("unavailable: needs no_such_package: pip install").all()
    assert {name for _, name, _ in board.timed} == {"gaec(linkage=sum)"}


@pytest.mark.parametrize(
    ("printed", "note"),
    [
        ("asv: benchmark timed out (timeout 62.0s)", "timeout: took much more than 2 s"),
        ("MemoryError: Unable to allocate", "out of memory: needed more than 1 GB"),
        ("   partitioners.errors.InputError: initial: needed", "failed: initial: needed"),
        ("asv: benchmark failed (exit status -11)", "crashed: ended with exit status -11"),
        ("  asv: skipped: NotImplementedError(\"partitioner: no 'x'\")", "failed: partitioner: no 'x'"),
        ("nothing", "failed: see log.txt"),
    ],
)
def test_reasons_are_found_in_what_asv_prints(printed: str, note: str, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text(f"some\n{printed}\nlines")
    assert run._reason(log, Limits(2.0, 1.0, 1)) == note


def test_the_paper_is_in_the_table_at_its_size(board: Board) -> None:
    measured = tables.with_history(run.run(board.plan()), board.place).query("mode == 'batch'")
    measured = measured.assign(megapixels=measured["megapixels"] * 4)
    essentials = tables._essentials(measured).set_index("partitioner")
    assert essentials.loc["paper: Cascade-GAEC", "2.10 MP"] == 0.244
    assert essentials.loc["paper: SSAP", "2.10 MP"] == 1.74
    assert essentials["2.10 MP"].is_monotonic_increasing


def test_a_curve_is_compared_with_the_last_commit_before(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    table = run.run(board.plan())
    now = board.timings(board.place.results, "here")
    days = {"1" * 12: -2, "2" * 12: -1, "3" * 12: 1}
    others = [
        now.assign(commit=commit, when=now["when"] + pd.Timedelta(days=day), seconds=now["seconds"] * (1 + abs(day)))
        for commit, day in days.items()
    ]
    others.append(others[1].assign(version="another", when=now["when"] - pd.Timedelta(hours=1)))
    monkeypatch.setattr(suite, "timings", lambda *_: pd.concat([now, *others[:-1], others[-1].iloc[:1]]))
    found = tables.with_history(table, board.place)
    assert (found["commit_before"] == "2" * 12).all() and found["ratio_to_before"].to_numpy() == pytest.approx(0.5)
    assert (tables._essentials(found[found["mode"] == "single"])["to_before"] == 0.5).all()


def test_a_cell_is_found_by_asv_alone() -> None:
    cell = cells.Cell(MODES["single"], parse("cascade-gaec(finest=gas)"), 32_768)
    name = "growth.Growth.time_partition('cascade-gaec(finest=gas)', {})"
    assert re.search(cell.benchmark, name.format(32_768)) and not re.search(cell.benchmark, name.format(327_680))


def test_code_outside_of_git_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cells, "provenance", lambda: {"commit": "unknown", "dirty": False, "machine": ""})
    with pytest.raises(InputError, match="git repository"):
        Place.of(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--modes", "singel"], "did you mean 'single'"),
        (["--largest", "0.01"], "at least 0.033 megapixels, got 0.01"),
        (["--partitioners", "gaeq"], "did you mean 'gaec'"),
    ],
)
def test_mistakes_are_explained(more: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        command.main(options(tmp_path, *more))


def test_the_exponent_of_a_power_is_found() -> None:
    pixels = pd.Series([1.0, 4.0, 16.0, 64.0])
    assert run.exponent(pixels, 3 * pixels**1.25) == pytest.approx(1.25)
    assert run.exponent(pixels, (pixels**2).where(pixels < 16)) == pytest.approx(2)
    assert np.isnan(run.exponent(pixels, pixels.where(pixels < 2)))
