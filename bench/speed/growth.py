"""How time grows with the number of pixels."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bench.publish.sections import Section
from bench.speed import figures, timing
from bench.speed.cascade import ROWS, components
from bench.speed.competitors import ours
from bench.speed.inputs import make
from bench.speed.pyramids import cells, window
from bench.speed.settings import Settings, Shape
from partitioners import NEIGHBOURS, AffinityPyramid, create

INPUT = "noisy-128"
STEP = 5.0
"""How much longer a size is expected to take than one with a quarter of its pixels."""
ROOM = {"components": 200, "average": 400, "sum": 400, ROWS[0]: 450}
"""Bytes per pixel that must be free: the input, and room to make and to cut it."""

Prepare = Callable[[Shape], Callable[[], Any]]


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per series and size; where a size is left out, its `note` says why."""
    base = cells(min(settings.growth[-1], settings.shape), settings.seed)
    series: dict[str, tuple[Prepare, tuple[Shape, ...]]] = {
        "components": (lambda shape: components(_affinity(shape, settings), NEIGHBOURS), settings.growth),
        "average": (lambda shape: _flat("average", shape, settings), settings.growth),
        "sum": (lambda shape: _flat("sum", shape, settings), settings.growth_sum),
        ROWS[0]: (lambda shape: _cascade(base, shape), settings.growth),
    }
    with tqdm(total=sum(len(shapes) for _, shapes in series.values()), desc="growth", unit="size") as progress:
        tables = [_series(name, prepare, shapes, settings, progress) for name, (prepare, shapes) in series.items()]
    for table in tables:
        table["over_components"] = table["exponent"] - _exponent_of_components(tables[0], table)
    return pd.concat(tables, ignore_index=True)


def _affinity(shape: Shape, settings: Settings) -> NDArray[np.float32]:
    return make(INPUT, shape, settings.seed).affinity


def _flat(linkage: str, shape: Shape, settings: Settings) -> Callable[[], Any]:
    affinity = _affinity(shape, settings)
    return lambda: ours(affinity, linkage)


def _cascade(base: AffinityPyramid, shape: Shape) -> Callable[[], Any]:
    pyramid = window(base, shape)
    return lambda: create(ROWS[0]).segment(pyramid)


def _series(name: str, prepare: Prepare, shapes: tuple[Shape, ...], settings: Settings, progress: tqdm) -> pd.DataFrame:
    lines: list[dict[str, Any]] = []
    spent = 0.0
    for height, width in shapes:
        pixels = height * width
        line = {"what": name, "height": height, "width": width, "megapixels": pixels / 1e6}
        note = too_much(STEP * spent, settings.growth_box, pixels * ROOM[name])
        if not note:
            start = time.process_time()
            runs = _time(prepare((height, width)), settings)
            spent = time.process_time() - start - sum(runs.seconds[1:])
            line |= {**runs.columns(), "ns_per_pixel": 1e9 * runs.median / pixels}
            note = runs.error
        lines.append(line | {"note": note})
        progress.update()
    table = pd.DataFrame(lines).reindex(columns=COLUMNS)
    table["ratio_to_previous"] = table["seconds"] / table["seconds"].shift()
    table["exponent"] = exponent(table["megapixels"], table["seconds"])
    return table


def _exponent_of_components(components: pd.DataFrame, table: pd.DataFrame) -> float:
    """Return the exponent of the components over the sizes that another series was measured at."""
    measured = table.loc[table["seconds"].notna(), "megapixels"]
    shared = components[components["megapixels"].isin(measured)]
    return exponent(shared["megapixels"], shared["seconds"])


def _time(task: Callable[[], Any], settings: Settings) -> timing.Runs:
    with timing.pinned():
        return timing.alternate({"": task}, settings.box / 2, settings.most)[""]


def exponent(pixels: pd.Series, seconds: pd.Series) -> float:
    """Return the slope of a line through log(seconds) over log(pixels), NaN for fewer than two measured sizes."""
    measured = seconds.notna()
    if measured.sum() < 2:
        return np.nan
    return float(np.polyfit(np.log(pixels[measured]), np.log(seconds[measured]), 1)[0])


def too_much(seconds: float, box: float, n_bytes: int = 0) -> str:
    """Return why a size is left out, or an empty string.

    Args:
        seconds: the expected time.
        box: the allowed time.
        n_bytes: bytes that must be free.
    """
    if seconds > box:
        return f"left out: about {seconds:.1f} s, {box:g} s allowed"
    if n_bytes > (free := _free_memory()):
        return f"left out: about {n_bytes / 1e9:.1f} GB, {free / 1e9:.1f} GB free"
    return ""


def _free_memory() -> float:
    """Return the bytes that can be had without swapping; infinity where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return np.inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable")), np.inf)


COLUMNS = [
    *("what", "height", "width", "megapixels", "seconds", "low", "high", "repeats"),
    *("ns_per_pixel", "ratio_to_previous", "exponent", "note"),
]

SECTION = Section(
    "Growth",
    "Processor seconds on one pinned core; each size has four times the pixels of the one before. exponent: of time in"
    " pixels, fitted over all sizes of the series, and minus that of the components over the same sizes. The cascade's pixels are those of level 1.",
    "what megapixels:.2f seconds:.4f repeats:.0f ns_per_pixel:.0f ratio_to_previous:.2f exponent:.3f"
    " over_components:+.3f note",
    measure,
    ("what", "megapixels", "seconds", "low", "high", "exponent"),
    figures.growth,
)
