"""Corrections by a person: how long the new labels take, beside a run from scratch."""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bench.publish.sections import Section
from bench.speed import timing
from bench.speed.flat import ratio
from bench.speed.inputs import make
from bench.speed.settings import Settings
from partitioners import NEIGHBOURS, Proofreading, grid_graph
from partitioners.greedy.gasp import GASP

COUNT = 40
"""Corrections of each image, one after the other."""
FAR = 20
"""The most pixels between the two of a correction, along each axis."""


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per input."""
    with timing.pinned():
        return pd.DataFrame([_line(name, settings) for name in tqdm(settings.inputs, desc="corrections", unit="input")])


def _line(name: str, settings: Settings) -> dict[str, Any]:
    height, width = settings.shape
    graph = grid_graph(make(name, settings.shape, settings.seed).affinity, NEIGHBOURS)
    start = process_time()
    proofreading = Proofreading(graph)
    begun = process_time() - start
    labels = proofreading.labels
    pairs: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    seconds = []
    for u, v in _pixels(settings):
        together = bool(labels[u] != labels[v])  # every correction changes what there is
        start = process_time()
        labels = (proofreading.must_link if together else proofreading.cannot_link)(u, v)
        seconds.append(process_time() - start)
        pairs[together].append((u, v))
    start = process_time()
    again = GASP("average").partition_linked(graph, pairs[True], pairs[False])
    scratch = process_time() - start
    return {
        "input": name,
        "height": height,
        "width": width,
        "must_link": len(pairs[True]),
        "cannot_link": len(pairs[False]),
        "seconds": float(np.median(seconds)),
        "low": min(seconds),
        "high": max(seconds),
        "repeats": len(seconds),
        "prepared": begun,
        "from_scratch": scratch,
        "speedup": ratio(scratch, float(np.median(seconds))),
        "identical": bool(np.array_equal(labels, again)),
        "note": "",
    }


def _pixels(settings: Settings) -> list[tuple[int, int]]:
    """Return random pairs of pixels near each other."""
    rng = np.random.default_rng([settings.seed, COUNT])
    shape = np.array(settings.shape)
    first = rng.integers(0, shape, (COUNT, 2))
    step = rng.integers(-FAR, FAR + 1, (COUNT, 2))
    step[(step == 0).all(axis=1)] = 1
    second: NDArray[np.int64] = np.where((first + step >= 0) & (first + step < shape), first + step, first - step)
    return [(int(u), int(v)) for u, v in zip(*(p @ [settings.shape[1], 1] for p in (first, second)), strict=True)]


SECTION = Section(
    "Corrections",
    f"Processor seconds until the labels of the whole image after one of {COUNT} corrections, pairs of pixels at most {FAR} pixels"
    " apart in each direction that are to be in one part or in two, average linkage. prepared: seconds once per image;"
    " from scratch: seconds of a run with all corrections; identical: whether labels are the same in the end.",
    "input must_link:.0f cannot_link:.0f seconds:.4f low:.4f high:.4f prepared:.2f from_scratch:.2f speedup:.0f identical",
    measure,
)
