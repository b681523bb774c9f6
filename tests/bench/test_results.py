"""What is published agrees with itself: README, tables, and where they come from."""

import json
import re
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


def test_published_comparisons_of_blocks_come_from_a_clean_commit() -> None:
    origin = json.loads((ROOT / "results/blocks/origin.json").read_text())
    assert not origin["dirty"]
    for name in ("distance", "memory"):
        table = pd.read_csv(ROOT / f"results/blocks/{name}.csv", dtype={"commit": str})
        assert set(table["commit"]) == {origin["commit"]}


def test_the_distances_in_the_readme_are_the_published_ones() -> None:
    table = pd.read_csv(ROOT / "results/blocks/distance.csv")
    of_gaec = table[(table["halo"] > 0) & (table["partitioner"] != "components")]
    expected = {
        f"| {one.input} | {one.partitioner} | {one.ARE:.4f} | {one.ARE_high:.4f} | {one.VI:.3f} | {one.ARE_jitter:.4f} |"
        for one in of_gaec.itertuples()
    }
    assert len(expected) == 6
    assert expected <= set((ROOT / "README.md").read_text().splitlines())


def test_the_times_in_the_readme_are_the_published_ones() -> None:
    table = pd.read_csv(ROOT / "results/speed/flat.csv")
    ours = table[table["competitor"] == "affinity-bench"].set_index(["input", "linkage"])
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if re.match(r"\| (noisy|smooth)-\d+ \| \d", line)]
    assert len(lines) == 6
    for line in lines:
        name, *shown = (cell.strip() for cell in line.strip("|").split("|"))
        average, total, wpgma = (ours.loc[name, linkage] for linkage in ("average", "sum", "wpgma"))
        figures = (average["seconds"], average["speedup"], total["seconds"], total["speedup"], wpgma["seconds"])
        assert shown == [f"{value:.{digits}f}" for value, digits in zip(figures, (2, 1, 2, 1, 2), strict=True)]
