"""Ablation, leaderboard and frozen sets of generated volumes."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from affinity_models.data import Pyramids, Volumes, create
from bench.ablation.__main__ import main as ablation
from bench.export.__main__ import main as export
from bench.leaderboard.__main__ import main as leaderboard
from bench.statistics import main as statistics
from partitioners import AffinityPyramid, InputError

pytestmark = pytest.mark.slow

DATA = "volumes(shape=(6, 20, 20), count=2)"
PARTITIONERS = ("gaec(linkage=average)", "components", "gaec(linkage=sum)")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def test_leaderboard(runs: Path) -> None:
    names = [*PARTITIONERS, "oracle", "cascade-gaec", "skimage-felzenszwalb"]
    options = ["--data", DATA, "--models", "oracle(noise=0.75)", "--runs", str(runs), "--output", str(runs / "board")]
    leaderboard([*options, "--partitioners", *names])
    table = pd.read_csv(runs / "board/leaderboard.csv").set_index("partitioner")
    measured = table[table["status"] == "ok"]
    assert set(measured.index) == {*PARTITIONERS, "oracle"} and measured["images"].tolist() == [2] * 4
    assert measured["CREMI"].idxmin() == measured["AP"].idxmax() == "oracle"
    assert measured["AP_cell"].between(0, 100).all() and (measured["CREMI"] > 0).all()
    refused = table.drop(measured.index)["note"]
    assert "expected an image's, got one of a volume" in refused["cascade-gaec"]
    assert "expected a grid of two axes" in refused["skimage-felzenszwalb"]
    page = (runs / "board/leaderboard.md").read_text()
    assert (
        re.search(r"\| CREMI +\| VI_split +\| VI_merge +\| ARE +\| AP \(95 %\)", page)
        and "CREMI: the geometric" in page
    )
    with zipfile.ZipFile(runs / "board/examples.zip") as archive:
        shown = np.asarray(Image.open(BytesIO(archive.read("0-truth.png"))))[..., 0]
    assert (shown == create("volumes", shape=(6, 20, 20)).read("cells_val_000").instances[3]).all()


def test_ablation(runs: Path) -> None:
    options = ["--data", DATA, "--models", "oracle", "--noise", "0", "1", "--runs", str(runs)]
    output = runs / "ablation"
    ablation([*options, "--partitioners", *PARTITIONERS, "--output", str(output)])
    table = pd.read_csv(output / "ablation.csv").set_index(["noise", "row"])
    assert (table.loc[0, ["AP", "CSI"]] == 100).all(axis=None) and (table.loc[0, ["CREMI", "ARE"]] == 0).all(axis=None)
    assert (table.loc[1, "CREMI"] > 0).all() and table.loc[1, "CREMI"].idxmax() == "components"
    assert {"instances.jpg", "ablation.png", "examples.zip"} < {path.name for path in output.iterdir()}
    assert re.search(r"\| row +\| CREMI +\| VI_split", (output / "ablation.md").read_text())
    with pytest.raises(
        InputError, match=r"nothing could be measured: not applicable: .*expected an image's, got one of a volume"
    ):
        ablation(options)  # Table 4 is of cascades


def test_frozen_set(runs: Path) -> None:
    root = runs / "set"
    export([str(root), "--data", DATA, "--models", "oracle(noise=1, neighbourhood=long-range)", "--images"])
    dataset, generated = Pyramids(root), Volumes(shape=(6, 20, 20), count=2)
    for name in generated.names():
        read, sample = dataset.read(name), generated.read(name)
        for layer in ("image", "semantic", "instances"):
            difference = np.abs(getattr(read, layer).astype(int) - getattr(sample, layer))
            assert read.size == (6, 20, 20) and difference.max() == 0
        assert AffinityPyramid.load_size(root / f"pyramids/{name}.npz") == (6, 20, 20)
        with np.load(root / f"graphs/{name}.npz") as arrays:
            assert arrays["shape"].tolist() == [6, 20, 20]
    options = ["--data", f"pyramids(root={root})", "--models", "saved", "--output", str(runs / "of-set")]
    leaderboard([*options, "--partitioners", "gaec(linkage=sum)", "components", "--runs", str(runs)])
    table = pd.read_csv(runs / "of-set/leaderboard.csv")
    assert table["status"].tolist() == ["ok"] * 2 and table["CREMI"].notna().all()
    (root / "instances/cells_val_000.png").unlink()
    with pytest.raises(InputError, match="missing in the frozen set"):
        Pyramids(root)


def test_statistics_are_of_images() -> None:
    with pytest.raises(InputError, match=r"cells_val_000: expected an image, got a volume of \(6, 20, 20\) voxels"):
        statistics(["--data", DATA])
