"""The paper's Tables 2 and 3 in small: channels of the grouping embedding, and weights of the affinity losses.

Trains DaffNet on the first street scenes of the train split, as the option file `street` says but for less long: phase
one once, phase two once per setting. The AP of the paper's cascade with GAS is measured on the last scenes of that split:
val is not for choosing. The same command goes on after an interruption; a training that fails costs its own line of the
tables.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from affinity_models import AFFINITY_MODELS, Sample
from affinity_models.daffnet.shipped import SUFFIX
from bench import cli
from bench.ablation.rows import TABLE_4
from bench.datasets import DATASETS, Dataset
from bench.metrics.bootstrap import OVERLAPS, bootstrap
from bench.metrics.matching import Match, match
from bench.provenance import provenance
from partitioners.errors import InputError
from partitioners.files import write_whole

logger = logging.getLogger(__name__)

EXAMPLES = """\
  python -m bench.hyperparameters
  python -m bench.hyperparameters --jobs 2                                      two at a time, each on half of the cores
  python -m bench.hyperparameters --iterations 5000                             as long as the shipped network
  python -m bench.hyperparameters --set training.seed=1 --output runs/hyperparameters-1
"""
HELD_OUT = 50
"""Scenes at the end of the train split that are measured on."""
CASCADE = TABLE_4[2]
"""The row of Table 4 that has the AP of the best lines of Tables 2 and 3."""


@dataclass(frozen=True)
class Setting:
    """A line of Table 2 or 3, and what the paper measured for it with its network on Cityscapes val, in percent."""

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


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.hyperparameters", __doc__ or "", EXAMPLES)
    parser.add_argument("--root", type=Path, metavar="DIR", help="folder of the street scenes; without, a cache")
    parser.add_argument("--scenes", type=cli.whole_number(2), default=500, help=f"{HELD_OUT} of them are measured on")
    parser.add_argument("--semantic-iterations", type=cli.whole_number(1), default=800, help="of phase one")
    parser.add_argument("--iterations", type=cli.whole_number(1), default=1500, help="of phase two")
    parser.add_argument("--jobs", type=cli.whole_number(1), default=1, metavar="N", help="trainings at a time")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="TABLE.OPTION=VALUE",
        help="as for affinity_models.train",
    )
    parser.add_argument("--output", type=Path, default=Path("runs/hyperparameters"), metavar="DIR")
    return parser.parse_args(given)


def train(name: str, options: argparse.Namespace, more: Sequence[str], changes: Sequence[str]) -> Path:
    """Train in a process of its own, or go on with that, and return the folder with the weights.

    Args:
        name: of the folder, in that of the output.
        options: of the command line.
        more, changes: options of `affinity_models.train`, and those of its --set.

    Raises:
        InputError: it failed; its log says why.
    """
    folder = options.output / name
    folder.mkdir(parents=True, exist_ok=True)
    kept = [f"dataset.count={options.scenes - HELD_OUT}", "training.holdout=0", *changes, *options.set]
    root = [] if options.root is None else ["--root", str(options.root)]
    threads = max(1, (os.cpu_count() or 1) // options.jobs)
    command = [
        "-m",
        "affinity_models.train",
        "street",
        *root,
        *more,
        "--output",
        str(folder),
        "--threads",
        str(threads),
    ]
    with (folder / "log.txt").open("a") as log:
        shown = None if options.jobs == 1 else log
        if subprocess.run([sys.executable, *command, "--set", *kept], stdout=shown, stderr=shown).returncode:
            raise InputError(f"{name}: the training failed" + f", see {log.name}" * (shown is not None))
    return folder


def phase_one(options: argparse.Namespace) -> Path:
    """Return the weights after phase one, which all settings share."""
    lengths = [f"training.semantic_iterations={options.semantic_iterations}", "training.iterations=0"]
    return train("phase-one", options, [], lengths) / f"phase-one{SUFFIX}"


def phase_two(setting: Setting, options: argparse.Namespace, initial: Path) -> Path:
    """Return the weights of a setting."""
    lengths = ["training.semantic_iterations=0", f"training.iterations={options.iterations}"]
    return train(setting.name, options, ["--initial", str(initial)], [*lengths, *setting.changes()]) / f"model{SUFFIX}"


def measure(weights: Path, dataset: Dataset, names: Sequence[str]) -> dict[str, float]:
    """Return AP and AP50 in percent with 95 % bootstrap intervals over the images."""
    model, partitioner = AFFINITY_MODELS.create("daffnet", weights=weights), CASCADE.partitioner(seed=0)

    def answer(sample: Sample) -> Match:
        return match(sample, partitioner.partition(model.predict(sample, dataset.stride)))

    found = [answer(dataset.read(name)) for name in tqdm(names, "measuring", unit="image")]
    figures: dict[str, float] = {}
    for name, overlaps in {"AP": OVERLAPS, "AP50": OVERLAPS[:1]}.items():
        interval = bootstrap({"": found}, dataset.classes, overlaps=overlaps).ap[""]
        figures |= {name: 100 * interval.value, f"{name}_low": 100 * interval.low, f"{name}_high": 100 * interval.high}
    return figures


def figures_of(setting: Setting, options: argparse.Namespace, dataset: Dataset, initial: Path) -> dict[str, float]:
    """Return the figures of a setting, which are kept as soon as they are there; none where its training failed."""
    kept = options.output / setting.name / "figures.json"
    if not kept.exists():
        try:
            weights = phase_two(setting, options, initial)
        except InputError as error:
            logger.warning("%s", error)
            return {}
        figures = measure(weights, dataset, dataset.names()[-HELD_OUT:])
        write_whole(kept, json.dumps(figures).encode())
    return json.loads(kept.read_text())


def table(number: int, figures: dict[Setting, dict[str, float]]) -> pd.DataFrame:
    """Return Table 2 or 3, one line per setting."""
    lines: list[dict[str, Any]] = []
    for setting in TABLES[number]:
        changing = {"k": setting.channels} if number == 2 else {"weights, level 1 first": setting.weights}
        paper = {"paper_cityscapes_val_AP": setting.paper_ap, "paper_cityscapes_val_AP50": setting.paper_ap50}
        lines.append(changing | figures[setting] | paper)
    return pd.DataFrame(lines)


def main(given: list[str] | None = None) -> None:
    """Train, measure, and write both tables."""
    options = arguments(given)
    if options.scenes <= HELD_OUT:
        raise InputError(f"--scenes: expected more than the {HELD_OUT} that are measured on, got {options.scenes}")
    dataset = DATASETS.create("street", split="train", count=options.scenes, root=options.root)
    settings = list(dict.fromkeys(setting for lines in TABLES.values() for setting in lines))
    initial = phase_one(options)
    with ThreadPoolExecutor(options.jobs) as pool:
        found = pool.map(lambda setting: figures_of(setting, options, dataset, initial), settings)
        figures = dict(zip(settings, tqdm(found, "settings", len(settings)), strict=True))
    origin = {"semantic_iterations": options.semantic_iterations, "iterations": options.iterations, **provenance()}
    write_whole(options.output / "origin.json", (json.dumps(origin, indent=2) + "\n").encode())
    for number in TABLES:
        lines = table(number, figures)
        lines.to_csv(options.output / f"table-{number}.csv", index=False, float_format="%.4f")
        text = f"Table {number} in small\n\n{lines.to_markdown(index=False, floatfmt='.1f')}\n"
        (options.output / f"table-{number}.md").write_text(text)
        print(text)
    print(f"Tables: {options.output}")


if __name__ == "__main__":
    cli.run(main)
