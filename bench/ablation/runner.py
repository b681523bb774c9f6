"""Runs the rows on a data set, and compares their answers with the truth."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from affinity_models import AffinityModel, Sample
from affinity_models.data import Dataset
from bench.ablation.rows import Row
from bench.engine import answers
from bench.engine.answers import Answer
from bench.engine.outcomes import Outcome, compare
from bench.engine.plugins import plugin_key
from bench.engine.provenance import own_code_key
from partitioners import PARTITIONERS, AffinityPyramid, InputError, Partitioner, Segmentation, expressions

logger = logging.getLogger(__name__)

Noise = float | None
"""The amount of a model's errors; None for a model that has no such parameter."""

Outcomes = dict[Noise, dict[str, list[Outcome]]]
"""By noise, then by row: one outcome per image, the same images in the same order everywhere."""


def cells_folder(home: Path, identity: Sequence[Any], rows: Sequence[Row], parts: Sequence[Any]) -> Path:
    """Return where the answers of a run are kept: a folder of its own for all that could change them.

    Args:
        home: what its path begins with.
        identity: of data set and model, and all else that decides answers.
        rows: of the table.
        parts: the data set, the models and the partitioners.
    """
    named = [(row.name, expressions.parse(row.expression).canonical(PARTITIONERS)) for row in rows]
    text = json.dumps([own_code_key(), plugin_key(parts), named, identity], default=str)
    return home.with_name(f"{home.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}")


def cell_path(folder: Path, noise: Noise, name: str) -> Path:
    """Return the file in which the answers to one image at one noise are kept."""
    return folder / ("answers" if noise is None else f"noise-{noise:g}") / f"{name}.npz"


def measure(
    dataset: Dataset,
    models: Mapping[Noise, AffinityModel],
    partitioners: Mapping[str, Partitioner],
    limit: int,
    folder: Path,
) -> Outcomes:
    """Run the rows on each image and compare the answers with the truth; answers in `folder` are not computed again.

    An image that cannot be read, predicted or compared is reported and left out of all rows; the others go on.

    Args:
        dataset: where images come from.
        models: an affinity model for each noise.
        partitioners: by the names of rows.
        limit: the number of images, the first ones of the data set.
        folder: where the answers are kept.
    """
    outcomes: Outcomes = {noise: {row: [] for row in partitioners} for noise in models}
    total = len(dataset.names()[:limit]) * len(models)
    with tqdm(total=total, unit="pyramid", desc="ablation") as progress, logging_redirect_tqdm():
        for sample in dataset.samples(limit):
            found: Outcomes = {}
            try:
                distance = dataset.distance(sample.name)
                for noise, model in models.items():
                    path = cell_path(folder, noise, sample.name)
                    cell = answers.load(path) or _compute(sample, model, dataset.stride, partitioners, path)
                    found[noise] = {row: [compare(sample, answer, distance)] for row, answer in cell.items()}
                    progress.update()
            except InputError as error:
                logger.warning("left out: %s", error)
                continue
            for noise, by_row in found.items():
                for row, outcome in by_row.items():
                    outcomes[noise][row] += outcome
    return outcomes


def _compute(
    sample: Sample, model: AffinityModel, stride: int, partitioners: Mapping[str, Partitioner], path: Path
) -> dict[str, Answer]:
    """Return each row's answer, after it has been written to `path`; a full disk costs only the going on from there."""
    pyramid = model.predict(sample, stride)
    if not path.parent.exists():
        for partitioner in partitioners.values():
            answers.warm_up(pyramid, partitioner)
    found = {row: _answer(pyramid, partitioner) for row, partitioner in partitioners.items()}
    try:
        answers.save(path, found)
    except OSError as error:
        logger.warning("not kept: %s: %s", path, error.strerror or error)
    return found


def _answer(pyramid: AffinityPyramid, partitioner: Partitioner) -> Answer:
    """Run a partitioner on a pyramid; a failure is an answer that says so."""
    try:
        return answers.answer(pyramid, partitioner)
    except Exception as error:  # one answer is lost, not the run
        logger.warning("a partitioner failed: %r", error)
        nothing = Segmentation(np.zeros(pyramid.image_size, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        return Answer(nothing, np.nan, np.nan, repr(error))
