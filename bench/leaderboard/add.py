"""Add a line to a leaderboard: the labels that a program in any language found for the images of a frozen set.

LABELS holds a file for each image: NAME.txt, with a whole number for each node of the flat problem; or NAME.npy, NAME.png or
NAME.tif, the labels of level 1. The README.md of the set says how they are read.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from affinity_models import cli
from affinity_models.data import DATASETS
from affinity_models.manifest import describe
from bench.engine import labels
from bench.engine.answers import Answer
from bench.engine.cells import NOBODY, Affinities, Cell, Record, key
from bench.engine.isolation import OK, Limits
from bench.engine.plan import affinities_of, current_code
from bench.engine.scoring import Outcome, Scored, compare, objectives_on
from bench.engine.tasks import origin
from bench.leaderboard import merge, tables
from partitioners import InputError
from partitioners.expressions import Expression

EXAMPLES = """\
  python -m bench.leaderboard add runs/leaderboard/pyramids-saved frozen/street labels --name mine
  python -m bench.leaderboard add BOARD SET LABELS --name mine --times times.csv --machine "AMD EPYC 9654"
"""
FOREIGN = "labels from files"
"""The `tune_note` of lines that were added."""


def main(argv: list[str] | None = None) -> None:
    """Compare the labels with the truth, and write the leaderboard anew."""
    parser = cli.parser("python -m bench.leaderboard add", __doc__ or "", EXAMPLES)
    parser.add_argument("board", type=Path, metavar="BOARD", help="a leaderboard on the set, which gets the line")
    parser.add_argument("set", type=Path, metavar="SET", help="the frozen set")
    parser.add_argument("labels", type=Path, metavar="LABELS", help="the folder of labels")
    parser.add_argument(
        "--name", help="of the program; an added line of the same name is replaced; default: LABELS' name"
    )
    parser.add_argument(
        "--times", type=Path, metavar="FILE.csv", help="columns name, seconds: of each image; without, none are shown"
    )
    parser.add_argument("--machine", metavar="TEXT", help="on which times were taken; default: this one")
    options: argparse.Namespace = parser.parse_args(argv)
    if options.machine and not options.times:
        raise InputError("--machine: expected together with --times FILE.csv")
    name = options.name or options.labels.resolve().name
    board = merge.load(options.board)
    affinities, lines = _compared(options, board)
    old = lines[lines["partitioner"] == name]
    if (old.reindex(columns=["tune_note"]) != FOREIGN).any(axis=None):
        raise InputError(f"--name: expected one that no partitioner of {options.board} has, got {name!r}")
    shared = lines.iloc[0][["dataset", "model", "seed"]]  # as the leaderboard writes them
    line = _line(name, affinities, options).assign(**shared)
    merge.write(merge.join({str(options.board): board.drop(old.index), str(options.labels): line}), options.board)


def _compared(options: argparse.Namespace, board: pd.DataFrame) -> tuple[Affinities, pd.DataFrame]:
    """Return the affinities of the set on the images that a leaderboard is of, and its lines on them.

    Raises:
        InputError: it has no results on them.
    """
    data = Expression("pyramids").changed(DATASETS, {"root": str(options.set)})
    (first,) = affinities_of(data, ["saved"], 1, 0, "")
    lines = board[board["model_version"] == first.model_version]
    good = lines[lines["status"] == OK]
    if not len(good):
        raise InputError(
            f"{options.board}: expected results on {options.set}, version {first.model_version}; it has none"
        )
    (affinities,) = affinities_of(data, ["saved"], int(good["images"].max()), int(good["seed"].iloc[0]), current_code())
    return affinities, lines


def _line(name: str, affinities: Affinities, options: argparse.Namespace) -> pd.DataFrame:
    """Return the row of the labels."""
    images = [image for image, _ in affinities.images]
    paths = labels.find(options.labels, images)
    seconds = _times(options.times, images) if options.times else dict.fromkeys(images, math.nan)
    dataset = affinities.open()
    model = affinities.make_model(dataset)

    def outcome(image: str) -> Outcome:
        sample = dataset.read(image)
        pyramid = model.predict(sample, dataset.stride)
        answer = Answer(labels.read(paths[image], pyramid), seconds[image], math.nan, math.nan)
        return compare(sample, answer, None, objectives_on(pyramid))

    outcomes = [outcome(image) for image in tqdm(images, "labels", unit="image")]
    contents = [describe(path)["sha256"] for path in paths.values()]
    traces = origin(Cell(affinities, NOBODY), Limits()) | {"key": key(contents)}
    traces |= {"machine": options.machine} if options.machine else {}
    cell = Cell(affinities, Expression(name))
    scored = Scored(Record(OK, images=tuple(images), origin=traces), dataset.classes, outcomes)
    return tables.board({cell: scored}, affinities.seed).assign(tune_note=FOREIGN)


def _times(path: Path, images: Sequence[str]) -> dict[str, float]:
    """Return the seconds of each image.

    Raises:
        InputError: the file is not a table of them.
    """
    try:
        table = pd.read_csv(path, dtype={"name": str}, skipinitialspace=True)
        seconds = dict(zip(table["name"], table["seconds"].astype(float), strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"--times: expected the columns name and seconds, got {path}: {error!r}") from None
    for image in images:
        if not 0 < seconds.get(image, math.nan) < math.inf:
            raise InputError(
                f"--times: expected seconds above 0 for {image} in {path}, got {seconds.get(image, 'none')}"
            )
    return seconds
