"""Flat contraction: one linkage on an image's grid graph, affinities to labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from affinity_models.metrics.partition import label_error, multicut_energy
from bench.publish.sections import Section
from bench.speed import figures, timing
from bench.speed.competitors import COMPETITORS, OURS, Competitor, Cut
from bench.speed.inputs import Input, make
from bench.speed.settings import Settings
from partitioners import NEIGHBOURS, grid_graph
from partitioners.arrays import FloatArray

WARM_UP = 64
"""Side of the image on which each competitor runs once, untimed."""


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per input and competitor; where one cannot run, its `note` says why."""
    lines = []
    for name in tqdm(settings.inputs, desc="flat", unit="input"):
        image = make(name, settings.shape, settings.seed)
        with timing.pinned():
            runs = run_all(image.affinity, settings)
        lines += [_line(image, competitor, runs) for competitor in COMPETITORS]
    return pd.DataFrame(lines)


def run_all(affinity: FloatArray, settings: Settings) -> dict[Competitor, timing.Runs]:
    """Return the repeats of each competitor that is installed, on affinities (2, h, w), after an untimed warm-up."""
    timing.alternate(_tasks(affinity[:, :WARM_UP, :WARM_UP]), box=0, most=1)
    return timing.alternate(_tasks(affinity), settings.box, settings.most)


def _tasks(affinity: FloatArray) -> dict[Competitor, Callable[[], Cut]]:
    return {competitor: partial(competitor.cut, affinity) for competitor in COMPETITORS if not competitor.unavailable}


def _line(image: Input, competitor: Competitor, all_runs: Mapping[Competitor, timing.Runs]) -> dict[str, Any]:
    runs = all_runs.get(competitor, timing.Runs(error=competitor.unavailable))
    reference = next(runs for peer, runs in all_runs.items() if (peer.name, peer.linkage) == (OURS, competitor.linkage))
    height, width = image.truth.shape
    return {
        "input": image.name,
        "height": height,
        "width": width,
        "linkage": competitor.linkage,
        "competitor": competitor.name,
        "version": competitor.version,
        "exact": competitor.exact,
        **runs.columns(),
        "ratio": ratio(runs.median, reference.median),
        "speedup": speedup(all_runs, competitor),
        **_quality(image, runs, reference),
        "note": runs.error,
    }


def ratio(seconds: float, reference: float) -> float:
    """Return how many times as long as the reference it took; NaN where either is missing."""
    return seconds / reference if reference > 0 else np.nan


def speedup(all_runs: Mapping[Competitor, timing.Runs], competitor: Competitor) -> float:
    """Return how many times as fast as its fastest exact peer this project is; NaN for peers, and without any."""
    peers = [
        runs.median
        for peer, runs in all_runs.items()
        if peer.package and peer.exact and peer.linkage == competitor.linkage and runs.seconds
    ]
    return ratio(min(peers), all_runs[competitor].median) if peers and not competitor.package else np.nan


def _quality(image: Input, runs: timing.Runs, reference: timing.Runs) -> dict[str, Any]:
    if not runs.seconds:
        return {}
    cut: Cut = runs.last
    labels = cut.labels.astype(np.int64)
    to_truth = label_error(image.truth, labels)
    graph = grid_graph(image.affinity, NEIGHBOURS)
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
    "input linkage competitor seconds:.3f repeats:.0f ratio:.2f speedup:.2f solver_share:.2f segments:.0f"
    " ARE:.4f VI_to_ours:.1e energy_to_ours:.3g note",
    measure,
    ("input", "linkage", "competitor", "seconds"),
    figures.flat,
)
