"""Cells: what the rows of an ablation made of one image; a row that fails costs its answer, not the run."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from bench import answers
from bench.ablation.rows import Row
from bench.answers import Answer, load, save
from partitioners import AffinityPyramid, PyramidPartitioner, Segmentation

__all__ = ["Answer", "answer", "load", "save", "warm_up"]

logger = logging.getLogger(__name__)


def answer(pyramid: AffinityPyramid, partitioner: PyramidPartitioner) -> Answer:
    """Run a partitioner on a pyramid; a failure is an answer that says so."""
    try:
        return answers.answer(pyramid, partitioner)
    except Exception as error:  # one cell is lost, not the run
        logger.warning("a partitioner failed: %r", error)
        nothing = Segmentation(np.zeros(pyramid.image_size, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        return Answer(nothing, np.nan, np.nan, repr(error))


def warm_up(pyramid: AffinityPyramid, rows: Sequence[Row]) -> None:
    """Run all rows once, untimed."""
    for row in rows:
        answers.warm_up(pyramid, row.partitioner(seed=0))
