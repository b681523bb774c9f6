"""The paper's Tables 2 and 3 in small: channels of the grouping embedding, and weights of the affinity losses.

Trains DaffNet on the first street scenes of the train split, as the option file `street` says but for less time: phase
one once, phase two once per setting. The AP of the paper's cascade with GAS is measured on the last scenes of that split:
val is not for choosing. The same command goes on after an interruption; a training that fails costs its own line of the
tables.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from affinity_models import cli
from affinity_models.daffnet.shipped import SUFFIX
from affinity_models.data import DATASETS
from affinity_models.metrics.bootstrap import bootstrap
from affinity_models.metrics.cityscapes import OVERLAPS
from bench.ablation.rows import TABLE_4
from bench.engine.cells import Cell
from bench.engine.isolation import Limits
from bench.engine.plan import affinities_of, cell_of, current_code
from bench.engine.provenance import provenance
from bench.engine.run import run
from bench.engine.scheduling import here
from bench.engine.schema import HYPERPARAMETERS, tidy
from bench.engine.scoring import Scored, score
from bench.publish.exhibits import Exhibit, as_markdown, publish, read, store, with_interval
from partitioners import expressions, notation
from partitioners.errors import InputError
from partitioners.expressions import Expression

logger = logging.getLogger(__name__)

EXAMPLES = """\
  python -m bench.hyperparameters
  python -m bench.hyperparameters --jobs 2                                      two at a time, each on half of the cores
  python -m bench.hyperparameters --iterations 13500                            as long as the shipped network
  python -m bench.hyperparameters --set training.seed=1 --runs runs-1
"""
HELD_OUT = 50
"""Scenes at the end of the train split that are measured on."""
CASCADE = TABLE_4[2]
"""The row of Table 4 that has the AP of the best lines of Tables 2 and 3."""


@dataclass(frozen=True)
class Setting:
    """A line of Table 2 or 3, and the paper's AP for it with its network on Cityscapes val, in percent."""

    channels: int
    weights: tuple[float, float, float, float]
    paper_ap: float
    paper_ap50: float

    @property
    def name(self) -> str:
        """A folder's name."""
        return f"k{self.channels}-" + "-".join(f"{weight:g}" for weight in self.weights)

    def changes(self) -> list[str]:
        """Return the options of `affinity_models.train --set`."""
        weights = list(self.weights)
        return [
            f"network.channels={self.channels}",
            f"training.boundary_weights={weights}",
            f"training.solid_weights={weights}",
        ]


BEST = (0.25, 0.5, 1.0, 1.0)
TABLES = {
    2: (Setting(8, BEST, 29.8, 49.7), Setting(16, BEST, 30.2, 50.2), Setting(32, BEST, 32.0, 52.0)),
    3: (
        Setting(32, (0.125, 0.25, 0.5, 1.0), 30.9, 51.8),
        Setting(32, BEST, 32.0, 52.0),
        Setting(32, (0.5, 1.0, 1.0, 1.0), 29.4, 49.2),
        Setting(32, (1.0, 1.0, 1.0, 1.0), 29.6, 49.6),
    ),
}

_CHANGING = {2: ("k", "channels of the grouping embedding"), 3: ("weights", "of the affinity losses, level 1 first")}
FIGURES = ("AP", "AP_low", "AP_high", "AP50", "AP50_low", "AP50_high")


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.hyperparameters", __doc__ or "", EXAMPLES, goes_on=True)
    cli.add(parser, "data", "street", "the street scenes, as 'street(root=DIR)'; without a root, in a cache")
    parser.add_argument("--scenes", type=cli.whole_number(2), default=500, help=f"{HELD_OUT} of them are measured on")
    parser.add_argument("--semantic-iterations", type=cli.whole_number(1), default=800, help="of phase one")
    parser.add_argument("--iterations", type=cli.whole_number(1), default=1500, help="of phase two")
    parser.add_argument("--jobs", type=cli.whole_number(1), default=1, metavar="N", help="trainings at a time")
    cli.add_changes(parser)
    cli.add(parser, "output", help="for the tables; default: runs/hyperparameters")
    cli.add(parser, "runs", Path("runs"), "where trainings, pyramids and answers are kept")
    return parser.parse_args(argv)


def train(name: str, options: argparse.Namespace, extra: Sequence[str], changes: Sequence[str]) -> Path:
    """Train in a process of its own, or continue there, and return the folder with the weights.

    Args:
        name: the folder's, in runs/hyperparameters.
        options: the command line's.
        extra, changes: options of `affinity_models.train`, and those of its --set.

    Raises:
        InputError: it failed; its log says why.
    """
    folder: Path = options.runs / "hyperparameters" / name
    folder.mkdir(parents=True, exist_ok=True)
    settings = [f"dataset.count={options.scenes - HELD_OUT}", "training.holdout=0", *changes, *options.set]
    threads = max(1, (os.cpu_count() or 1) // options.jobs)
    command = ["-m", "affinity_models.train", "street", "--stage", "1", "--data", options.data, *extra]
    command += ["--output", str(folder), "--threads", str(threads)]
    with (folder / "log.txt").open("a") as log:
        stream = None if options.jobs == 1 else log
        if subprocess.run([sys.executable, *command, "--set", *settings], stdout=stream, stderr=stream).returncode:
            raise InputError(f"{name}: the training failed" + f", see {log.name}" * (stream is not None))
    return folder


def phase_one(options: argparse.Namespace) -> Path:
    """Return the weights after phase one, which all settings share."""
    lengths = [f"training.semantic_iterations={options.semantic_iterations}", "training.iterations=0"]
    return train("phase-one", options, [], lengths) / f"phase-one{SUFFIX}"


def phase_two(setting: Setting, options: argparse.Namespace, initial: Path) -> Path:
    """Return the weights of a setting."""
    lengths = ["training.semantic_iterations=0", f"training.iterations={options.iterations}"]
    return train(setting.name, options, ["--initial", str(initial)], [*lengths, *setting.changes()]) / f"model{SUFFIX}"


def trained(setting: Setting, options: argparse.Namespace, initial: Path) -> Path | None:
    """Return the weights of a setting, or None where its training failed."""
    try:
        return phase_two(setting, options, initial)
    except InputError as error:
        logger.warning("%s", error)
        return None


def measure(weights: Mapping[Setting, Path], data: Expression, runs: Path) -> dict[Setting, dict[str, float]]:
    """Return AP and AP50 of each setting with answers, in percent, with 95 % bootstrap intervals over the images.

    Args:
        weights: the weights of each setting.
        data: the scenes, measured on the last ones.
        runs: the folder of pyramids and answers.
    """
    code = current_code()
    cells: dict[Setting, Cell] = {}
    for setting, path in weights.items():
        network = notation.join("daffnet", {"weights": notation.written(str(path))})
        (affinities,) = affinities_of(data, [network], sys.maxsize, 0, code)
        held_out = replace(affinities, images=affinities.images[-HELD_OUT:])
        cells[setting] = cell_of(held_out, expressions.parse(CASCADE.expression), code)
    scored = score(run(list(cells.values()), runs, Limits(threads=1), "missing", here), runs)
    return {setting: _figures(scored[cell]) for setting, cell in cells.items() if scored[cell].outcomes}


def _figures(scored: Scored) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, overlaps in {"AP": OVERLAPS, "AP50": OVERLAPS[:1]}.items():
        interval = bootstrap({"": scored.matches}, scored.classes, overlaps=overlaps).ap[""]
        figures |= {name: 100 * interval.value, f"{name}_low": 100 * interval.low, f"{name}_high": 100 * interval.high}
    return figures


def lines(figures: Mapping[Setting, Mapping[str, float]], origin: Mapping[str, Any]) -> pd.DataFrame:
    """Return both tables, a line for each of their settings; results/README.md explains the columns."""
    rows = [
        {"table": number, "k": setting.channels, "weights": " ".join(f"{weight:g}" for weight in setting.weights)}
        | {name: figures.get(setting, {}).get(name, math.nan) for name in FIGURES}
        | {"paper_cityscapes_val_AP": setting.paper_ap, "paper_cityscapes_val_AP50": setting.paper_ap50}
        for number, settings in TABLES.items()
        for setting in settings
    ]
    return tidy(pd.DataFrame(rows).assign(**origin), HYPERPARAMETERS)


def exhibits(folder: Path) -> list[Exhibit]:
    """Return both tables of the rows that are stored."""
    rows = read(folder / "hyperparameters.csv")
    return [_exhibit(table) for _, table in rows.groupby("table")]


def _exhibit(rows: pd.DataFrame) -> Exhibit:
    number = int(rows["table"].iloc[0])
    changing, title = _CHANGING[number]
    figures = {f"{name} (95 %)": with_interval(rows, name) for name in ("AP", "AP50")}
    texts = {changing: rows[changing].astype(str), **figures}
    texts |= {f"paper: {name}": rows[f"paper_cityscapes_val_{name}"].map("{:.1f}".format) for name in ("AP", "AP50")}
    first = rows.iloc[0]
    note = (
        f"Phase one of {first['semantic_iterations']} iterations, once for all; phase two of {first['iterations']}. AP in percent"
        f" with 95 % bootstrap intervals on {HELD_OUT} street scenes of train that were not trained on, by row"
        f" {CASCADE.name} of Table 4. The paper's: its network on Cityscapes val."
    )
    return Exhibit(f"Table {number} in small: {title}", note, rows, pd.DataFrame(texts))


def readme(folder: Path) -> str:
    """Return the part that the README shows: both tables."""
    results = exhibits(folder)
    return "\n\n".join([*(f"{exhibit.title}:\n\n{as_markdown(exhibit.table)}" for exhibit in results), results[0].made])


def main(argv: list[str] | None = None) -> None:
    """Train, measure, and write both tables."""
    options = arguments(argv)
    if options.scenes <= HELD_OUT:
        raise InputError(f"--scenes: expected more than the {HELD_OUT} that are measured on, got {options.scenes}")
    settings = list(dict.fromkeys(setting for group in TABLES.values() for setting in group))
    initial = phase_one(options)
    with ThreadPoolExecutor(options.jobs) as pool:
        paths = pool.map(lambda setting: trained(setting, options, initial), settings)
        weights = dict(zip(settings, tqdm(paths, "settings", len(settings)), strict=True))
    data = expressions.parse(options.data).changed(DATASETS, {"split": "train", "count": options.scenes})
    figures = measure({setting: path for setting, path in weights.items() if path}, data, options.runs)
    origin = {"semantic_iterations": options.semantic_iterations, "iterations": options.iterations, **provenance()}
    output = options.output or options.runs / "hyperparameters"
    table = lines(figures, origin)
    store(table, output / "hyperparameters.csv")
    publish("Hyperparameters", exhibits(output), output)


if __name__ == "__main__":
    cli.run(main)
