"""The paper's Table 4, or other --partitioners, measured on a data set with an affinity model.

The four compositions of Cascade-GAEC, and the partitioner that a network was measured with, or others, are run on
the same pyramids. AP is that of the official Cityscapes evaluator; the differences of rows come with paired bootstrap
intervals. Each finished image is kept, so that the same command goes on after an interruption.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from affinity_models import AFFINITY_MODELS, AffinityModel
from affinity_models.daffnet import shipped
from affinity_models.data import DATASETS
from bench import cli
from bench.ablation import figures, tables
from bench.ablation.rows import chosen
from bench.ablation.runner import Noise, cells_folder, measure
from bench.engine.provenance import provenance
from bench.leaderboard import cells
from bench.publish import exhibits
from bench.publish.files import file_name
from partitioners import InputError, expressions
from partitioners.expressions import Expression

EXAMPLES = """\
  python -m bench.ablation                                   the embedded street scenes
  python -m bench.ablation --limit 3                         a quick look
  python -m bench.ablation --models oracle --noise 0 1       affinities from the ground truth, with errors
  python -m bench.ablation --models 'corrected(truth=semantic)'     the shipped network, but for its semantic map
  python -m bench.ablation --data 'nuclei(root=DIR)'         your own images/ and masks/
  python -m bench.ablation --data 'cityscapes(root=DIR)' --weights FILE   Cityscapes itself, and your own network
  python -m bench.ablation --partitioners cascade-gaec 'cascade-gaec(affinity=gaec)' 'gaec(linkage=average)'   other rows
  python -m bench.ablation --data 'pyramids(root=DIR)' --models saved   predictions made elsewhere
"""
NOISE = (0.0, 0.25, 0.5, 0.75, 1.0)


def make_models(model: Expression, noise: Sequence[float] | None, **known: Any) -> dict[Noise, AffinityModel]:
    """Return a model for each noise, or one under None for a model that knows no noise or has its own.

    Raises:
        InputError: the model cannot be made.
    """
    if "noise" in AFFINITY_MODELS.entry(model.name).parameters and not model.says("noise"):
        return {level: model.create(AFFINITY_MODELS, noise=level, **known) for level in noise or NOISE}
    return {None: model.create(AFFINITY_MODELS, **known)}


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.ablation", __doc__ or "", EXAMPLES)
    cli.add(parser, "data", "street")
    cli.add(
        parser, "models", help="of affinities; without, daffnet with the weights or with those shipped, else oracle"
    )
    parser.add_argument("--weights", metavar="NAME", help="of daffnet: a .safetensors file, or a shipped network")
    parser.add_argument(
        "--noise", type=float, nargs="+", metavar="X", help=f"of oracle: sizes of error, {NOISE} if none"
    )
    rows = "one of graphs cuts the finest level; without, Table 4 and the one recorded with the network"
    cli.add(parser, "partitioners", help=f"rows: {rows}", several=True, old=["rows"])
    cli.add(parser, "limit", 100)
    cli.add(parser, "seed", 0)
    cli.add(parser, "output", help="for tables and figures, else below --runs")
    parser.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help="where answers are kept")
    return parser.parse_args(given)


def default_model(dataset: str, weights: str | None) -> str:
    """Return the affinity model of a command line that names none, given the data set's name."""
    return "daffnet" if weights or dataset in shipped.names() else "oracle"


def _shown(data: Expression, model: Expression) -> dict[str, str]:
    """Return what tables call data set and model: without folder, which means nothing elsewhere, and without split."""
    parameters = {key: value for key, value in data.parameters.items() if key not in ("root", "split")}
    data = replace(data, parameters=parameters)
    called = expressions.short([data, model])
    return {"dataset": called[data], "model": called[model]}


def main(given: list[str] | None = None) -> None:
    """Run the ablation and write its tables and figures."""
    options = arguments(given)
    data = expressions.parse(options.data)
    model = expressions.parse(options.models or default_model(data.name, options.weights))
    dataset = cli.open_dataset(options)
    for name in ("noise", "weights"):
        if getattr(options, name) is not None and name not in AFFINITY_MODELS.entry(model.name).parameters:
            raise InputError(f"--{name}: the affinity model {model.name!r} takes none")
    known = cells.known(data, dataset, options.seed)
    known |= {"weights": options.weights} if options.weights else {}
    models = make_models(model, options.noise, **known)
    rows = chosen(options.partitioners, next(iter(models.values())).partitioner, options.seed)
    partitioners = {row.name: row.partitioner(options.seed) for row in rows}
    key = _shown(data, model) | {"seed": str(options.seed), "model_version": next(iter(models.values())).version}
    identity = [data.canonical(DATASETS), model.canonical(AFFINITY_MODELS), known, key["model_version"]]
    folder = options.runs / "cells" / f"{data.name}-{model.name}"
    folder = cells_folder(folder, identity, rows, [dataset, *models.values(), *partitioners.values()])
    outcomes = measure(dataset, models, partitioners, options.limit, folder)
    if not any(found for by_row in outcomes.values() for found in by_row.values()):
        raise InputError(f"--data {options.data}: no image could be used")
    name = "-".join([key["dataset"], key["model"], *(["rows"] if options.partitioners else [])])
    output = options.output or options.runs / "ablation" / file_name(name)
    output.mkdir(parents=True, exist_ok=True)
    origin = key | {"split": getattr(dataset, "split", "")} | provenance()
    report = tables.report(outcomes, rows, dataset.classes, origin, options.seed)
    tables.write(report, output)
    exhibits.write("Ablation", tables.exhibits(output), output)
    title = f"{key['dataset']}, {key['model']}"
    figures.write_examples(title, list(partitioners), dataset, outcomes, folder, output)
    console = Console()
    console.print(report.summary())
    console.print(f"Tables and figures: {output}", soft_wrap=True)


if __name__ == "__main__":
    cli.run(main)
