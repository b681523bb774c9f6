"""Average precision of instances, counted by the Cityscapes benchmark's own evaluator.

Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", CVPR 2016, section 4.2;
`cityscapesscripts.evaluation.evalInstanceLevelSemanticLabeling`.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.matching import Match
from affinity_models.metrics.truth import cityscapes_ids
from affinity_models.sample import Sample
from partitioners import ClassTable, Segmentation, checks
from partitioners.errors import InputError

OVERLAPS = np.arange(0.5, 1.0, 0.05)
"""The evaluator's thresholds of intersection over union."""

Regions = tuple[float, float, float]


@dataclass(frozen=True)
class AveragePrecision:
    """Fractions in [0, 1], NaN where there is no ground truth.

    Fields:
        ap: mean over the things and the overlaps 0.5 … 0.95.
        ap50: mean over the things at overlap 0.5.
        ap50m, ap100m: the same as `ap` of the objects within 50 m and 100 m; NaN unless all images have distances.
        class_ap, class_ap50: `ap` and `ap50` of each thing, by its name.
    """

    ap: float
    ap50: float
    ap50m: float
    ap100m: float
    class_ap: dict[str, float]
    class_ap50: dict[str, float]


def average_precision(
    matches: Sequence[Match], classes: ClassTable, min_region: Regions | None = None
) -> AveragePrecision:
    """Return the average precision over a data set, as the official evaluator counts it.

    Images without a found instance count: all that they show is missed.

    Args:
        matches: one per image.
        classes: the data set's classes.
        min_region: the numbers of pixels below which a true instance is not scored: for all distances, within
            100 m and within 50 m. The default is `region_sizes(matches, classes)`.

    Raises:
        InputError: two images share a name.
    """
    from cityscapesscripts.evaluation import evalInstanceLevelSemanticLabeling as evaluator

    names = [classes.names[thing] for thing in classes.things]
    args = copy.copy(evaluator.args)
    args.instLabels, args.overlaps = names, OVERLAPS
    args.minRegionSizes = np.array(min_region or region_sizes(matches, classes))
    args.distanceAvailable = bool(matches) and all(match.distance is not None for match in matches)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        averages = evaluator.computeAverages(evaluator.evaluateMatches(as_official(matches, classes), args), args)
    per_class = averages["classes"]
    return AveragePrecision(
        ap=float(averages["allAp"]),
        ap50=float(averages["allAp50%"]),
        ap50m=float(averages.get("allAp50m", np.nan)),
        ap100m=float(averages.get("allAp100m", np.nan)),
        class_ap={name: float(per_class[name]["ap"]) for name in names},
        class_ap50={name: float(per_class[name]["ap50%"]) for name in names},
    )


def region_sizes(matches: Sequence[Match], classes: ClassTable) -> Regions:
    """Return the smallest numbers of pixels that are scored: for all distances, within 100 m, within 50 m.

    In street scenes (all things are among those that Cityscapes evaluates) these are the benchmark's 100, 1000
    and 1000, which are meant for 1024 × 2048 pixels, scaled with the mean number of pixels of the images.
    Elsewhere every instance is scored.
    """
    things = {classes.names[thing] for thing in classes.things}
    if not matches or not things <= cityscapes_ids().keys():
        return 1, 1, 1
    scale = float(np.mean([math.prod(match.size) for match in matches])) / (1024 * 2048)
    return 100 * scale, 1000 * scale, 1000 * scale


def as_official(matches: Sequence[Match], classes: ClassTable) -> dict[str, Any]:
    """Return the evaluator's own dictionary of matches, by the name of the image.

    Where void and groups swallow all found instances of a class, the evaluator fails on an empty array. One
    more image, which holds nothing but a false positive per class below all scores, prevents that: the area under
    the curve is that of a polygon through (recall, precision), to which this adds a point of equal recall at its end.

    Raises:
        InputError: two images share a name.
    """
    names = [classes.names[thing] for thing in classes.things]
    result = {match.name: _as_official(match, classes) for match in matches}
    if len(result) != len(matches):
        raise InputError(f"matches: expected images of different names, got {len(matches) - len(result)} repeated")
    wrong = {"pixelCount": 1, "confidence": -1.0, "voidIntersection": 0, "matchedGt": []}
    result[""] = {"groundTruth": {name: [] for name in names}, "prediction": {name: [wrong] for name in names}}
    return result


def _as_official(match: Match, classes: ClassTable) -> dict[str, dict[str, list[dict[str, Any]]]]:
    n_true = len(match.true_class)
    distance = np.full(n_true, -1.0) if match.distance is None else match.distance
    known_share = np.zeros(n_true) if match.known is None else match.known
    instance_id = np.where(match.is_group, 0, 1000)  # the evaluator knows groups by an id below 1000
    true = _records(instID=instance_id, pixelCount=match.true_pixels, medDist=distance, distConf=known_share)
    found = _records(pixelCount=match.found_pixels, confidence=match.score, voidIntersection=match.void_pixels)
    all_true = [record | {"matchedPred": []} for record in true]
    all_found = [record | {"matchedGt": []} for record in found]
    for true_index, found_index, pixels in zip(
        match.pair_true, match.pair_found, match.pair_pixels.tolist(), strict=True
    ):
        all_true[true_index]["matchedPred"].append(found[found_index] | {"intersection": pixels})
        all_found[found_index]["matchedGt"].append(true[true_index] | {"intersection": pixels})
    return {
        "groundTruth": _by_class(all_true, match.true_class, classes),
        "prediction": _by_class(all_found, match.found_class, classes),
    }


def _records(**columns: NDArray[Any]) -> list[dict[str, Any]]:
    """Return one dictionary of plain numbers per row."""
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _by_class(
    records: list[dict[str, Any]], record_class: NDArray[np.int32], classes: ClassTable
) -> dict[str, list[dict[str, Any]]]:
    return {
        classes.names[thing]: [records[index] for index in np.flatnonzero(record_class == thing)]
        for thing in classes.things
    }


def write_results(folder: Path, sample: Sample, segmentation: Segmentation) -> Path:
    """Write a segmentation in the format of the benchmark server: one text file, and one mask per instance.

    The evaluator finds the file by its name, so the sample must be named `city_sequence_frame`.

    Returns:
        The text file, `<name>_pred.txt`.

    Raises:
        InputError: the sizes differ, the name contains a blank or a slash, or a class is none that Cityscapes evaluates.
    """
    from PIL import Image

    if segmentation.labels.shape != sample.size:
        raise InputError(
            f"segmentation: expected the size of the image, {sample.size}, got {segmentation.labels.shape}"
        )
    if set(sample.name) & set(" \t\n/"):
        raise InputError(f"name: expected no blank and no slash, got {sample.name!r}")
    checks.within("classes of the segmentation", segmentation.classes, 0, len(sample.classes) - 1)
    ids = cityscapes_ids()
    names = [sample.classes.names[index] for index in segmentation.classes]
    if wrong := set(names) - ids.keys():
        raise InputError(f"classes: expected things that Cityscapes evaluates ({', '.join(ids)}), got {min(wrong)!r}")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (name, score) in enumerate(zip(names, segmentation.scores.tolist(), strict=True), 1):
        mask = f"{sample.name}_{number}.png"
        Image.fromarray((segmentation.labels == number).astype(np.uint8) * 255).save(folder / mask)
        lines.append(f"{mask} {ids[name]} {score!r}\n")
    text = folder / f"{sample.name}_pred.txt"
    text.write_text("".join(lines))
    return text
