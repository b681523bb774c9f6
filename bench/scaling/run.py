"""Timing cells, the smallest images first, if not timed yet; each is on disk when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench.engine.cells import Record, key
from bench.engine.isolation import OK, Limits
from bench.engine.plan import current_code, identify
from bench.engine.provenance import ROOT, provenance, versions
from bench.engine.run import NOT_RUN, UNAVAILABLE, is_due
from bench.engine.schema import SCALING, tidy
from bench.engine.tasks import carry_out
from bench.publish.sections import TRACED
from bench.scaling.cells import CODE, Cell, Mode
from partitioners import PARTITIONERS
from partitioners.expressions import Expression
from partitioners.fingerprint import code_key

SETUP = 300.0
"""Wall seconds that a process may take to make its input, beside twice its box: a machine may be busy."""
RUNS = 2
"""Runs that a cell has at least: an untimed one, and one."""
STEP = 5.0
"""How much longer a size is expected to take than one with a quarter of its pixels."""
LEFT_OUT = "left out"


@dataclass(frozen=True)
class Plan:
    """The curves to time, and how.

    Args:
        modes: the ways to time.
        partitioners: those that are timed, each in all modes and on all sizes.
        sizes: the sizes of images in pixels, some of `bench.asv_benchmarks.growth.PIXELS`, ascending.
        store: the folder of timings.
        box: the seconds that the runs of one cell may take.
        gigabytes: the memory that a cell may use.
        overwrite: a choice of `OVERWRITE`, as `bench.engine.run.run` explains it.
    """

    modes: Sequence[Mode]
    partitioners: Sequence[Expression]
    sizes: Sequence[int]
    store: Path
    box: float
    gigabytes: float
    overwrite: str

    def ending(self, cell: Cell, before: Sequence[float]) -> Record:
        """Return how a cell ended, which is timed now if that is due.

        Args:
            cell: the cell.
            before: the seconds of the smaller sizes, measured or expected. A size that would exceed the box is left out.
        """
        folder, limits = cell.folder(self.store), Limits(SETUP + 2 * self.box, self.gigabytes, threads=1)
        record = Record.read(folder)
        due = is_due(record, limits, self.overwrite)
        if before and (due or record is None or record.status != OK) and RUNS * expected(before) > self.box:
            return Record(LEFT_OUT, f"about {RUNS * expected(before):.1f} s, {self.box:g} s allowed")
        if due:
            return carry_out(folder, limits, provenance(), cell.measure, self.store, self.box)
        return record or Record(NOT_RUN)


def run(plan: Plan) -> pd.DataFrame:
    """Time the cells, and return a line for each; results/README.md explains the columns."""
    origin = provenance()
    code = key(current_code(), code_key(ROOT / path for path in CODE), origin["machine"], origin["dirty"])
    curves = [(mode, partitioner) for mode in plan.modes for partitioner in plan.partitioners]
    lines: list[dict[str, Any]] = []
    with tqdm(total=len(curves) * len(plan.sizes), desc="scaling", unit="cell") as progress:
        for mode, partitioner in curves:
            progress.set_postfix_str(f"{partitioner}, {mode.name}")
            curve = []
            for cell, record in _curve(plan, mode, partitioner, code):
                curve.append(_line(cell, record, plan.store))
                progress.update()
            seconds, sizes = (pd.Series([line[name] for line in curve], dtype=float) for name in ("seconds", "pixels"))
            lines += [line | {"exponent": exponent(sizes, seconds)} for line in curve]
    return tidy(pd.DataFrame(lines), SCALING)


def _curve(plan: Plan, mode: Mode, partitioner: Expression, code: str) -> Iterator[tuple[Cell, Record]]:
    """Yield the cells of one curve, each with how it ended; after a failure larger images are left out."""
    problem, identity = identify(partitioner)
    skipped = Record(UNAVAILABLE, problem) if problem else None
    seconds: list[float] = []
    for pixels in plan.sizes:
        cell = Cell(mode, partitioner, pixels, key(code, mode.name, mode.threads, pixels, identity))
        record = skipped or plan.ending(cell, seconds)
        yield cell, record
        if record.status == OK:
            seconds.append(float(np.median(cell.seconds(plan.store))))
        elif record.status == LEFT_OUT and not skipped:
            seconds.append(expected(seconds))
        elif record.status != NOT_RUN and not skipped:
            skipped = Record(LEFT_OUT, f"at {pixels / 1e6:.2f} megapixels {record.status}: {record.note}")


def expected(seconds: Sequence[float]) -> float:
    """Return how long the next size is expected to take: at least `STEP` times as long as the last one."""
    ratio = seconds[-1] / seconds[-2] if len(seconds) > 1 else 0.0
    return seconds[-1] * max(STEP, ratio)


def exponent(pixels: pd.Series, seconds: pd.Series) -> float:
    """Return the slope of a line through log(seconds) over log(pixels), NaN for fewer than two measured sizes."""
    measured = seconds.notna()
    if measured.sum() < 2:
        return np.nan
    return float(np.polyfit(np.log(pixels[measured]), np.log(seconds[measured]), 1)[0])


def _line(cell: Cell, record: Record, store: Path) -> dict[str, Any]:
    repeats = cell.seconds(store) if record.status == OK else []
    median, low, high = np.quantile(repeats, (0.5, 0.25, 0.75)) / cell.mode.images if repeats else [np.nan] * 3
    height = round((cell.pixels / 2) ** 0.5)
    packages = versions(cell.partitioner.packages(PARTITIONERS))
    origin = record.origin or provenance()
    return {
        "mode": cell.mode.name,
        "threads": cell.mode.threads,
        "partitioner": str(cell.partitioner),
        "height": height,
        "width": 2 * height,
        "pixels": cell.pixels,
        "megapixels": cell.pixels / 1e6,
        "seconds": median,
        "low": low,
        "high": high,
        "repeats": len(repeats),
        "ns_per_pixel": 1e9 * median / cell.pixels,
        "note": "" if record.status == OK else ": ".join(filter(None, (record.status, record.note))),
        "packages": ", ".join(f"{name} {version}" for name, version in packages.items()),
        **{column: origin[column] for column in TRACED},
    }
