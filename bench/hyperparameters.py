"""The paper's Tables 2 and 3 in small: channels of the grouping embedding, and weights of the affinity losses.

Trains DaffNet on the first street scenes of the train split, as the option file `street` says but for less long, once
per setting, and measures the AP of the paper's cascade with GAS on the last scenes of that split: val is not for
choosing. The same command goes on after an interruption; a training that fails costs its own line of the tables.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
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
  python -m bench.hyperparameters --iterations 2200 --semantic-iterations 600   as long as the shipped network
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
    parser.add_argument("--semantic-iterations", type=cli.whole_number(0), default=300, help="of phase one")
    parser.add_argument("--iterations", type=cli.whole_number(1), default=700, help="of phase two")
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="TABLE.OPTION=VALUE", help="as for affinity_models.train"
    )
    parser.add_argument("--output", type=Path, default=Path("runs/hyperparameters"), metavar="DIR")
    return parser.parse_args(given)


def train(setting: Setting, options: argparse.Namespace, folder: Path) -> None:
    """Train a setting in a process of its own, or go on with it.

    Raises:
        InputError: it failed; it has said why.
    """
    changes = [
        f"dataset.count={options.scenes - HELD_OUT}",
        "training.holdout=0",
        f"training.semantic_iterations={options.semantic_iterations}",
        f"training.iterations={options.iterations}",
        *setting.changes(),
        *options.set,
    ]
    root = [] if options.root is None else ["--root", str(options.root)]
    command = ["-m", "affinity_models.train", "street", *root, "--output", str(folder), "--set", *changes]
    if subprocess.run([sys.executable, *command]).returncode:
        raise InputError(f"{setting.name}: the training failed")


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


def figures_of(setting: Setting, options: argparse.Namespace, dataset: Dataset) -> dict[str, float]:
    """Return the figures of a setting, which are kept as soon as they are there; none where its training failed."""
    folder = options.output / setting.name
    kept = folder / "figures.json"
    if not kept.exists():
        try:
            train(setting, options, folder)
        except InputError as error:
            logger.warning("%s", error)
            return {}
        figures = measure(folder / f"model{SUFFIX}", dataset, dataset.names()[-HELD_OUT:])
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
    figures: dict[Setting, dict[str, float]] = {}
    for index, setting in enumerate(settings, start=1):
        print(f"{index} of {len(settings)}: {setting.name}", flush=True)
        figures[setting] = figures_of(setting, options, dataset)
    origin = {"semantic_iterations": options.semantic_iterations, "iterations": options.iterations, **provenance()}
    write_whole(options.output / "origin.json", (json.dumps(origin, indent=2) + "\n").encode())
    for number in TABLES:
        found = table(number, figures)
        found.to_csv(options.output / f"table-{number}.csv", index=False, float_format="%.4f")
        text = f"Table {number} in small\n\n{found.to_markdown(index=False, floatfmt='.1f')}\n"
        (options.output / f"table-{number}.md").write_text(text)
        print(text)
    print(f"Tables: {options.output}")


if __name__ == "__main__":
    cli.run(main)
