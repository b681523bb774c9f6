"""What is published agrees with itself: README, tables, and where they come from."""

import json
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
ABLATIONS = sorted((ROOT / "results/ablation").iterdir())


def test_the_table_in_the_readme_is_a_published_one() -> None:
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| 0.75 ")]
    assert len(lines) == 4
    assert set(lines) <= set((ROOT / "results/ablation/street-oracle/ablation.md").read_text().splitlines())


@pytest.mark.parametrize("folder", ABLATIONS, ids=lambda folder: folder.name)
def test_published_tables_come_from_a_clean_commit(folder: Path) -> None:
    origin = json.loads((folder / "origin.json").read_text())
    table = pd.read_csv(folder / "ablation.csv", dtype={"commit": str})
    assert not origin["dirty"]
    assert set(table["commit"]) == {origin["commit"]}
    assert f"Commit {origin['commit']}, {origin['date']}" in (folder / "ablation.md").read_text()
    assert (table["failed"] == 0).all()
