"""The ablation from the command line: its tables, pictures, resumption, and what goes wrong."""

import hashlib
import json
import re
import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from boards import board
from layouts import save

from affinity_models import cli
from affinity_models.metrics.nuclei import NOTE
from bench.ablation import tables
from bench.ablation.__main__ import main
from bench.ablation.rows import AVERAGE, TABLE_4, chosen
from bench.engine import answers, schema
from bench.engine.cells import Record
from bench.engine.options import output_folder
from partitioners import PARTITIONERS, CascadeGAEC, InputError, create
from partitioners.expressions import parse

pytestmark = pytest.mark.slow

ROWS = [row.name for row in (*TABLE_4, AVERAGE)]


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    """Three images of 40 × 56 pixels with two touching nuclei and one in two pieces."""
    root = tmp_path / "blobs"
    masks = np.zeros((40, 56), int)
    masks[4:20, 4:20], masks[4:20, 20:36] = 1, 2
    masks[24:36, 6:18], masks[24:36, 22:34] = 3, 3
    for name in "abc":
        save(root / f"images/{name}.png", (masks > 0) * 200)
        save(root / f"masks/{name}.png", masks, np.uint16)
    return root


def run(root: Path, *options: str) -> pd.DataFrame:
    """Run the ablation, with runs/ and its tables beside the data, and return its table."""
    places = ["--runs", str(root.parent / "runs"), "--output", str(root.parent / "output")]
    main(["--data", f"nuclei(root={root})", "--models", "oracle", *places, *options])
    return pd.read_csv(root.parent / "output/ablation.csv", keep_default_na=True)


def test_tables_and_pictures_are_written(blobs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = run(blobs, "--noise", "0", "0.5")
    assert table["row"].tolist() == ROWS * 2
    assert table["noise"].tolist() == [0] * 5 + [0.5] * 5
    output = blobs.parent / "output"
    assert {path.name for path in output.iterdir()} == {
        "ablation.csv", "ablation.md", "ablation.png", "differences.csv", "examples.zip", "instances.jpg", "origin.json",
    }  # fmt: skip
    page = (output / "ablation.md").read_text()
    assert "| + PA-GAEC" in page and re.search(r"\| row +\| CSI +\| CSI50 +\| AP \(95 %\)", page)
    assert NOTE in page and "TP / (TP + FN + FP)" in capsys.readouterr().out
    assert json.loads((output / "origin.json").read_text())["dataset"] == "nuclei"


def test_without_noise_grouping_finds_the_truth_and_affinities_alone_do_not(blobs: Path) -> None:
    table = run(blobs, "--noise", "0").set_index("row")
    assert table.loc["+ PA-GAEC", ["AP", "AP_low", "AP_high", "CSI", "PQ"]].tolist() == [100] * 5
    assert table.loc["+ PA-GAEC", ["VI_split", "VI_merge", "ARE"]].tolist() == [0, 0, 0]
    assert table.loc["GAEC", "AP50"] < 100
    assert table.loc["GAEC", "VI_split"] > 0
    differences = pd.read_csv(blobs.parent / "output/differences.csv")
    last = differences[differences["to"] == "+ PA-GAEC"].iloc[-1]
    assert (last["from"], last["to"]) == ("GAEC", "+ PA-GAEC")
    assert last["AP_difference"] == pytest.approx(100 - table.loc["GAEC", "AP"], abs=1e-3)


def test_rows_of_ones_own(blobs: Path) -> None:
    rows = ["gaec", "cascade-gaec", "cascade-gaec(affinity=gaec(linkage=average), grouping=None)"]
    paper = run(blobs, "--noise", "0").set_index("row")
    table = run(blobs, "--noise", "0", "--partitioners", *rows).set_index("row")
    output = blobs.parent / "output"
    assert table.index.tolist() == rows
    assert table[["paper_cityscapes_val_AP", "paper_cityscapes_val_AP50"]].isna().all(axis=None)
    assert table.loc["cascade-gaec", "AP"] == paper.loc["+ PA-GAEC", "AP"] == 100
    assert (table.loc[["gaec", rows[2]], "AP50"] < 100).all()
    differences = pd.read_csv(output / "differences.csv")
    assert differences[["from", "to"]].to_numpy().tolist() == [rows[:2], rows[1:]]
    assert differences["AP_difference"].iloc[1] == pytest.approx(table.loc[rows[2], "AP"] - 100, abs=1e-3)
    assert not re.search("[Pp]aper|nan|Table 4", (output / "ablation.md").read_text())


def test_the_seed_goes_to_all_partitioners_of_a_row() -> None:
    row = chosen(["cascade-gaec(affinity=gas(threshold=0.25), finest=gas, grouping=gas(seed=5))"])[0]
    assert parse(row.expression).create(PARTITIONERS, seed=3) == CascadeGAEC(
        create("gas", threshold=0.25, seed=3), finest=create("gas", seed=3), grouping=create("gas", seed=5)
    )


def test_a_model_with_parameters_of_its_own(blobs: Path) -> None:
    table = run(blobs, "--models", "oracle(noise=0.5, channels=8)")
    assert len(table) == 5 and set(table["model"]) == {"oracle(noise=0.5, channels=8)"}


def folders(tmp_path: Path, study: str, data: list[str], models: list[str], *more: str) -> tuple[str, ...]:
    """The default output folder of a study, as the parts of its path."""
    options = Namespace(output=None, runs=tmp_path)
    return output_folder(options, study, map(parse, data), map(parse, models), *more).relative_to(tmp_path).parts


def test_different_things_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folders(tmp_path, "ablation", ["street"], ["oracle"], "rows") == ("ablation", "street-oracle-rows")
    assert folders(tmp_path, "leaderboard", ["street"] * 2, []) == ("leaderboard", "street")
    data = [["nuclei(root=lab1/test)"], ["nuclei(root=lab2/test)"], ["nuclei(root='lab1/test, new')"], ["street"]]
    models = [["saved(root=runA/pred)"], ["saved(root=runB/pred)"], ["saved"]]
    found = {folders(tmp_path, "ablation", one, other) for one in data for other in models}
    assert len(found) == len(data) * len(models)
    assert all(len(parts) == 2 and re.fullmatch(r"(nuclei|street)-saved(-[0-9a-f]{12})?", parts[1]) for parts in found)
    spellings = ["nuclei(root=lab1/test)", "nuclei(root='lab1/./test/')", f"nuclei(root={tmp_path}/lab1/test)"]
    assert len({folders(tmp_path, "compare", [text], []) for text in spellings}) == 1


def test_a_data_set_of_the_same_name_elsewhere_overwrites_nothing(blobs: Path) -> None:
    other = blobs.parent / "other/blobs"
    shutil.copytree(blobs, other)
    (other / "images/c.png").unlink()
    for root in (blobs, other):
        places = ["--data", f"nuclei(root={root})", "--runs", str(blobs.parent / "runs")]
        main([*places, "--models", "oracle", "--noise", "0", "--partitioners", "components"])
    tables = (blobs.parent / "runs/ablation").glob("nuclei-oracle-rows-*/ablation.csv")
    assert sorted(pd.read_csv(table)["images"].item() for table in tables) == [2, 3]


def test_a_single_row_has_no_differences(blobs: Path) -> None:
    table = run(blobs, "--noise", "0", "--partitioners", "components")
    assert table["row"].tolist() == ["components"]
    output = blobs.parent / "output"
    assert pd.read_csv(output / "differences.csv").empty
    assert "Differences" not in (output / "ablation.md").read_text()


def kept(blobs: Path) -> dict[Path, int]:
    """When each pyramid and each answer was written."""
    return {path: path.stat().st_mtime_ns for path in (blobs.parent / "runs").glob("*s/*/*.npz")}


def test_a_run_goes_on_from_what_is_finished_and_a_row_added_costs_only_its_own_time(blobs: Path) -> None:
    first = run(blobs, "--noise", "1", "--partitioners", "gaec", "gas")
    before = kept(blobs)
    assert len(before) == 3 + 2 * 3
    more = run(blobs, "--noise", "1", "--partitioners", "gaec", "components", "gas")
    assert len(kept(blobs)) == len(before) + 3 and before.items() <= kept(blobs).items()
    assert more.iloc[[0, 2]].reset_index(drop=True).equals(first.astype(more.dtypes))


def test_answers_are_shared_with_the_leaderboard(blobs: Path) -> None:
    run(blobs, "--noise", "1", "--partitioners", "gaec")
    before = kept(blobs)
    board(blobs, "--models", "oracle(noise=1)", partitioners=("gaec", "gas"))
    assert before.items() <= kept(blobs).items() and len(kept(blobs)) == len(before) + 3


def test_of_an_interrupted_row_only_what_is_missing_is_computed(blobs: Path) -> None:
    run(blobs, "--noise", "1", "--partitioners", "gaec")
    before = kept(blobs)
    (cell,) = (blobs.parent / "runs/partitions").iterdir()
    (cell / "cell.json").unlink()
    (cell / "b.npz").write_bytes((cell / "b.npz").read_bytes()[:100])
    run(blobs, "--noise", "1", "--partitioners", "gaec")
    assert {path.name for path, when in kept(blobs).items() if before[path] != when} == {"b.npz"}


def test_a_failing_partitioner_costs_its_row_and_not_the_run(blobs: Path) -> None:
    rows = ["cascade-gaec(grouping=None)", "rescored(partitioner=oracle(truth=[1]))", "gaec"]
    table = run(blobs, "--noise", "0", "--partitioners", *rows)
    assert table["status"].tolist() == ["ok", "failed", "ok"]
    assert table["AP"].isna().tolist() == [False, True, False]
    page = (blobs.parent / "output/ablation.md").read_text()
    assert "| failed: " in page and "nan" not in page
    assert len(pd.read_csv(blobs.parent / "output/differences.csv")) == 0


def test_a_full_disk_costs_a_row_and_not_the_table(blobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Record.write

    def fail(record: Record, folder: Path) -> None:
        if "gas" in folder.name:
            raise OSError(28, "No space left on device")
        write(record, folder)

    monkeypatch.setattr(Record, "write", fail)
    table = run(blobs, "--noise", "0", "--partitioners", "gas", "gaec")
    assert table["status"].tolist() == ["crashed", "ok"] and "No space left" in table["note"][0]


def test_a_damaged_image_is_left_out(blobs: Path, caplog: pytest.LogCaptureFixture) -> None:
    (blobs / "masks/b.png").write_bytes(b"no image")
    assert run(blobs, "--noise", "0")["images"].tolist() == [2] * 5
    assert "b.png" in caplog.text


def test_an_image_without_instances_counts(blobs: Path) -> None:
    save(blobs / "masks/b.png", np.zeros((40, 56)), np.uint16)
    table = run(blobs, "--noise", "0").set_index("row")
    assert table.loc["+ PA-GAEC", ["AP", "CSI", "images"]].tolist() == [100, 100, 3]


def test_saved_pyramids_give_the_same_table(blobs: Path) -> None:
    from affinity_models import create as model
    from affinity_models.data import create as dataset
    from affinity_models.data import write_entry

    expected = run(blobs, "--noise", "0.5", "--seed", "3")
    root = blobs.parent / "saved"
    nuclei = dataset("nuclei", root=blobs)
    for sample in nuclei.samples():
        write_entry(root, sample, model("oracle", noise=0.5, seed=3).predict(sample, nuclei.stride))
    found = run(blobs, "--data", f"pyramids(root={root})", "--models", "saved", "--seed", "3")
    same = ["row", "AP", "AP50", "AP_low", "PQ", "VI_split", "energy"]
    pd.testing.assert_frame_equal(found[same], expected[same])
    assert found["noise"].isna().all()


def test_table_4_cuts_affinities_as_the_paper_whatever_the_default_of_the_cascade():
    assert {parse(row.expression).create(PARTITIONERS).affinity for row in TABLE_4} == {
        create("gaec", linkage="wpgma", threshold=0.5)
    }


def test_a_shipped_network_is_the_default_for_its_data_set(blobs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    from affinity_models.daffnet import shipped
    from affinity_models.daffnet.checkpoint import load

    weights = shipped.weights_file("nuclei")
    recorded = load(weights).record["partitioner"]
    output = blobs.parent / "output"
    main(["--data", f"nuclei(root={blobs})", "--runs", str(blobs.parent / "runs"), "--output", str(output)])
    table = pd.read_csv(output / "ablation.csv", dtype={"model_version": str})
    assert table["noise"].isna().all() and (table["images"] == 3).all() and (table["status"] == "ok").all()
    assert set(table["model_version"]) == {hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}
    page, printed = (output / "ablation.md").read_text(), capsys.readouterr().out
    assert "noise" not in page + printed and "nan" not in page + printed
    assert table["row"].tolist() == [*ROWS, "recorded"]
    assert table["partitioner"].tolist()[-2:] == ["rescored(partitioner=average-cascade)", recorded]
    assert "Table 4 on nuclei" in page and f"Row recorded: `{recorded}`" in page
    differences = pd.read_csv(output / "differences.csv")
    assert differences[["from", "to"]].iloc[-1].tolist() == ["average", "recorded"] and len(differences) == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "nuclei"], "needs the parameter 'root'"),
        (["--data", "nuclie(root=.)"], "did you mean 'nuclei'"),
        (["--data", "nuclei(root=/no/such)"], "/no/such"),
        (["--data", "nuclei(root=., split=val)"], "no parameter 'split'"),
        (["--models", "no-such"], "no-such"),
        (["--models", "saved", "--noise", "1", "--data", "street(root=.)"], "--noise"),
        (["--models", "oracle", "--weights", "street"], "--weights"),
        (["--weights", "no-such"], "expected the path of a .safetensors file or one of "),
        (["--models", "oracle", "--noise", "-1"], "noise"),
        (["--models", "oracle", "--partitioners", "gaec", "cascade-gaek"], "did you mean 'cascade-gaec'"),
        (["--models", "oracle", "--partitioners", "gaec(treshold=0.3)"], "did you mean 'threshold'"),
        (
            ["--models", "oracle", "--partitioners", "gaec(threshold=high)"],
            "threshold: expected a finite number, got 'high'",
        ),
        (["--models", "oracle", "--partitioners", "gaec(threshold"], "NAME(KEY=VALUE, …)"),
        (
            ["--models", "oracle", "--partitioners", "gaec", "gaec(threshold=0.5)"],
            "--partitioners: expected different ones",
        ),
    ],
)
def test_mistakes_end_with_one_line(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda: main([*options, "--runs", str(tmp_path)]))
    assert stopped.value.code == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert error.count("\n") == 0


def test_no_usable_image_is_an_error(blobs: Path) -> None:
    for mask in (blobs / "masks").iterdir():
        mask.write_bytes(b"")
    with pytest.raises(InputError, match="no image can be read"):
        run(blobs)


def test_columns_are_those_of_the_schema_in_its_order(blobs: Path) -> None:
    columns = run(blobs, "--noise", "0").columns.tolist()
    assert columns[:3] == ["row", "dataset", "model"] and columns[-1] == "date"
    assert columns.index("AP") < columns.index("AP_low") < columns.index("AP_nucleus") < columns.index("packages")
    with pytest.raises(KeyError, match="rank"):
        schema.tidy(pd.DataFrame({"rank": [1]}), schema.ABLATION)
    explained = (Path(tables.__file__).parents[2] / "results/README.md").read_text()
    assert all(f"`{column}`" in explained for column in tables.DIFFERENCES)


def test_answers_survive_storage(tmp_path: Path) -> None:
    from partitioners import Segmentation

    found = Segmentation(np.array([[0, 1], [2, 2]]), np.array([3, 4]), np.array([0.5, 1.0]))
    given = {"one": answers.Answer(found, 0.25, 0.2, 0.1), "two": answers.Answer(found, 0.5, 0.4, 0.0)}
    answers.save(tmp_path / "x/cell.npz", given)
    loaded = answers.load(tmp_path / "x/cell.npz")
    assert loaded is not None
    assert list(loaded) == ["one", "two"]
    assert loaded["one"].segmentation.labels.tolist() == [[0, 1], [2, 2]]
    one, two = loaded.values()
    assert (one.seconds, one.processor_seconds, one.solver_seconds, two.seconds) == (0.25, 0.2, 0.1, 0.5)
    assert answers.load(tmp_path / "missing.npz") is None
