"""Tables 2 and 3 in small, with trainings of one iteration."""

import json
from pathlib import Path

import pandas as pd
import pytest

from bench import hyperparameters
from bench.hyperparameters import TABLES, main

pytest.importorskip("torch")
TINY = [
    "--semantic-iterations", "1", "--iterations", "1", "--scenes", "2",
    "--set", "network.width=16", "network.features=8", "training.batch=1", "training.crop=[64, 64]", "training.workers=0",
]  # fmt: skip


def test_tables_are_written_and_finished_settings_not_trained_again(
    street_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hyperparameters, "HELD_OUT", 1)
    monkeypatch.setattr(hyperparameters, "TABLES", {2: TABLES[2][1:], 3: TABLES[3][1:2]})
    options = ["--root", str(street_root), "--output", str(tmp_path), *TINY]
    bad = ["network.neighbourhood=1"]
    main([*options, *bad])
    assert "AP" not in pd.read_csv(tmp_path / "table-2.csv")

    main(options)
    table = pd.read_csv(tmp_path / "table-2.csv")
    assert table["k"].tolist() == [16, 32]
    assert table["AP"].notna().all() and table["paper_cityscapes_val_AP"].tolist() == [30.2, 32.0]
    shared = tmp_path / "k32-0.25-0.5-1-1"
    record = json.loads((shared / "record.json").read_text())
    assert record["training"]["boundary_weights"] == [0.25, 0.5, 1, 1] and record["iteration"] == 2
    assert record["data"]["count"] == 1

    (shared / "figures.json").write_text(json.dumps({"AP": 99}))
    monkeypatch.setattr(hyperparameters, "train", lambda *_: pytest.fail("trained again"))
    main(options)
    assert pd.read_csv(tmp_path / "table-3.csv")["AP"].tolist() == [99]
