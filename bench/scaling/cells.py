"""Cells of the scaling benchmark: what is timed, and where that is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bench.asv_benchmarks.growth import COUNT, threads
from bench.engine.cells import key
from bench.engine.provenance import ROOT, own_code_key, provenance
from partitioners.errors import InputError
from partitioners.expressions import Expression

SUITE = ROOT / "bench/asv_benchmarks"


@dataclass(frozen=True)
class Mode:
    """One way to time a partitioner.

    Args:
        name: of the way.
        benchmark: asv's name of it.
        images: number cut at a time.
        threads: number of them.
    """

    name: str
    benchmark: str
    images: int
    threads: int


MODES = {
    "single": Mode("single", "growth.Growth.time_partition", 1, 1),
    "batch": Mode("batch", "growth.Batch.time_partition", COUNT, threads()),
}


@dataclass(frozen=True)
class Cell:
    """A partitioner, timed in one way on one size of image."""

    mode: Mode
    partitioner: Expression
    pixels: int

    @property
    def name(self) -> tuple[str, str, int]:
        """Mode, partitioner and pixels, as results name them."""
        return self.mode.name, str(self.partitioner), self.pixels

    @property
    def benchmark(self) -> str:
        """The regular expression that only asv's name of it matches."""
        return f"^{re.escape(f'{self.mode.benchmark}({str(self.partitioner)!r}, {self.pixels!r})')}$"


@dataclass(frozen=True)
class Place:
    """Where results are kept.

    Args:
        commit: the timed one.
        machine: its name in asv's tables.
        results: the folder of asv's JSON files that are written, one per machine and commit.
        history: that of clean commits; the same one, unless there are uncommitted changes.
        runs: the folder for what git ignores: logs, and why cells failed.
    """

    commit: str
    machine: str
    results: Path
    history: Path
    runs: Path

    @classmethod
    def of(cls, output: Path, runs: Path) -> Place:
        """Return where the results of the code as it is are kept.

        Those of uncommitted changes stay out of the history below `output`, in a folder that changes with the code.

        Raises:
            InputError: the code is in no git repository, so that asv has no commit to keep results by.
        """
        origin = provenance()
        if origin["commit"] == "unknown":
            raise InputError("bench.scaling: expected the code in a git repository, since asv keeps results by commit")
        history, runs = output.resolve() / "asv", runs.resolve() / "scaling"
        machine = "-".join(re.findall(r"\w+", origin["machine"].lower()))
        if not origin["dirty"]:
            return cls(origin["commit"], machine, history, history, runs / origin["commit"])
        suite = [path.read_text() for path in sorted(SUITE.glob("*.py"))]
        home = runs / f"uncommitted-{key(own_code_key(), suite)}"
        return cls(origin["commit"], machine, home / "asv", history, home)

    def log(self, cell: Cell) -> Path:
        """Return the file for the output of timing a cell."""
        return self.runs / "logs" / f"{_file(cell)}.txt"

    def failure(self, cell: Cell, *limits: object) -> Path:
        """Return the file that says why a cell could not be timed within some limits."""
        return self.runs / "failures" / f"{_file(cell, *limits)}.txt"


def _file(cell: Cell, *limits: object) -> str:
    return f"{cell.mode.name}-{cell.partitioner.name}-{cell.pixels}-{key(cell.name, *limits)}"
