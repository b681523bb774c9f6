"""Outcomes: how well a partitioner did on images, and the columns that all tables have of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from affinity_models import Sample
from affinity_models.metrics.bootstrap import Interval
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import Match, match
from affinity_models.metrics.nuclei import mean_success_index
from affinity_models.metrics.panoptic import panoptic_quality
from affinity_models.metrics.partition import PartitionError, partition_error
from bench.engine.answers import Answer
from partitioners import ClassTable


@dataclass(frozen=True, eq=False)
class Outcome:
    """How well a partitioner did on one image, and what it took; fields are those of `Answer`."""

    match: Match
    partition: PartitionError
    seconds: float
    solver_seconds: float
    energy: float
    failed: bool


def compare(sample: Sample, answer: Answer, distance: np.ndarray | None) -> Outcome:
    """Compare an answer with the truth.

    Args:
        sample: the image.
        answer: to it.
        distance: (H, W) floats, metres from the camera, NaN where unknown.

    Raises:
        InputError: they do not fit.
    """
    found = match(sample, answer.segmentation, distance)
    error = partition_error(sample, answer.segmentation)
    return Outcome(found, error, answer.seconds, answer.solver_seconds, answer.energy, bool(answer.error))


def columns(found: Sequence[Outcome], classes: ClassTable, interval: Interval) -> dict[str, Any]:
    """Return a line's columns of quality and time, which results/README.md explains.

    Args:
        found: the outcomes on all images, at least one.
        classes: the data set's classes.
        interval: of AP, as a fraction.
    """
    matches = [one.match for one in found]
    precision = average_precision(matches, classes)
    quality = panoptic_quality(matches, classes)
    errors = pd.DataFrame([one.partition for one in found]).mean()
    return {
        "AP": 100 * precision.ap,
        "AP50": 100 * precision.ap50,
        "seconds_per_image": _mean(found, "seconds"),
        "solver_seconds_per_image": _mean(found, "solver_seconds") or float("nan"),
        "AP_low": 100 * interval.low,
        "AP_high": 100 * interval.high,
        "AP50m": 100 * precision.ap50m,
        "AP100m": 100 * precision.ap100m,
        **{name: 100 * value for name, value in mean_success_index(matches).items()},
        "PQ": 100 * quality.pq,
        "SQ": 100 * quality.sq,
        "RQ": 100 * quality.rq,
        "VI_split": errors["vi_split"],
        "VI_merge": errors["vi_merge"],
        "ARE": errors["are"],
        "energy": _mean(found, "energy"),
        "instances_per_image": float(np.mean([len(match.score) for match in matches])),
        "images": len(found),
        **{f"AP_{name.replace(' ', '_')}": 100 * value for name, value in precision.class_ap.items()},
    }


def class_columns(lines: pd.DataFrame) -> list[str]:
    """Return the names of the columns that hold the AP of a class."""
    return [name for name in map(str, lines) if name.startswith("AP_") and name not in ("AP_low", "AP_high")]


def leading(lines: pd.DataFrame) -> list[str]:
    """Return the columns of quality that come before AP: CSI and CSI50 where all things are of one class, as nuclei are."""
    if lines[class_columns(lines)].notna().any().sum() != 1:
        return []
    return [name for name in ("CSI", "CSI50") if name in lines]


def _mean(found: Sequence[Outcome], field: str) -> float:
    """Return the mean over the images where the partitioner did not fail."""
    values = [getattr(one, field) for one in found if not one.failed]
    return float(np.mean(values)) if values else float("nan")
