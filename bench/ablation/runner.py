"""Runs the rows on a data set, and compares their answers with the truth."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from affinity_models import AffinityModel, Sample
from bench.ablation import cells
from bench.ablation.rows import TABLE_4
from bench.datasets import Dataset
from bench.outcomes import Outcome, compare
from bench.provenance import code_key
from partitioners import InputError

logger = logging.getLogger(__name__)

Noise = float | None
"""The amount of a model's errors; None for a model that has no such parameter."""

Outcomes = dict[Noise, dict[str, list[Outcome]]]
"""By noise, then by row: one outcome per image, the same images in the same order everywhere."""


def cells_folder(runs: Path, options: Mapping[str, Any]) -> Path:
    """Return where the answers of a run are kept: a folder of its own for all that could change them."""
    text = json.dumps([code_key(), TABLE_4, options], sort_keys=True, default=str)
    return runs / "cells" / f"{options['dataset']}-{options['model']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def cell_path(folder: Path, noise: Noise, name: str) -> Path:
    """Return the file in which the answers to one image at one noise are kept."""
    return folder / ("answers" if noise is None else f"noise-{noise:g}") / f"{name}.npz"


def measure(dataset: Dataset, models: Mapping[Noise, AffinityModel], limit: int, seed: int, folder: Path) -> Outcomes:
    """Run the rows on each image and compare the answers with the truth; answers in `folder` are not computed again.

    An image that cannot be read, predicted or compared is reported and left out of all rows; the others go on.

    Args:
        dataset: where images come from.
        models: an affinity model for each noise.
        limit: the number of images, the first ones of the data set.
        seed: of the order in which GAS visits pixels.
        folder: where the answers are kept.
    """
    outcomes: Outcomes = {noise: {row.name: [] for row in TABLE_4} for noise in models}
    total = len(dataset.names()[:limit]) * len(models)
    with tqdm(total=total, unit="pyramid", desc="ablation") as progress, logging_redirect_tqdm():
        for sample in dataset.samples(limit):
            found: Outcomes = {}
            try:
                distance = dataset.distance(sample.name)
                for noise, model in models.items():
                    path = cell_path(folder, noise, sample.name)
                    answers = cells.load(path) or _compute(sample, model, dataset.stride, seed, path)
                    found[noise] = {row: [compare(sample, answer, distance)] for row, answer in answers.items()}
                    progress.update()
            except InputError as error:
                logger.warning("left out: %s", error)
                continue
            for noise, by_row in found.items():
                for row, outcome in by_row.items():
                    outcomes[noise][row] += outcome
    return outcomes


def _compute(sample: Sample, model: AffinityModel, stride: int, seed: int, path: Path) -> dict[str, cells.Answer]:
    """Return each row's answer, after it has been written to `path`; a full disk costs only the going on from there."""
    pyramid = model.predict(sample, stride)
    if not path.parent.exists():
        cells.warm_up(pyramid, TABLE_4)
    answers = {row.name: cells.answer(pyramid, row.partitioner(seed)) for row in TABLE_4}
    try:
        cells.save(path, answers)
    except OSError as error:
        logger.warning("not kept: %s: %s", path, error.strerror or error)
    return answers
