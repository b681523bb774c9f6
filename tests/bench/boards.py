"""The leaderboard on a tiny data set."""

import os
import sys
import time
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import numpy as np
import pandas as pd
from layouts import save

from bench.leaderboard.__main__ import main

ROOT = Path(__file__).parents[2]
TWO = ("gaec", "singletons")


def write_nuclei(folder: Path) -> Path:
    """Three images of 40 × 56 pixels with three nuclei, two of which touch."""
    root = folder / "blobs"
    masks = np.zeros((40, 56), int)
    masks[4:20, 4:20], masks[4:20, 20:36], masks[24:36, 6:34] = 1, 2, 3
    for name in "abc":
        save(root / f"images/{name}.png", (masks > 0) * 200)
        save(root / f"masks/{name}.png", masks, np.uint16)
    return root


def options(root: Path, *more: str, partitioners: tuple[str, ...] = TWO) -> list[str]:
    """The command line for a data set, with runs/ and the tables in board/ beside it."""
    chosen = ["--data", f"nuclei(root={root})", "--models", "oracle(noise=0)", "--partitioners", *partitioners]
    return [*chosen, "--runs", str(root.parent / "runs"), "--output", str(root.parent / "board"), *more]


def table(root: Path) -> pd.DataFrame:
    return pd.read_csv(root.parent / "board/leaderboard.csv", keep_default_na=True)


def board(root: Path, *more: str, partitioners: tuple[str, ...] = TWO) -> pd.DataFrame:
    """Run the leaderboard and return its table."""
    main(options(root, *more, partitioners=partitioners))
    return table(root)


def times(root: Path) -> dict[Path, int]:
    """When each record was written."""
    return {path: path.stat().st_mtime_ns for path in (root.parent / "runs/partitions").glob("*/cell.json")}


def plugged_in(folder: Path, *arguments: str) -> list[str]:
    """Python's command line in an environment where a misbehaving partitioner is plugged in, as files in `folder` say."""
    points = folder / "site/misbehaving-1.0.dist-info"
    points.mkdir(parents=True, exist_ok=True)
    (points / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n")
    (points / "entry_points.txt").write_text("[affinity_bench.partitioners]\nmisbehaving = misbehaving_plugin\n")
    path = os.pathsep.join(map(str, (points.parent, ROOT / "tests/bench", ROOT / "tests/bench/plugin")))
    return ["env", f"PYTHONPATH={path}", sys.executable, *arguments]


def wait_for(condition: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_locked(path: Path) -> bool:
    with path.open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return True
        return False
