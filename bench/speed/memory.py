"""Peak memory beyond input and output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bench.publish.sections import Section
from bench.speed import figures
from bench.speed.cascade import ROWS
from bench.speed.competitors import COMPETITORS, Competitor
from bench.speed.flat import WARM_UP
from bench.speed.inputs import make, neurites
from bench.speed.peak import peak
from bench.speed.pyramids import street
from bench.speed.settings import Settings
from partitioners import AffinityPyramid, create
from partitioners.arrays import FloatArray, IntegerArray

T = TypeVar("T")
INPUT = "noisy-128"


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per competitor and per row of the cascade; where one cannot run, its `note` says why."""
    total = 2 * len(COMPETITORS) + len(ROWS)
    return pd.DataFrame(tqdm(_lines(settings), desc="memory", unit="process", total=total))


def _lines(settings: Settings) -> Iterator[dict[str, Any]]:
    for image in (make(INPUT, settings.shape, settings.seed), neurites(settings.volumes[-1], settings.seed)):
        affinity = np.ascontiguousarray(image.affinity[: image.truth.ndim])  # those of direct neighbours
        part = (slice(None), *[slice(WARM_UP)] * image.truth.ndim)
        for competitor in COMPETITORS:
            line = {
                "input": image.name,
                "competitor": competitor.name,
                "linkage": competitor.linkage,
                "version": competitor.version,
            }
            cut = partial(_labels, competitor)
            yield line | _peak(cut, affinity[part], affinity, affinity[0].size, competitor.unavailable)
    coarse, pyramid = (street(0, height, settings.seed) for height in (WARM_UP, settings.heights[-1]))
    for row in ROWS:
        line = {"input": "street", "competitor": row, "linkage": "wpgma", "version": ""}
        yield line | _peak(partial(_instances, row), coarse, pyramid, pyramid.levels[0].affinity[0].size, "")


def _labels(competitor: Competitor, affinity: FloatArray) -> IntegerArray:
    return competitor.cut(affinity).labels


def _instances(row: str, pyramid: AffinityPyramid) -> NDArray[np.int32]:
    return create(row).segment(pyramid).labels


def _peak(work: Callable[[T], NDArray[Any]], warm_up: T, problem: T, pixels: int, note: str) -> dict[str, Any]:
    columns: dict[str, Any] = {"pixels": pixels, "bytes_per_pixel": np.nan, "output_bytes_per_pixel": np.nan}
    if note:
        return columns | {"method": "", "note": note}
    try:
        result = peak(work, warm_up, problem)
    except (BrokenProcessPool, MemoryError) as error:
        return columns | {"method": "", "note": repr(error)}
    return columns | {
        "bytes_per_pixel": (result.beyond_input - result.output) / pixels,
        "output_bytes_per_pixel": result.output / pixels,
        "method": result.method,
        "note": "",
    }


SECTION = Section(
    "Memory",
    "Peak bytes per pixel or voxel beyond input and output, each in a process of its own. The cascade's pixels are those of level 1.",
    "input competitor linkage pixels:.0f bytes_per_pixel:.1f output_bytes_per_pixel:.1f method note",
    measure,
    ("input", "linkage", "competitor", "bytes_per_pixel"),
    figures.memory,
)
