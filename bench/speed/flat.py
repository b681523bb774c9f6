"""Flat partitioning: one linkage or other rule on a grid graph, affinities to labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from affinity_models.metrics.partition import label_error, multicut_energy
from affinity_models.oracle import long_range
from bench.publish.sections import Section
from bench.speed import figures, timing
from bench.speed.competitors import ALL_COMPETITORS, COMPETITORS, MUTEX_COMPETITORS, OURS, Competitor, Cut, given, grid
from bench.speed.inputs import Input, make, neurites
from bench.speed.settings import Settings
from partitioners.arrays import FloatArray

WARM_UP = 64
"""Side of the image or volume on which each competitor runs once, untimed."""


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per input and competitor; where one cannot run, its `note` says why."""
    images = (make(name, settings.shape, settings.seed) for name in settings.inputs)
    return compare(tqdm(images, "flat", len(settings.inputs), unit="input"), COMPETITORS, settings)


def measure_mutex(settings: Settings) -> pd.DataFrame:
    """Return the same for the mutex watershed, which takes long offsets as well."""
    images = (make(name, settings.shape, settings.seed, long_range(2)) for name in settings.inputs)
    return compare(tqdm(images, "mutex", len(settings.inputs), unit="input"), MUTEX_COMPETITORS, settings)


def measure_volumes(settings: Settings) -> pd.DataFrame:
    """Return the same for volumes."""
    volumes = (neurites(shape, settings.seed) for shape in settings.volumes)
    return compare(tqdm(volumes, "volumes", len(settings.volumes), unit="input"), ALL_COMPETITORS, settings)


def compare(images: Iterable[Input], competitors: Sequence[Competitor], settings: Settings) -> pd.DataFrame:
    """Return a line per image or volume and competitor; where one cannot run, its `note` says why."""
    lines = []
    for image in images:
        with timing.pinned():
            runs = run_all(image.affinity, competitors, settings)
        lines += [_line(image, competitor, runs) for competitor in competitors]
    return pd.DataFrame(lines)


def run_all(
    affinity: FloatArray, competitors: Sequence[Competitor], settings: Settings
) -> dict[Competitor, timing.Runs]:
    """Return the repeats of each competitor that is installed, on affinities (A, *shape), after an untimed warm-up."""
    part = (slice(None), *[slice(WARM_UP)] * (affinity.ndim - 1))
    timing.alternate(_tasks(affinity[part], competitors), box=0, most=1)
    return timing.alternate(_tasks(affinity, competitors), settings.box, settings.most)


def _tasks(affinity: FloatArray, competitors: Sequence[Competitor]) -> dict[Competitor, Callable[[], Cut]]:
    problems = {linkage: given(affinity, linkage) for linkage in {one.linkage for one in competitors}}
    return {one: partial(one.cut, problems[one.linkage]) for one in competitors if not one.unavailable}


def _line(image: Input, competitor: Competitor, all_runs: Mapping[Competitor, timing.Runs]) -> dict[str, Any]:
    runs = all_runs.get(competitor, timing.Runs(error=competitor.unavailable))
    reference = next(runs for peer, runs in all_runs.items() if (peer.name, peer.linkage) == (OURS, competitor.linkage))
    sides = dict(zip(("width", "height", "depth"), reversed(image.truth.shape), strict=False))
    return {
        "input": image.name,
        **dict(reversed(sides.items())),
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
    graph = grid(image.affinity[: image.truth.ndim])
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


_COLUMNS = (
    "ratio: times as long as affinity-bench on the same linkage and input; speedup: over the fastest exact peer. VI to ours: 0"
    " where the partition is the same; energy to ours: of the multicut objective, lower is better."
)
_ESSENTIALS = (
    "input linkage competitor seconds:.3f repeats:.0f ratio:.2f speedup:.2f solver_share:.2f segments:.0f"
    " ARE:.4f VI_to_ours:.1e energy_to_ours:.3g note"
)
_DRAWN = ("input", "linkage", "competitor", "seconds")

SECTION = Section(
    "Flat contraction",
    f"Processor seconds from affinities to labels on one pinned core. {_COLUMNS}",
    _ESSENTIALS,
    measure,
    _DRAWN,
    figures.flat,
)
MUTEX = Section(
    "Mutex watershed",
    "Processor seconds on one pinned core. Neighbours attract, pixels 3, 9 and 27 to the right or down repel; energy is"
    f" over neighbours alone. {_COLUMNS}",
    _ESSENTIALS,
    measure_mutex,
    _DRAWN,
    figures.flat,
)
VOLUMES = Section(
    "Volumes",
    "Processor seconds of generated neurites, depth × height × width voxels, on one pinned core. The mutex watershed also"
    f" takes repulsive edges of three lengths along each axis. {_COLUMNS}",
    _ESSENTIALS,
    measure_volumes,
    _DRAWN,
    figures.flat,
)
