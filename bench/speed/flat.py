"""Flat contraction: one linkage on an image's grid graph, affinities to labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from affinity_models.metrics.partition import label_error, multicut_energy
from bench.speed import figures, timing
from bench.speed.competitors import COMPETITORS, OURS, Competitor, Cut
from bench.speed.inputs import Input, make
from bench.speed.settings import Section, Settings
from partitioners import NEIGHBOURS, grid_graph
from partitioners.arrays import FloatArray

WARM_UP = 64
"""Side of the image on which each competitor runs once, untimed."""


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per input and competitor; where one cannot run, its `note` says why."""
    lines = []
    for name in tqdm(settings.inputs, desc="flat", unit="input"):
        made = make(name, settings.shape, settings.seed)
        with timing.pinned():
            runs = run_all(made.affinity, settings)
        lines += [_line(made, competitor, runs) for competitor in COMPETITORS]
    return pd.DataFrame(lines)


def run_all(affinity: FloatArray, settings: Settings) -> dict[Competitor, timing.Runs]:
    """Return the repeats of each competitor that is installed, on affinities (2, h, w), after an untimed warm-up."""
    timing.alternate(_tasks(affinity[:, :WARM_UP, :WARM_UP]), box=0, most=1)
    return timing.alternate(_tasks(affinity), settings.box, settings.most)


def _tasks(affinity: FloatArray) -> dict[Competitor, Callable[[], Cut]]:
    return {one: partial(one.cut, affinity) for one in COMPETITORS if not one.unavailable}


def _line(made: Input, competitor: Competitor, found: Mapping[Competitor, timing.Runs]) -> dict[str, Any]:
    runs = found.get(competitor, timing.Runs(error=competitor.unavailable))
    reference = next(runs for one, runs in found.items() if (one.name, one.linkage) == (OURS, competitor.linkage))
    height, width = made.truth.shape
    return {
        "input": made.name,
        "height": height,
        "width": width,
        "linkage": competitor.linkage,
        "competitor": competitor.name,
        "version": competitor.version,
        "exact": competitor.exact,
        **runs.columns(),
        "ratio": ratio(runs.median, reference.median),
        "speedup": speedup(found, competitor),
        **_quality(made, runs, reference),
        "note": runs.error,
    }


def ratio(seconds: float, reference: float) -> float:
    """Return how many times as long as the reference it took; NaN where either is missing."""
    return seconds / reference if reference > 0 else np.nan


def speedup(found: Mapping[Competitor, timing.Runs], competitor: Competitor) -> float:
    """Return how many times as fast as its fastest exact peer this project is; NaN for peers, and without any."""
    peers = [
        runs.median
        for one, runs in found.items()
        if one.package and one.exact and one.linkage == competitor.linkage and runs.seconds
    ]
    return ratio(min(peers), found[competitor].median) if peers and not competitor.package else np.nan


def _quality(made: Input, runs: timing.Runs, reference: timing.Runs) -> dict[str, Any]:
    if not runs.seconds:
        return {}
    cut: Cut = runs.last
    labels = cut.labels.astype(np.int64)
    to_truth = label_error(made.truth, labels)
    graph = grid_graph(made.affinity, NEIGHBOURS)
    columns: dict[str, Any] = {
        "solver_share": cut.solver_seconds / runs.seconds[-1],
        "segments": len(np.unique(labels)),
        "ARE": to_truth.are,
        "energy": multicut_energy(graph, labels.ravel()),
    }
    if reference.seconds:
        to_ours = label_error(reference.last.labels, labels)
        columns |= {"VI_to_ours": to_ours.vi, "ARE_to_ours": to_ours.are, "identical": to_ours.vi == 0}
        columns["energy_to_ours"] = columns["energy"] - multicut_energy(graph, reference.last.labels.ravel())
    return columns


SECTION = Section(
    "Flat contraction",
    "Processor seconds from affinities to labels on one pinned core. ratio: times as long as affinity-bench on the same"
    " linkage and input; speedup: over the fastest exact peer. VI to ours: 0 where the partition is the same; energy to"
    " ours: of the multicut objective, lower is better.",
    {
        "input": "",
        "linkage": "",
        "competitor": "",
        "seconds": ".3f",
        "repeats": ".0f",
        "ratio": ".2f",
        "speedup": ".2f",
        "solver_share": ".2f",
        "segments": ".0f",
        "ARE": ".4f",
        "VI_to_ours": ".1e",
        "energy_to_ours": ".3g",
        "note": "",
    },
    measure,
    ("input", "linkage", "competitor", "seconds"),
    figures.flat,
)
