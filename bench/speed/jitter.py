"""How steady partitions are where ties decide: saturated half-precision affinities, moved by a millionth."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from affinity_models.metrics.partition import label_error
from bench.publish.sections import Section
from bench.speed.competitors import COMPETITORS, Competitor
from bench.speed.inputs import Input, make
from bench.speed.settings import Settings
from partitioners.arrays import FloatArray, IntegerArray

AMOUNT = 1e-6


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per smooth input and competitor; where one cannot run, its `note` says why."""
    pairs = [(name, competitor) for name in smooth(settings.inputs) for competitor in COMPETITORS]
    lines = []
    for name, competitor in tqdm(pairs, desc="jitter", unit="competitor"):
        image = make(name, settings.jitter_shape, settings.seed)
        lines.append(_line(image, competitor, settings))
    return pd.DataFrame(lines)


def smooth(names: tuple[str, ...]) -> list[str]:
    """Return the inputs whose affinities have ties."""
    return [name for name in names if name.startswith("smooth")]


def jittered(affinity: FloatArray, seed: int) -> NDArray[np.float32]:
    """Return affinities with independent uniform errors of up to `AMOUNT` in either direction, within [0, 1]."""
    errors = np.random.default_rng(seed).uniform(-AMOUNT, AMOUNT, affinity.shape)
    inside: NDArray[np.float32] = (affinity + errors).clip(0, 1).astype(np.float32)
    return inside


def _line(image: Input, competitor: Competitor, settings: Settings) -> dict[str, Any]:
    height, width = image.truth.shape
    line = {
        "input": image.name,
        "height": height,
        "width": width,
        "linkage": competitor.linkage,
        "competitor": competitor.name,
        "version": competitor.version,
        "jitters": settings.jitters,
        "note": competitor.unavailable,
    }
    if competitor.unavailable:
        return line
    affinities = [image.affinity, *(jittered(image.affinity, seed) for seed in range(settings.jitters))]
    try:
        cuts = [competitor.cut(affinity).labels.astype(np.int64) for affinity in affinities]
    except Exception as error:  # one competitor is lost, not the run
        return line | {"note": repr(error)}
    return line | _spread(image.truth, cuts)


def _spread(truth: IntegerArray, cuts: list[NDArray[np.int64]]) -> dict[str, float]:
    """Return how far the first of the partitions and the others are from the truth, and all from each other."""
    unmoved, *moved = (label_error(truth, labels) for labels in cuts)
    between = [label_error(*pair) for pair in combinations(cuts, 2)]
    return {
        "ARE": unmoved.are,
        "ARE_low": min(error.are for error in moved),
        "ARE_high": max(error.are for error in moved),
        "ARE_between": float(np.mean([error.are for error in between])),
        "VI": unmoved.vi,
        "VI_low": min(error.vi for error in moved),
        "VI_high": max(error.vi for error in moved),
        "VI_between": float(np.mean([error.vi for error in between])),
    }


SECTION = Section(
    "Jitter",
    f"Smooth affinities in half precision, as they are and with errors of up to {AMOUNT:g}. ARE, VI: to the truth, without"
    " jitter; low, high: over the jittered runs; between: mean over all pairs of runs.",
    "input linkage competitor ARE:.4f ARE_low:.4f ARE_high:.4f ARE_between:.4f VI:.3f VI_between:.3f note",
    measure,
)
