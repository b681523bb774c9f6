"""Another package plugs in: installed like any other, it appears everywhere without a line changed here."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parent / "plugin"
NAMES = {"partitioner": "best-neighbour", "affinity model": "contrast", "data set": "discs"}
CHOSEN = ["--data", "discs", "--models", "contrast"]
ROWS = ["cascade-gaec(grouping=None)", "best-neighbour", "cascade-gaec(affinity=best-neighbour, grouping=None)"]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """A function that runs `python -m bench.COMMAND` in a new folder, with the plug-in installed beside the environment."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(SOURCE, folder / "source")
    install = ["pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", "installed"]
    subprocess.run([sys.executable, "-m", *install, "./source"], cwd=folder, check=True)

    def run(command: str, *options: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(folder / "installed")}
        line = [sys.executable, "-m", f"bench.{command}", *options]
        return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)

    run.folder = folder
    return run


def test_list(bench: Callable) -> None:
    listed = bench("list").stdout
    for kind, name in NAMES.items():
        section = listed[listed.index(f"{kind}s (other packages") :].split("\n\n")[0]
        assert re.search(rf"^  {name}\(.*\) +\w.*\.$", section, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES.values())
def test_check(bench: Callable, name: str) -> None:
    done = bench("check", name, "--data", "discs")
    assert done.returncode == 0 and "mend " not in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("  ok  ") > 8


def test_ablation(bench: Callable) -> None:
    done = bench("ablation", *CHOSEN, "--partitioners", *ROWS)
    assert done.returncode == 0, done.stderr
    output = bench.folder / "runs/ablation/discs-contrast-rows"
    table = pd.read_csv(output / "ablation.csv").set_index("row")
    assert table.index.tolist() == ROWS
    assert set(table["dataset"]) == {"discs"} and set(table["model"]) == {"contrast"}
    assert (table["images"] == 3).all() and (table["status"] == "ok").all()
    assert table.loc[ROWS[0], "AP50"] == 100
    differences = pd.read_csv(output / "differences.csv")
    assert differences[["from", "to"]].to_numpy().tolist() == [ROWS[:2], ROWS[1:]]
    assert (output / "instances.jpg").exists()


def test_the_tutorial_shows_this_partitioner() -> None:
    code = (SOURCE / "bench_plugin/partitioner.py").read_text().partition("\n\n\n")[2]
    assert "BestNeighbour" in code and code in (SOURCE.parents[1] / "docs/examples/4_own_partitioner.py").read_text()


def test_leaderboard(bench: Callable) -> None:
    done = bench("leaderboard", "--data", "discs", "--models", "contrast", "--partitioners", "best-*", *ROWS)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(bench.folder / "runs/leaderboard/discs-contrast/leaderboard.csv").set_index("partitioner")
    assert set(table.index) == set(ROWS) and (table["status"] == "ok").all(), table["note"]
    assert set(table["dataset"]) == {"discs"} and set(table["model"]) == {"contrast"}
    assert (table["images"] == 3).all() and table.loc[ROWS[0], "AP50"] == 100
    assert table["packages"].str.contains("bench-plugin").all()


def test_scaling(bench: Callable) -> None:
    limits = ["--modes", "single", "--largest", "0.04", "--box", "2"]
    done = bench("scaling", "--partitioners", "best-neighbour", ROWS[0], *limits, "--output", "runs/scaling")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(bench.folder / "runs/scaling/scaling.csv").set_index("partitioner")
    assert set(table.index) == {"best-neighbour", ROWS[0]} and (table["seconds"] > 0).all(), table["note"]
    assert "bench-plugin" in table.loc["best-neighbour", "packages"]


def test_report(bench: Callable) -> None:
    bench("leaderboard", "--data", "discs", "--models", "contrast", "--partitioners", *ROWS, "--output", "runs/board")
    done = bench("report", "runs", "--output", "report")
    assert done.returncode == 0, done.stderr
    page = (bench.folder / "report/index.html").read_text()
    assert all(name in page for name in ("best-neighbour", "discs", "contrast"))
