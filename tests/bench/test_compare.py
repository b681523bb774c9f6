"""Table 1: published rows as printed, and what is measured below them."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from boards import write_nuclei

from bench import compare
from bench.publish.published import CLASSES, table_1
from partitioners import InputError

ROOT = Path(__file__).parents[2]
COUNTS = ["AP test", "AP50", "AP50m", "AP100m"]


def test_classes_of_published_rows_have_the_published_mean() -> None:
    full = table_1().dropna(subset=list(CLASSES)).set_index("method")
    assert len(full) == 8
    off = (full[list(CLASSES)].mean(axis=1) - full["AP test"]).abs()
    assert (off.drop("GMIS") < 0.11).all() and off["GMIS"] < 0.31  # the paper's own rounding, and its own slip


def test_published_rows_are_those_of_the_paper() -> None:
    rows = table_1().set_index("method")
    assert len(rows) == 11 and rows["kind"].value_counts().to_dict() == {
        "affinity-based": 5, "region-based": 4, "keypoint-based": 2,
    }  # fmt: skip
    assert rows.loc["DaffNet", ["AP val", *COUNTS]].tolist() == [32.4, 27.5, 48.0, 46.9, 41.5]
    assert rows.loc["DaffNet with GAS", ["AP val", *COUNTS]].tolist() == [32.0, 27.1, 46.9, 46.6, 41.2]
    assert rows.loc["SSAP (no MS & flip)", "AP val"] == 31.5 and rows.loc["GMIS (no RoIs & flip)", "AP val"] == 22.8
    assert rows.loc["UPNet", ["AP val", *CLASSES]].isna().all()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a run on nuclei, and what it printed; one of its partitioners fails."""
    root = write_nuclei(tmp_path_factory.mktemp("compared"))
    chosen = ["--data", f"nuclei(root={root})", "--models", "oracle(noise=0)", "--partitioners", "gaec", "pa-gaec"]
    with redirect_stdout(StringIO()) as printed:
        compare.main([*chosen, "--runs", str(root.parent / "runs")])
    (folder,) = (root.parent / "runs/compare").iterdir()
    return folder, printed.getvalue()


def test_what_is_measured_stands_beside_what_is_published(finished: tuple[Path, str]) -> None:
    folder, printed = finished
    table = pd.read_csv(folder / "compare.csv").set_index("method")
    assert table["kind"].tolist()[-2:] == ["measured"] * 2 and len(table) == 13
    assert table.loc["gaec", "AP"] == 100 and table.loc["gaec", "AP50m":"AP100m"].isna().all()  # no distances there
    assert table.loc["pa-gaec", "status"] == "not applicable"
    markdown = (folder / "compare.md").read_text()
    for text in (printed, markdown):
        assert "Table 1 on nuclei(root=blobs), 3 images" in text
        assert re.search(r"DaffNet\W+32\.4\W+27\.5\W+48\.0\W+46\.9\W+41\.5", text)
        assert "100.0 (100.0…100.0)" in text and "not applicable: graph:" in text
        assert re.search(r"affinities\W+CSI\W+CSI50\W+AP", text)  # of nuclei, their own measure comes first
        assert "motorcycle" not in text  # nuclei have other classes


def test_classes_of_streets_are_compared() -> None:
    line = {"rank": 1, "dataset": "street", "model": "oracle", "partitioner": "gaec", "status": "ok", "note": ""}
    figures = {"AP": 30.0, "AP_low": 29.0, "AP_high": 31.0, "AP50": 40.0, "AP50m": 50.0, "AP100m": 45.0, "CSI": 60.0}
    classes = {f"AP_{name}": 10.0 for name in CLASSES}
    table = compare.compared(pd.DataFrame([line | figures | classes]))
    essentials = compare._essentials(table).set_index("method")
    assert list(essentials.columns[-8:]) == list(CLASSES) and "CSI" not in essentials
    assert essentials.loc["gaec", ["AP (95 %)", "AP val", "AP50m", "bicycle"]].tolist() == [
        "30.0 (29.0…31.0)",
        "",
        "50.0",
        "10.0",
    ]
    assert essentials.loc["DaffNet", ["AP (95 %)", "AP val", "AP50m", "bicycle"]].tolist() == [
        "",
        "32.4",
        "46.9",
        "12.1",
    ]


def test_an_unknown_cascade_is_explained(tmp_path: Path) -> None:
    root = write_nuclei(tmp_path)
    with pytest.raises(InputError, match="did you mean 'gaec'"):
        compare.main(["--data", f"nuclei(root={root})", "--partitioners", "gaeq", "--runs", str(tmp_path)])
