"""The scaling benchmark: what is timed, what is left out and why, and that finished cells are kept."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.asv_benchmarks.growth import PIXELS
from bench.engine import tasks
from bench.engine.isolation import OK, Ending
from bench.publish.exhibits import store
from bench.scaling import __main__ as command
from bench.scaling import run, tables
from bench.scaling.cells import MODES, Cell
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


def test_a_partitioner_is_timed_and_one_that_fails_is_a_line(finished: Path) -> None:
    found = table(finished)
    components, failed = found.loc["components"], found.loc["pa-gaec"]
    assert 0 < components["low"] <= components["seconds"] <= components["high"] and components["repeats"] >= 1
    assert (components["height"], components["width"], components["threads"]) == (128, 256, 1)
    assert pd.isna(failed["seconds"]) and failed["note"].startswith("not applicable: graph: expected segments")
    written = {path.name for path in (finished / "scaling").iterdir()}
    assert written == {"scaling.csv", "scaling.md", "scaling-single.png"}


def test_each_column_is_explained(finished: Path) -> None:
    explained = (ROOT / "results/README.md").read_text()
    for column in table(finished).reset_index().columns:
        assert f"`{column}`" in explained, column


def test_what_is_finished_is_kept_with_where_and_when(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def call(work: Callable[..., None], *_: object, **__: object) -> Ending:
        called.append(str(work.__self__.partitioner))
        return Ending("crashed", "just so")

    before = table(finished)
    later = before.iloc[0][["commit", "dirty", "machine", "python", "numpy"]].to_dict() | {"date": "2099-01-01"}
    monkeypatch.setattr(tasks.isolation, "call", call)
    monkeypatch.setattr(run, "provenance", lambda: later)
    command.main(options(finished, "--box", "3"))
    pd.testing.assert_frame_equal(table(finished), before)
    command.main(options(finished, "--runs", str(finished / "other"), "--overwrite", "never"))
    assert called == [] and (table(finished)["note"] == "not run").all()
    command.main(options(finished, "--partitioners", "pa-gaec", "--overwrite", "always"))
    assert called == ["pa-gaec"] and table(finished).loc["pa-gaec", "note"] == "crashed: just so"
    assert table(finished).loc["pa-gaec", "date"] == "2099-01-01"


@pytest.mark.parametrize("change", [{"dirty": True}, {"dirty": False}, {"machine": "another"}])
def test_uncommitted_changes_and_other_machines_share_no_timings(
    board: "Board", change: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = run.provenance() | {"dirty": not change.get("dirty", True)}
    for now in (origin, origin | change):
        monkeypatch.setattr(run, "provenance", lambda now=now: now)
        found = run.run(board.plan())
        assert (found["dirty"] == now["dirty"]).all() and (found["machine"] == now["machine"]).all()
    assert len(board.timed) == 24


class Board:
    """Cells that are 'timed' at once; each takes what `SECONDS` says."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "runs"
        self.timed: list[Cell] = []
        self.endings: dict[str, Ending] = {}

    def call(self, work: Callable[..., None], *_: object, **__: object) -> Ending:
        cell: Cell = work.__self__
        self.timed.append(cell)
        seconds = SECONDS[cell.pixels] * cell.mode.images
        cell.folder(self.store).mkdir(parents=True, exist_ok=True)
        (cell.folder(self.store) / "seconds.json").write_text(json.dumps([seconds, 0.0, 9 * seconds]))
        return self.endings.get(cell.partitioner.name, Ending(OK))

    def plan(self, box: float = 100.0, overwrite: str = "missing", sizes: tuple[int, ...] = PIXELS[:3]) -> run.Plan:
        chosen = [parse("components"), parse("gaec(linkage=sum)")]
        return run.Plan(list(MODES.values()), chosen, sizes, self.store, box, 1.0, overwrite)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    made = Board(tmp_path)
    monkeypatch.setattr(tasks.isolation, "call", made.call)
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


def test_another_spelling_is_no_other_cell(board: Board) -> None:
    run.run(board.plan())
    plan = board.plan()
    respelled = run.Plan(**vars(plan) | {"partitioners": [parse("gaec(threshold=0.0, linkage=sum)")]})
    assert run.run(respelled)["seconds"].notna().all() and len(board.timed) == 12


def test_what_would_exceed_the_box_is_left_out_with_its_estimate(board: Board) -> None:
    found = run.run(board.plan(box=0.11)).query("mode == 'single' and partitioner == 'components'")
    assert found["seconds"].count() == 2 and found["repeats"].tolist() == [3, 3, 0]
    assert found["note"].tolist() == ["", "", "left out: about 0.5 s, 0.11 s allowed"]


def test_after_a_failure_larger_images_are_left_out(board: Board) -> None:
    board.endings["components"] = Ending("crashed", "just so")
    notes = run.run(board.plan()).query("mode == 'single' and partitioner == 'components'")["note"].tolist()
    assert notes == ["crashed: just so", *["left out: at 0.03 megapixels crashed: just so"] * 2]


def test_a_timeout_is_tried_again_with_a_larger_box_alone(board: Board) -> None:
    board.endings["components"] = Ending("timeout", "took long")
    for box, cells in ((100.0, 8), (90.0, 8), (110.0, 10)):  # of the one that ends, 3 sizes in 2 modes, once
        run.run(board.plan(box))
        assert len(board.timed) == cells


def test_a_missing_peer_is_a_line_that_says_so(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = PARTITIONERS.entry("components")
    missing = Entry(entry.name, entry.factory, needs("no_such_package", extra="peers"))
    monkeypatch.setitem(PARTITIONERS._entries, "components", missing)
    found = run.run(board.plan()).query("partitioner == 'components'")
    assert found["note"].str.contains("unavailable: needs no_such_package: pip install").all()
    assert {str(cell.partitioner) for cell in board.timed} == {"gaec(linkage=sum)"}


def test_the_paper_is_in_the_table_at_its_size(board: Board) -> None:
    measured = run.run(board.plan()).query("mode == 'batch'")
    measured = measured.assign(megapixels=measured["megapixels"] * 4)
    essentials = tables._essentials(measured).set_index("partitioner")
    assert essentials.loc["paper: Cascade-GAEC", "2.10 MP"] == 0.244
    assert essentials.loc["paper: SSAP", "2.10 MP"] == 1.74
    assert essentials["2.10 MP"].is_monotonic_increasing


def test_a_page_says_on_how_many_threads_rows_were_measured_wherever_it_is_made(board: Board, tmp_path: Path) -> None:
    measured = run.run(board.plan()).query("mode == 'batch'").assign(threads=3)
    store(measured, tmp_path / "scaling.csv")
    (exhibit,) = tables.exhibits(tmp_path)
    assert "a batch of 4 on 3 threads" in exhibit.note


def test_asv_is_not_needed() -> None:
    code = "import sys; sys.modules['asv'] = None; import bench.scaling.__main__"
    subprocess.run([sys.executable, "-c", code], check=True)


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
