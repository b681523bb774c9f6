"""Scoring: answers compared with the truth, and the columns that all tables have of them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from affinity_models import Sample
from affinity_models.data import DATASETS
from affinity_models.metrics.bootstrap import Interval
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import Match, match
from affinity_models.metrics.nuclei import NOTE as CSI_NOTE
from affinity_models.metrics.nuclei import mean_success_index
from affinity_models.metrics.panoptic import panoptic_quality
from affinity_models.metrics.partition import CREMI_NOTE, PartitionError, multicut_energy, partition_error
from bench.engine import answers
from bench.engine.answers import Answer
from bench.engine.cells import Cell, Record
from bench.engine.isolation import FAILED, OK
from bench.engine.tasks import origin
from partitioners import (
    PARTITIONERS,
    AffinityPyramid,
    ClassTable,
    InputError,
    LowerBound,
    Segmentation,
    grid_graph,
    lower_bound,
)
from partitioners.arrays import FloatArray
from partitioners.expressions import Expression
from partitioners.notation import literal

logger = logging.getLogger(__name__)

T = TypeVar("T")
GAP_NOTE = (
    "gap, of partitioners that cut by summed costs: by how many percent the energy, of the multicut problem that they are"
    " given, is above a lower bound, so from the optimum at most."
)
"""The note on the column `gap` below tables."""
ROUNDS, SECONDS = 2, 60
"""Of improving the lower bounds, at most; a volume of nine million edges takes about 20 seconds."""


class Objectives(NamedTuple):
    """The multicut objectives of a pyramid, in nats, on level 1's graph of thing pixels. Background counts as one part.

    Fields:
        energy: the function from a segmentation, and the affinity of an edge that costs nothing, to its energy.
        bound: the function from that affinity to an energy that no segmentation goes below, which is found once.
    """

    energy: Callable[[Segmentation, float], float]
    bound: Callable[[float], float]


@dataclass(frozen=True, eq=False)
class Outcome:
    """How well a partitioner did on one image, and how long it took.

    Args:
        match: the found instances beside the true ones.
        partition: the errors of the partition.
        energy: the segmentation's, as `objectives_on` says; NaN where the pyramid is gone.
        bound: an energy that no segmentation of the pyramid goes below, of partitioners that `cuts_by_costs`; NaN likewise.
        seconds, solver_seconds: the times of the `Answer`.
    """

    match: Match
    partition: PartitionError
    energy: float
    bound: float
    seconds: float
    solver_seconds: float


@dataclass(frozen=True, eq=False)
class Scored:
    """A cell that was run.

    Args:
        record: the record of its end.
        classes: the classes of its data set.
        outcomes: one per image whose truth can be read; none where there are no answers.
    """

    record: Record
    classes: ClassTable
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def matches(self) -> list[Match]:
        """Found beside true instances, one per outcome."""
        return [outcome.match for outcome in self.outcomes]

    @property
    def ending(self) -> dict[str, str]:
        """The columns `status` and `note`."""
        if self.record.status == OK and not self.outcomes:
            return {"status": FAILED, "note": "no answer can be read; --overwrite always makes them anew"}
        return {"status": self.record.status, "note": self.record.note}


def score(records: Mapping[Cell, Record], store: Path) -> dict[Cell, Scored]:
    """Compare the answers of cells with the truth; an image whose truth cannot be read is left out of all.

    Args:
        records: the record of each cell's end.
        store: the folder of pyramids and answers.
    """
    objectives_of = lru_cache(maxsize=1)(_objectives)

    def scored(sample: Sample, distance: FloatArray | None, cell: Cell, answer: Answer) -> Outcome:
        objectives = objectives_of(cell.affinities.pyramids(store)[sample.name])
        if not cuts_by_costs(cell.partitioner):
            objectives = objectives._replace(bound=_nothing)
        return compare(sample, answer, distance, objectives, bias_of(cell.partitioner))

    compared = comparisons(records, store, scored)
    tables = classes(records)
    return {
        cell: Scored(record, tables[cell.affinities.dataset], [one for (one,) in compared.get(cell, [])])
        for cell, record in records.items()
    }


def expect_answers(scored: Iterable[Scored]) -> None:
    """Refuse a run in which nothing could be measured.

    Raises:
        InputError: there is no answer; the message tells why, once where it is the same for all.
    """
    scored = list(scored)
    if not any(one.outcomes for one in scored):
        endings = dict.fromkeys(": ".join(filter(None, one.ending.values())) for one in scored)
        raise InputError(f"nothing could be measured: {'; '.join(endings)}")


def classes(cells: Iterable[Cell]) -> dict[Expression, ClassTable]:
    """Return the classes of the data sets of cells."""
    return {data: data.create(DATASETS).classes for data in dict.fromkeys(cell.affinities.dataset for cell in cells)}


def comparisons(
    records: Mapping[Cell, Record], store: Path, compare: Callable[[Sample, FloatArray | None, Cell, Answer], T]
) -> dict[Cell, list[list[T]]]:
    """Return what `compare` says of each answer to each image, for cells that went well and whose answers can be read.

    Args:
        records: the record of each cell's end.
        store: the folder of pyramids and answers.
        compare: a function of an image, which is read once for all cells, its distances, a cell and one of its answers.
            An image that cannot be read is left out.
    """
    compared: dict[Cell, list[list[T]]] = {cell: [] for cell, record in records.items() if record.status == OK}
    with logging_redirect_tqdm():
        for expression in dict.fromkeys(cell.affinities.dataset for cell in compared):
            dataset = expression.create(DATASETS)
            cells = [cell for cell in compared if cell.affinities.dataset == expression]
            images = dict.fromkeys(name for cell in cells for name in records[cell].images)
            for name in tqdm(images, "metrics", unit="image", leave=False):
                try:
                    sample, distance = dataset.read(name), dataset.distance(name)
                except InputError as error:
                    logger.warning("left out: %s", error)
                    continue
                for cell in [cell for cell in cells if cell in compared and name in records[cell].images]:
                    if (stored := answers.load(cell.answer(store, name))) is None:
                        del compared[cell]
                    else:
                        compared[cell].append([compare(sample, distance, cell, answer) for answer in stored.values()])
    return compared


def _objectives(path: Path) -> Objectives:
    """Return `objectives_on` a kept pyramid; NaN for all segmentations where it is gone."""
    try:
        return objectives_on(AffinityPyramid.load(path))
    except InputError:
        return Objectives(_nothing, _nothing)


def _nothing(*_: Any) -> float:
    return math.nan


def cuts_by_costs(partitioner: Expression) -> bool:
    """Say whether a partitioner cuts a graph by summed costs, as those do that minimise the multicut energy."""
    takes_costs: bool = getattr(PARTITIONERS.entry(partitioner.name).factory, "takes_costs", False)
    return takes_costs and _value_of(partitioner, "linkage", "sum") == "sum"


def bias_of(partitioner: Expression) -> float:
    """Return the affinity of an edge that costs nothing in the multicut problem that a partitioner is given."""
    return float(_value_of(partitioner, "bias", "0.5"))


def _value_of(partitioner: Expression, name: str, otherwise: str) -> Any:
    """Return the value of a parameter, given or default; `otherwise` where a partitioner has none of that name."""
    entry = PARTITIONERS.entry(partitioner.name)
    default = entry.default(name) if name in entry.parameters else otherwise
    return literal(partitioner.parameters.get(name, default))


def compare(
    sample: Sample, answer: Answer, distance: FloatArray | None, objectives: Objectives, bias: float = 0.5
) -> Outcome:
    """Compare an answer with the truth.

    Args:
        sample: the image.
        answer: the answer to it.
        distance: (H, W) floats, metres from the camera, NaN where unknown.
        objectives: the multicut objectives of its pyramid.
        bias: the affinity of an edge that costs nothing in that which counts.

    Raises:
        InputError: they do not fit.
    """
    segmentation = answer.segmentation
    found, error = match(sample, segmentation, distance), partition_error(sample, segmentation)
    energy, bound = objectives.energy(segmentation, bias), objectives.bound(bias)
    return Outcome(found, error, energy, bound, answer.seconds, answer.solver_seconds)


def objectives_on(pyramid: AffinityPyramid) -> Objectives:
    """Return the multicut objectives of a pyramid. Its graph's edges are listed once, for all segmentations."""
    level, stride = pyramid.levels[0], pyramid.stride
    problem = cache(grid_graph(level.affinity, level.offsets, pyramid.is_thing(1)).biased)

    def energy(segmentation: Segmentation, bias: float) -> float:
        return multicut_energy(problem(bias), segmentation.labels[::stride, ::stride].ravel())

    return Objectives(energy, cache(lambda bias: lower_bound(problem(bias), ROUNDS, SECONDS).value))


def columns(scored: Scored, interval: Interval) -> dict[str, Any]:
    """Return a line's columns of quality and time, which results/README.md explains.

    Args:
        scored: a cell with outcomes.
        interval: the interval of AP, as a fraction.
    """
    outcomes, matches = scored.outcomes, scored.matches
    precision = average_precision(matches, scored.classes)
    quality = panoptic_quality(matches, scored.classes)
    errors = pd.DataFrame([outcome.partition for outcome in outcomes]).mean()
    return {
        "AP": 100 * precision.ap,
        "AP50": 100 * precision.ap50,
        "seconds_per_image": _mean(outcomes, "seconds"),
        "solver_seconds_per_image": _mean(outcomes, "solver_seconds") or float("nan"),
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
        **({"CREMI": float(np.mean([one.partition.cremi for one in outcomes]))} if len(matches[0].size) == 3 else {}),
        "energy": (energy := _mean(outcomes, "energy")),
        "bound": (bound := _mean(outcomes, "bound")),
        "gap": LowerBound(bound).gap(energy),
        "instances_per_image": float(np.mean([len(match.score) for match in matches])),
        "images": len(outcomes),
        **{f"AP_{name.replace(' ', '_')}": 100 * value for name, value in precision.class_ap.items()},
    }


def class_columns(lines: pd.DataFrame) -> list[str]:
    """Return the names of the columns that hold the AP of a class."""
    return [name for name in map(str, lines) if name.startswith("AP_") and name not in ("AP_low", "AP_high")]


def leading(lines: pd.DataFrame) -> dict[str, str]:
    """Return the columns of quality that come before AP, and their formats.

    Of volumes they are the CREMI score and its parts; else CSI and CSI50 where all things are of one class, as nuclei are.
    """
    if "CREMI" in lines and lines["CREMI"].notna().any():
        return dict.fromkeys(("CREMI", "VI_split", "VI_merge", "ARE"), ".3f")
    if lines[class_columns(lines)].notna().any().sum() != 1:
        return {}
    return {name: ".1f" for name in ("CSI", "CSI50") if name in lines}


def notes_on_columns(lines: pd.DataFrame) -> str:
    """Return the notes on the first of the columns that come before AP and on the gap, where they are, each after a blank."""
    notes = {"CREMI": CREMI_NOTE, "CSI": CSI_NOTE, "CSI50": CSI_NOTE, "gap": GAP_NOTE}
    shown = [*list(leading(lines))[:1], *(["gap"] if "gap" in lines and lines["gap"].notna().any() else [])]
    return "".join(f" {notes[name]}" for name in shown)


def problems(lines: pd.DataFrame) -> pd.Series:
    """Return what went wrong in each line, or an empty string, from the columns `status` and `note`."""
    if "status" not in lines:  # of a run that would have left the line out
        return pd.Series("", lines.index)
    texts = (lines["status"] + ": " + lines["note"].fillna("")).str.removesuffix(": ")
    return texts.mask(lines["status"] == OK, "")


def traced(cell: Cell, record: Record) -> dict[str, Any]:
    """Return the columns that say what ran, where and when."""
    return dict(record.origin or origin(cell, record.limits))


def _mean(outcomes: Sequence[Outcome], name: str) -> float:
    return float(np.mean([getattr(outcome, name) for outcome in outcomes]))
