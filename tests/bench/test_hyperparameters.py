"""Tables 2 and 3 in small, with trainings of one iteration."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench import hyperparameters
from bench.hyperparameters import TABLES, Setting, main, readme
from partitioners import InputError

pytest.importorskip("torch")
TINY = [
    "--semantic-iterations", "1", "--iterations", "1", "--scenes", "2",
    "--set", "network.width=16", "network.features=8", "training.batch=1", "training.crop=[64, 64]", "training.workers=0",
]  # fmt: skip


@pytest.mark.slow
def test_tables_are_written_and_finished_settings_not_trained_again(
    street_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hyperparameters, "HELD_OUT", 1)
    monkeypatch.setattr(hyperparameters, "TABLES", {2: TABLES[2][1:], 3: TABLES[3][1:2]})
    folder = tmp_path / "hyperparameters"
    options = ["--data", f"street(root={street_root})", "--runs", str(tmp_path), "--jobs", "2", *TINY]
    with pytest.raises(InputError, match=r"phase-one: the training failed, see .*log\.txt"):
        main([*options, "network.neighbourhood=1"])

    whole = hyperparameters.phase_two
    monkeypatch.setattr(hyperparameters, "phase_two", lambda *given: fails_at_16(whole, *given))
    main(options)
    table = pd.read_csv(folder / "hyperparameters.csv")
    assert table["table"].tolist() == [2, 2, 3] and table["k"].tolist() == [16, 32, 32]
    assert table["AP"].isna().tolist() == [True, False, False]

    monkeypatch.setattr(hyperparameters, "phase_two", whole)
    main(options)
    table = pd.read_csv(folder / "hyperparameters.csv")
    assert table["AP"].notna().all() and table["paper_cityscapes_val_AP"].tolist() == [30.2, 32.0, 32.0]
    shared = folder / "k32-0.25-0.5-1-1"
    record = json.loads((shared / "record.json").read_text())
    assert record["training"]["boundary_weights"] == [0.25, 0.5, 1, 1] and record["iteration"] == 1
    assert record["data"]["count"] == 1 and "phase-one.safetensors" in record["initial"]

    monkeypatch.setattr(hyperparameters, "phase_two", lambda setting, *_: folder / setting.name / "model.safetensors")
    answers = {path: path.stat().st_mtime_ns for path in tmp_path.glob("partitions/*/*.npz")}
    main(options)
    assert answers == {path: path.stat().st_mtime_ns for path in tmp_path.glob("partitions/*/*.npz")}
    assert pd.read_csv(folder / "hyperparameters.csv").equals(table) and "| 0.25 0.5 1 1 |" in readme(folder)


def fails_at_16(train: Callable[..., Path], setting: Setting, *given: Any) -> Path:
    if setting.channels == 16:
        raise InputError("just so")
    return train(setting, *given)
