"""The paper's Table 4, or the partitioners of --rows, measured on a data set with an affinity model.

The four compositions of Cascade-GAEC, and the partitioner that a network was measured with, or those of --rows, are run on
the same pyramids. AP is that of the official Cityscapes evaluator; the differences of rows come with paired bootstrap
intervals. Each finished image is kept, so that the same command goes on after an interruption.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from affinity_models import AFFINITY_MODELS, AffinityModel
from affinity_models.daffnet import shipped
from bench import cli
from bench.ablation import figures, tables
from bench.ablation.rows import chosen
from bench.ablation.runner import Noise, cells_folder, measure
from bench.engine.provenance import provenance
from bench.publish import exhibits
from partitioners import InputError, expressions
from partitioners.expressions import Expression

EXAMPLES = """\
  python -m bench.ablation                                   the embedded street scenes
  python -m bench.ablation --limit 3                         a quick look
  python -m bench.ablation --model oracle --noise 0 1        affinities from the ground truth, with errors
  python -m bench.ablation --model 'corrected(truth=semantic)'      the shipped network, but for its semantic map
  python -m bench.ablation --dataset nuclei --root DIR       your own images/ and masks/
  python -m bench.ablation --dataset cityscapes --root DIR --weights FILE   Cityscapes itself, and your own network
  python -m bench.ablation --rows cascade-gaec 'cascade-gaec(affinity=gaec(linkage=average))' gaec   other rows
  python -m bench.ablation --dataset pyramids --root DIR --model saved   predictions made elsewhere
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
    cli.add_dataset(parser)
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="an affinity model that bench.list shows, or 'NAME(KEY=VALUE, …)'; without, daffnet with the weights or with "
        "those shipped for the data set, else oracle",
    )
    parser.add_argument("--weights", metavar="NAME", help="of daffnet: a .safetensors file, or a shipped network")
    parser.add_argument(
        "--noise", type=float, nargs="+", metavar="X", help=f"of oracle: sizes of error, {NOISE} if none"
    )
    parser.add_argument(
        "--rows",
        nargs="+",
        metavar="ROW",
        help="partitioners: names, or 'NAME(KEY=VALUE, …)'; one of graphs cuts the finest level; without, Table 4 "
        "and the partitioner recorded with the network",
    )
    parser.add_argument("--limit", type=cli.whole_number(1), default=100, metavar="N", help="use the first N images")
    parser.add_argument(
        "--seed", type=cli.whole_number(0), default=0, help="of errors, of partitioners, of the bootstrap"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="for tables and figures, else below --runs")
    parser.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help="where answers are kept")
    return parser.parse_args(given)


def default_model(options: argparse.Namespace) -> str:
    """Return the affinity model of a command line that names none."""
    return "daffnet" if options.weights or options.dataset in shipped.names() else "oracle"


def main(given: list[str] | None = None) -> None:
    """Run the ablation and write its tables and figures."""
    options = arguments(given)
    model = expressions.parse(options.model or default_model(options))
    dataset = cli.open_dataset(options)
    for name in ("noise", "weights"):
        if getattr(options, name) is not None and name not in AFFINITY_MODELS.entry(model.name).parameters:
            raise InputError(f"--{name}: the affinity model {model.name!r} takes none")
    options.model, weights = str(model), options.weights or options.dataset
    models = make_models(model, options.noise, seed=options.seed, root=options.root, weights=weights)
    rows = chosen(options.rows, next(iter(models.values())).partitioner)
    partitioners = {row.name: row.partitioner(options.seed) for row in rows}
    named = {name: getattr(options, name) for name in ("dataset", "root", "split", "model", "seed")}
    key = {name: str(value) for name, value in named.items() if value is not None}
    key["model_version"] = next(iter(models.values())).version
    folder = cells_folder(options.runs, key, rows, [dataset, *models.values(), *partitioners.values()])
    outcomes = measure(dataset, models, partitioners, options.limit, folder)
    if not any(found for by_row in outcomes.values() for found in by_row.values()):
        raise InputError(f"--dataset {options.dataset}: no image could be used")
    name = f"{options.dataset}-{options.model}" + ("-rows" if options.rows else "")
    output = options.output or options.runs / "ablation" / re.sub(r"[^\w.-]+", "-", name).strip("-")
    output.mkdir(parents=True, exist_ok=True)
    origin = key | {"split": getattr(dataset, "split", "")} | provenance()
    origin.pop("root", None)  # a path of one machine means nothing on another
    report = tables.report(outcomes, rows, dataset.classes, origin, options.seed)
    tables.write(report, output)
    exhibits.write("Ablation", tables.exhibits(output), output)
    title = f"{options.dataset}, {options.model}"
    figures.write_examples(title, list(partitioners), dataset, outcomes, folder, output)
    console = Console()
    console.print(report.summary())
    console.print(f"Tables and figures: {output}", soft_wrap=True)


if __name__ == "__main__":
    cli.run(main)
