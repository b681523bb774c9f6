"""The paper's Table 4, or other --partitioners, measured on a data set with an affinity model.

The four compositions of Cascade-GAEC, and the partitioner that a network was measured with, or others, are run on
the same pyramids. AP is that of the official Cityscapes evaluator; the differences of rows come with paired bootstrap
intervals. Pyramids and answers are those of bench.leaderboard: each is kept, so that the same command goes on after an
interruption, and another row costs only its own time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from affinity_models import AFFINITY_MODELS, cli
from affinity_models.daffnet import shipped
from affinity_models.data import DATASETS
from bench.ablation import figures, tables
from bench.ablation.rows import Row, chosen
from bench.ablation.tables import Noise
from bench.engine.cells import Cell
from bench.engine.isolation import Limits
from bench.engine.options import add, output_folder
from bench.engine.plan import affinities_of, cell_of, current_code
from bench.engine.run import run
from bench.engine.scheduling import here
from bench.engine.scoring import expect_answers, score
from bench.publish.exhibits import publish
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
NOISE = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)


def noisy(model: Expression, noise: Sequence[float] | None) -> dict[Noise, Expression]:
    """Return a model for each noise, or one under None for a model that takes no noise or has its own."""
    if "noise" in AFFINITY_MODELS.entry(model.name).parameters and not model.says("noise"):
        return {level: model.changed(AFFINITY_MODELS, {"noise": level}) for level in noise or NOISE}
    return {None: model}


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.ablation", __doc__ or "", EXAMPLES, goes_on=True)
    cli.add(parser, "data", "street")
    models = "of affinities; default: daffnet with the weights or with those shipped, else oracle"
    cli.add(parser, "models", help=models)
    parser.add_argument("--weights", metavar="NAME", help="of daffnet: a .safetensors file, or a shipped network")
    parser.add_argument(
        "--noise", type=float, nargs="+", metavar="X", help=f"of oracle: sizes of error, {NOISE} if none"
    )
    rows = "one of graphs cuts the finest level; default: Table 4 and the one recorded with the network"
    cli.add(parser, "partitioners", help=f"rows: {rows}", several=True, old=["rows"])
    add(parser, limit=100, output="runs/ablation")
    return parser.parse_args(argv)


def default_model(dataset: str, weights: str | None) -> str:
    """Return the affinity model for a data set's name where the command line names none."""
    return "daffnet" if weights or dataset in shipped.names() else "oracle"


def _titles(data: Expression, model: Expression) -> dict[str, str]:
    """Return the names of data set and model in tables, without split and folder, which means nothing elsewhere."""
    parameters = {key: value for key, value in data.parameters.items() if key not in ("root", "split")}
    data = replace(data, parameters=parameters)
    short_names = expressions.short([data, model])
    return {"dataset": short_names[data], "model": short_names[model]}


def planned(
    options: argparse.Namespace, data: Expression, model: Expression
) -> tuple[tuple[Row, ...], dict[Noise, dict[str, Cell]]]:
    """Return the rows, and by noise and by the name of its row, each cell.

    Raises:
        InputError: the data set or the model cannot be used, or a partitioner cannot be made.
    """
    code = current_code()
    by_noise = {
        noise: affinities_of(data, [str(noisy_model)], options.limit, options.seed, code)[0]
        for noise, noisy_model in noisy(model, options.noise).items()
    }
    rows = chosen(options.partitioners, next(iter(by_noise.values())).partitioner, options.seed)
    cells = {
        noise: {row.name: cell_of(affinities, expressions.parse(row.expression), code) for row in rows}
        for noise, affinities in by_noise.items()
    }
    for cell in (cell for by_row in cells.values() for cell in by_row.values()):
        if cell.problem:
            raise InputError(cell.problem)
    return rows, cells


def main(argv: list[str] | None = None) -> None:
    """Run the ablation and write its tables and figures."""
    options = arguments(argv)
    data = expressions.parse(options.data)
    model = expressions.parse(options.models or default_model(data.name, options.weights))
    for name in ("noise", "weights"):
        if getattr(options, name) is not None and name not in AFFINITY_MODELS.entry(model.name).parameters:
            raise InputError(f"--{name}: the affinity model {model.name!r} takes none")
    if options.weights:
        model = model.changed(AFFINITY_MODELS, {"weights": options.weights})
    rows, cells = planned(options, data, model)
    all_cells = [cell for by_row in cells.values() for cell in by_row.values()]
    limits = Limits(options.timeout, options.memory, threads=1)
    records = run(all_cells, options.runs, limits, options.overwrite, here)
    scored = score(records, options.runs)
    expect_answers(scored.values())
    cells = {noise: by_row for noise, by_row in cells.items() if records.keys() >= set(by_row.values())}
    split = getattr(data.create(DATASETS), "split", "")
    titles = _titles(data, model) | {"split": split, "seed": str(options.seed)}
    output = output_folder(options, "ablation", [data], [model], *["rows"] * bool(options.partitioners))
    output.mkdir(parents=True, exist_ok=True)
    report = tables.report(cells, rows, scored, titles, options.seed)
    tables.write(report, output)
    noise = list(cells)[len(cells) // 2]
    title = f"{titles['dataset']}, {titles['model']}" + ("" if noise is None else f", noise {noise:g}")
    answered = {row: cell for row, cell in cells[noise].items() if scored[cell].outcomes}
    figures.write_examples(title, answered, options.runs, output)
    publish("Ablation", tables.exhibits(output), output)


if __name__ == "__main__":
    cli.run(main)
