"""How good a segmentation is, and the table of what each number means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """What tables and plots must know of a metric: `worst` is what a row without any result would get."""

    name: str
    unit: str
    direction: Literal["higher", "lower"]
    worst: float
    meaning: str


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("AP", "fraction", "higher", 0, "Cityscapes AP, mean over classes and overlaps 0.5 … 0.95"),
        Metric("AP50", "fraction", "higher", 0, "Cityscapes AP at overlap 0.5"),
        Metric("AP50m", "fraction", "higher", 0, "Cityscapes AP of the objects within 50 m"),
        Metric("AP100m", "fraction", "higher", 0, "Cityscapes AP of the objects within 100 m"),
        Metric("AP-DSB", "fraction", "higher", 0, "TP / (TP + FN + FP), mean over IoU 0.5 … 0.9 and images"),
        Metric("PQ", "fraction", "higher", 0, "panoptic quality of the things, SQ · RQ"),
        Metric("SQ", "fraction", "higher", 0, "segmentation quality: mean IoU of the matched instances"),
        Metric("RQ", "fraction", "higher", 0, "recognition quality: F1 score of the matched instances"),
        Metric("VI-split", "bits", "lower", math.inf, "H(segmentation | truth): true instances in pieces"),
        Metric("VI-merge", "bits", "lower", math.inf, "H(truth | segmentation): true instances joined"),
        Metric("ARE", "fraction", "lower", 1, "adapted Rand error: 1 − F1 score of joined pixel pairs"),
        Metric("energy", "nats", "lower", math.inf, "multicut energy: log-odds cost of the cut edges"),
    )
}
"""All metrics by name."""
