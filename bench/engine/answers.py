"""Answers: what a partitioner made of one image, kept on disk as soon as it is there."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from partitioners import AffinityPyramid, Partitioner, Segmentation, checks, solver_clock
from partitioners.errors import InputError
from partitioners.files import write_whole


@dataclass(frozen=True, eq=False)
class Answer:
    """A partitioner's segmentation of one image, and the time that it took.

    Args:
        segmentation: the segmentation that it returned.
        seconds: wall time of the partitioner alone.
        processor_seconds: the time that this process took while the partitioner ran.
        solver_seconds: the time of these that solvers took, as `partitioners.solver_clock` tells; 0 where none was called.
    """

    segmentation: Segmentation
    seconds: float
    processor_seconds: float
    solver_seconds: float


def answer(pyramid: AffinityPyramid, partitioner: Partitioner) -> Answer:
    """Run a partitioner on a pyramid.

    Raises:
        InputError: what it returns is no segmentation of the pyramid's image.
        Exception: whatever it fails with.
    """
    start, processor_start = time.perf_counter(), time.process_time()
    with solver_clock() as clock:
        segmentation = partitioner.segment(pyramid)
    seconds, processor_seconds = time.perf_counter() - start, time.process_time() - processor_start
    _check(pyramid, segmentation)
    return Answer(segmentation, seconds, processor_seconds, clock.seconds)


def warm_up(pyramid: AffinityPyramid, partitioner: Partitioner) -> None:
    """Run on the coarsest level, untimed: what is imported or allocated at a first call is not timed."""
    depth = len(pyramid.levels)
    coarsest = replace(pyramid, levels=pyramid.levels[-1:], stride=pyramid.stride * 2 ** (depth - 1))
    with suppress(Exception):
        partitioner.segment(coarsest)


def _check(pyramid: AffinityPyramid, found: Any) -> None:
    if not isinstance(found, Segmentation):
        raise InputError(f"partition: expected to return a Segmentation, got {type(found).__name__}")
    if found.labels.shape != pyramid.image_size:
        raise InputError(
            f"partition: expected labels of the image's size {pyramid.image_size}, got {found.labels.shape}"
        )
    checks.within("classes of the segmentation", found.classes, 0, len(pyramid.classes) - 1)


def save(path: Path, answers: Mapping[str, Answer]) -> None:
    """Write answers to one image, by the names of who gave them, whole or not at all."""
    arrays: dict[str, Any] = {}
    meta = {row: [one.seconds, one.processor_seconds, one.solver_seconds] for row, one in answers.items()}
    for number, one in enumerate(answers.values()):
        found = one.segmentation
        arrays |= {f"labels{number}": found.labels, f"classes{number}": found.classes, f"scores{number}": found.scores}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), **arrays)
    write_whole(path, buffer.getvalue())


def load(path: Path) -> dict[str, Answer] | None:
    """Return what `save` wrote, or None where there is nothing readable."""
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
