"""Timing cells, the smallest images first, if not timed yet; each is on disk when it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from bench.engine import isolation
from bench.engine.isolation import CRASHED, FAILED, OK, OUT_OF_MEMORY, TIMEOUT, Limits
from bench.engine.provenance import versions
from bench.scaling import suite
from bench.scaling.cells import Cell, Mode, Place
from partitioners import PARTITIONERS
from partitioners.expressions import Expression
from partitioners.files import write_whole

RUNS = 2
"""Runs that a cell has at least: an untimed one, and one."""
STEP = 5.0
"""How much longer a size is expected to take than one with a quarter of its pixels."""

Timings = dict[tuple[str, str, int], Mapping[Any, Any]]
"""Timings by mode, partitioner and pixels, as `bench.scaling.suite.timings` has them."""


@dataclass(frozen=True)
class Plan:
    """The curves to time, and how.

    Args:
        modes: ways to time.
        partitioners: each in all modes and on all sizes.
        sizes: of images in pixels, of `bench.asv_benchmarks.growth.PIXELS`, ascending.
        place: the place of results.
        limits: of one cell, all three set; one that failed is run again only within others.
        overwrite: of `bench.engine.run.OVERWRITE`: "always" times all, "missing" cells without results, "never" none.
    """

    modes: Sequence[Mode]
    partitioners: Sequence[Expression]
    sizes: Sequence[int]
    place: Place
    limits: Limits
    overwrite: str

    @property
    def box(self) -> float:
        """Seconds that the runs of one cell may take."""
        assert self.limits.seconds is not None
        return self.limits.seconds


def run(plan: Plan) -> pd.DataFrame:
    """Time the cells, and return a line for each; results/README.md explains the columns."""
    suite.configure(plan.place)
    timings = {} if plan.overwrite == "always" else _timings(plan.place)
    lines: list[dict[str, Any]] = []
    total = len(plan.modes) * len(plan.partitioners) * len(plan.sizes)
    with tqdm(total=total, desc="scaling", unit="cell") as progress:
        for mode in plan.modes:
            for partitioner in plan.partitioners:
                progress.set_postfix_str(f"{partitioner}, {mode.name}")
                lines += _series(plan, mode, partitioner, timings, progress)
    return pd.DataFrame(lines)


def _timings(place: Place) -> Timings:
    lines = suite.timings(place.results, place.machine).query("commit == @place.commit").to_dict("records")
    return {(line["mode"], line["partitioner"], line["pixels"]): line for line in lines}


def _series(plan: Plan, mode: Mode, partitioner: Expression, timings: Timings, progress: tqdm) -> list[dict[str, Any]]:
    """Return the lines of one curve: known, timed now, or with a note that says why not."""
    problem = _problem(partitioner)
    seconds: list[float] = []  # measured, then estimated
    lines = []
    for pixels in plan.sizes:
        cell = Cell(mode, partitioner, pixels)
        note = problem
        if not note and cell.name not in timings and seconds:
            expected = _next(seconds)
            if RUNS * expected > plan.box:
                note = f"left out: about {RUNS * expected:.1f} s, {plan.box:g} s allowed"
                seconds.append(expected)
        if (
            not note
            and cell.name not in timings
            and (note := _timed(cell, plan, timings))
            and plan.overwrite != "never"
        ):
            problem = f"left out: at {pixels / 1e6:.2f} megapixels {note}"
        if not note:
            seconds.append(timings[cell.name]["seconds"])
        lines.append(_line(cell, {} if note else timings[cell.name], note))
        progress.update()
    sizes, measured = (pd.Series([line[name] for line in lines], dtype=float) for name in ("megapixels", "seconds"))
    return [line | {"exponent": exponent(sizes, measured)} for line in lines]


def exponent(pixels: pd.Series, seconds: pd.Series) -> float:
    """Return the slope of a line through log(seconds) over log(pixels), NaN for fewer than two measured sizes."""
    measured = seconds.notna()
    if measured.sum() < 2:
        return np.nan
    return float(np.polyfit(np.log(pixels[measured]), np.log(seconds[measured]), 1)[0])


def _problem(partitioner: Expression) -> str:
    """Return why a partitioner cannot be made, or an empty string."""
    if reason := PARTITIONERS.unavailable(partitioner.name):
        return f"unavailable: {reason}"
    try:
        partitioner.create(PARTITIONERS)
    except Exception as error:  # of a plug-in, it can be anything
        return f"unavailable: {isolation.message(error)}"
    return ""


def _next(seconds: Sequence[float]) -> float:
    """Return how long the next size is expected to take: at least `STEP` times as long as the last one."""
    ratio = seconds[-1] / seconds[-2] if len(seconds) > 1 else 0.0
    return seconds[-1] * max(STEP, ratio)


def _timed(cell: Cell, plan: Plan, timings: Timings) -> str:
    """Time a cell and add it to `timings`; return why it could not be timed, or an empty string."""
    if plan.overwrite == "never":
        return "not run"
    place, limits = plan.place, plan.limits
    failure = place.failure(cell, limits)
    if failure.exists() and plan.overwrite == "missing":
        return failure.read_text()
    asv_limits = Limits(gigabytes=limits.gigabytes, threads=limits.threads)  # asv sees to the time
    ending = isolation.call(
        suite.measure, cell, plan.partitioners, place, limits, limits=asv_limits, log=place.log(cell)
    )
    timing = _timings(place).get(cell.name) if ending.status == OK else None
    if timing:
        timings[cell.name] = timing
        failure.unlink(missing_ok=True)
        return ""
    note = f"{ending.status}: {ending.note}" if ending.status != OK else _reason(place.log(cell), limits)
    write_whole(failure, note.encode())
    return note


def _reason(log: Path, limits: Limits) -> str:
    """Return why asv could not time a cell, from its output."""
    text = log.read_text(errors="replace")
    if "asv: benchmark timed out" in text:
        return f"{TIMEOUT}: took much more than {limits.seconds:g} s"
    if skipped := re.search(r"""asv: skipped: NotImplementedError\((['"])(.*)\1\)""", text):
        return f"{FAILED}: {skipped[2][:300]}"
    errors = re.findall(r"^\s*(?:[\w.]*\.)?(\w+(?:Error|Exception)\b.*)$", text, re.MULTILINE)
    if errors and errors[-1].startswith("MemoryError"):
        return f"{OUT_OF_MEMORY}: needed more than {limits.gigabytes:g} GB"
    if errors:
        return f"{FAILED}: {errors[-1].removeprefix('InputError: ')[:300]}"
    code = re.search(r"asv: benchmark failed \(exit status (-?\d+)\)", text)
    return f"{CRASHED}: ended with exit status {code[1]}" if code else f"{FAILED}: see {log.name}"


def _line(cell: Cell, timing: Mapping[str, Any], note: str) -> dict[str, Any]:
    per_image = {
        name: timing[name] / cell.mode.images if timing else float("nan") for name in ("seconds", "low", "high")
    }
    height = round((cell.pixels / 2) ** 0.5)
    return {
        "mode": cell.mode.name,
        "threads": cell.mode.threads,
        "partitioner": str(cell.partitioner),
        "height": height,
        "width": 2 * height,
        "pixels": cell.pixels,
        "megapixels": cell.pixels / 1e6,
        **per_image,
        "repeats": timing.get("repeats", 0),
        "ns_per_pixel": 1e9 * per_image["seconds"] / cell.pixels,
        "note": note,
        "packages": ", ".join(
            f"{name} {version}" for name, version in versions(cell.partitioner.packages(PARTITIONERS)).items()
        ),
    }
