"""The leaderboard's tables: ranks, resumption, and what fails."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from boards import TWO, board, options, table, times, write_nuclei

from bench.engine import provenance
from bench.engine.isolation import OK
from bench.leaderboard.__main__ import main
from partitioners import PARTITIONERS, InputError, needs
from partitioners.registry import Entry

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


class Finished(NamedTuple):
    """What a run wrote and printed."""

    table: pd.DataFrame
    markdown: str
    printed: str


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """One run, for tests that only look at it."""
    root = write_nuclei(tmp_path_factory.mktemp("finished"))
    partitioners = ("components", "oracle", "gaec", "gaec(threshold=0.7)", "singletons", "pa-gaec", "networkx-louvain")
    partitioners += ("gaec(linkage=sum)",)
    with redirect_stdout(StringIO()) as printed:
        main(options(root, "--seed", "3", partitioners=partitioners))
    markdown = (root.parent / "board/leaderboard.md").read_text()
    return Finished(table(root).set_index("partitioner"), markdown, printed.getvalue())


def test_partitioners_are_ranked(finished: Finished) -> None:
    found = finished.table
    assert found["rank"].dropna().tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert found.loc[["oracle", "gaec", "components", "singletons"], "AP"].tolist() == [100, 100, 100, 0]
    best = found[found["AP"] == 100]
    assert best["rank"].tolist() == list(range(1, len(best) + 1))
    assert best["seconds_per_image"].is_monotonic_increasing and (best["AP_low"] == 100).all()
    failed = found.loc["pa-gaec"]
    assert failed["status"] == "not applicable" and "expected segments" in failed["note"]
    assert np.isnan(failed["AP"]) and np.isnan(failed["rank"])
    for text in (finished.markdown, finished.printed):
        assert "nuclei(root=blobs), affinities of oracle(noise=0), 3 images" in text
        assert "100.0 (100.0…100.0)" in text and "not applicable: graph: expected" in text
        assert re.search(r"partitioner\W+CSI\W+CSI50\W+AP", text)  # of nuclei, their own measure comes first


def test_multicut_rows_have_their_gap(finished: Finished) -> None:
    assert finished.table["gap"].dropna().to_dict() == {"gaec(linkage=sum)": pytest.approx(0, abs=1e-9)}
    for text in (finished.markdown, finished.printed):
        assert (
            re.search(r"gaec\(linkage=sum\).+ 0\.00 ", text) and "gap, of partitioners that cut by summed costs" in text
        )


def test_solvers_of_other_packages_are_timed_apart(finished: Finished) -> None:
    seconds = finished.table["solver_seconds_per_image"]
    assert seconds.notna().sum() == 1
    assert 0 < seconds["networkx-louvain"] < finished.table.loc["networkx-louvain", "seconds_per_image"]


def test_rows_say_where_they_come_from(finished: Finished) -> None:
    found, here = finished.table, provenance.provenance()
    assert (found["seed"] == 3).all() and (found["threads"] == 1).all()
    assert all((found[name].astype(str) == str(here[name])).all() for name in ("commit", "dirty", "machine", "numpy"))
    own, peer = found.loc["gaec(threshold=0.7)"], found.loc["networkx-louvain"]
    assert re.fullmatch(r"networkx \d\S+, scipy \d\S+", peer["packages"]) and "networkx" not in own["packages"]
    assert peer["data_revision"] == own["data_revision"] and peer["key"] != own["key"]
    assert f"Commit {here['commit']}" in finished.markdown


def test_what_is_finished_is_not_run_again(nuclei: Path) -> None:
    first, written = board(nuclei), times(nuclei)
    again = board(nuclei, partitioners=(*TWO, "one-cluster"))
    assert {path: times(nuclei)[path] for path in written} == written
    again, first = again.set_index("partitioner"), first.set_index("partitioner")
    pd.testing.assert_frame_equal(again.loc[list(TWO)].drop(columns="rank"), first.loc[list(TWO)].drop(columns="rank"))


def test_overwrite(nuclei: Path) -> None:
    with pytest.raises(InputError, match="nothing could be measured: not run"):
        board(nuclei, "--overwrite", "never")
    nothing = table(nuclei)
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
    assert found["model"].tolist() == ["oracle"] * 2 + ["saved"]
    lost = found.iloc[-1]
    assert (lost["partitioner"], lost["status"]) == ("-", "failed")
    assert lost["note"].startswith("no pyramids: ") and "pyramids/a.npz" in lost["note"]


def test_what_is_unavailable_is_a_row(
    nuclei: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Entry("gone", object, needs("no_such_package", extra="peers"))
    monkeypatch.setitem(PARTITIONERS._entries, "gone", gone)
    found = board(nuclei, partitioners=("gone", "gaec")).set_index("partitioner")
    assert found["status"].to_dict() == {"gaec": OK, "gone": "unavailable"}
    assert found.loc["gone", "note"] == "needs no_such_package: pip install 'affinity-bench[peers]'"
    assert "'affinity-bench[peers]'" in capsys.readouterr().out


def test_a_run_without_any_answer_fails(nuclei: Path) -> None:
    with pytest.raises(
        InputError, match=r"nothing could be measured: unavailable: threshold: .*; not applicable: graph: "
    ):
        board(nuclei, partitioners=("gaec(threshold=7)", "pa-gaec"))
    assert sorted(table(nuclei)["status"]) == ["not applicable", "unavailable"]


def test_folders_of_one_name_are_different_data(tmp_path: Path) -> None:
    data = []
    for lab in ("lab1", "lab2"):
        (tmp_path / lab).mkdir()
        data.append(f"nuclei(root={write_nuclei(tmp_path / lab)})")
    models = [f"saved(root={tmp_path}/{run}/pred)" for run in ("runA", "runB")]
    chosen = ["--data", *data, "--models", *models, "--partitioners", "gaec", "gaec(threshold=0.5)"]
    with pytest.raises(InputError, match="nothing could be measured: not run"):
        main([*chosen, "--runs", str(tmp_path / "runs"), "--overwrite", "never", "--output", str(tmp_path)])
    found = pd.read_csv(tmp_path / "leaderboard.csv")
    assert found["partitioner"].tolist() == ["gaec"] * 4 and found["key"].nunique() == 2  # of the same images
    assert [names for names, _ in found.groupby(["dataset", "model"], sort=False)] == [
        (f"nuclei(root={lab}/blobs)", f"saved(root={run}/pred)") for lab in ("lab1", "lab2") for run in ("runA", "runB")
    ]
