"""Cells: what the rows of an ablation made of one image, kept on disk as soon as it is there."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.metrics.partition import multicut_energy
from partitioners import AffinityPyramid, Partitioner, Segmentation, grid_graph
from partitioners.files import write_whole

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Answer:
    """What one row made of one image.

    Args:
        segmentation: empty where the partitioner failed.
        seconds: of the partitioner alone, NaN where it failed.
        energy: multicut energy on level 1's graph of thing pixels, background counting as one part.
        error: what the partitioner failed with, or an empty string.
    """

    segmentation: Segmentation
    seconds: float
    energy: float
    error: str = ""


def answer(pyramid: AffinityPyramid, partitioner: Partitioner) -> Answer:
    """Run a partitioner on a pyramid; a failure is an answer that says so."""
    start = time.perf_counter()
    try:
        segmentation = partitioner.partition(pyramid)
    except Exception as error:  # one cell is lost, not the run
        logger.warning("a partitioner failed: %r", error)
        nothing = Segmentation(np.zeros(pyramid.image_size, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        return Answer(nothing, np.nan, np.nan, repr(error))
    seconds = time.perf_counter() - start
    return Answer(segmentation, seconds, _energy(pyramid, segmentation))


def warm_up(pyramid: AffinityPyramid, partitioners: Iterable[Partitioner]) -> None:
    """Run all partitioners once on the coarsest level, untimed: what is imported or allocated at a first call is not timed."""
    depth = len(pyramid.levels)
    coarsest = replace(pyramid, levels=pyramid.levels[-1:], stride=pyramid.stride * 2 ** (depth - 1))
    for partitioner in partitioners:
        answer(coarsest, partitioner)


def _energy(pyramid: AffinityPyramid, segmentation: Segmentation) -> float:
    level = pyramid.levels[0]
    graph = grid_graph(level.affinity, level.offsets, pyramid.is_thing(1))
    return multicut_energy(graph, segmentation.labels[:: pyramid.stride, :: pyramid.stride].ravel())


def save(path: Path, answers: dict[str, Answer]) -> None:
    """Write the answers of all rows to one image, whole or not at all."""
    arrays: dict[str, Any] = {}
    meta = {row: [one.seconds, one.energy, one.error] for row, one in answers.items()}
    for number, one in enumerate(answers.values()):
        found = one.segmentation
        arrays |= {f"labels{number}": found.labels, f"classes{number}": found.classes, f"scores{number}": found.scores}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), **arrays)
    write_whole(path, buffer.getvalue())


def load(path: Path) -> dict[str, Answer] | None:
    """Return what `save` wrote, by the names of rows, or None where there is nothing readable."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            meta = json.loads(bytes(arrays["meta"]))
            return {
                row: Answer(
                    Segmentation(*(arrays[f"{field}{number}"] for field in ("labels", "classes", "scores"))), *rest
                )
                for number, (row, rest) in enumerate(meta.items())
            }
    except Exception:  # a damaged archive can raise nearly anything, and is then computed again
        return None
