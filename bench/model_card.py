"""Measure a trained network on a data set, and write it down with its model card: NAME.safetensors and NAME.md.

RUN is the folder that `affinity_models.train` wrote; its name becomes that of the network. The weights in half precision
go to the shipped networks or to --output, beside a card with data, command, time, losses and AP. Choose partitioner, minimal
size and tiles on images of the training set: the card says which ones its AP is of, and they become the network's defaults.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from affinity_models import AFFINITY_MODELS, Sample, cli
from affinity_models.daffnet.shipped import FOLDER, SUFFIX
from affinity_models.metrics.nuclei import NOTE as CSI
from bench.ablation.rows import TABLE_4
from bench.engine.answers import Answer
from bench.engine.cells import Cell
from bench.engine.isolation import Limits
from bench.engine.plan import affinities_of, cell_of, current_code
from bench.engine.provenance import provenance
from bench.engine.run import run
from bench.engine.scheduling import here
from bench.engine.scoring import comparisons
from partitioners import PARTITIONERS, AffinityPyramid, expressions
from partitioners.errors import InputError
from partitioners.expressions import Expression
from partitioners.files import write_whole

EXAMPLES = """\
  python -m bench.model_card runs/train/street
  python -m bench.model_card runs/train/nuclei --data 'nuclei(root=DIR)'     DIR: other images than in training
"""
ROW_4 = TABLE_4[3].expression


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.model_card", __doc__ or "", EXAMPLES, goes_on=True)
    parser.add_argument("run", type=Path, metavar="RUN", help="a folder with model.safetensors and record.json")
    cli.add(parser, "data", "street")
    cli.add(parser, "partitioners", ROW_4, "what cuts the predictions")
    parser.add_argument(
        "--min-size",
        type=cli.whole_number(0),
        default=AffinityPyramid.min_size,
        metavar="N",
        help="segments under N pixels of level 1 are no instances, of predictions and of the truth",
    )
    cli.add_prediction(parser)
    cli.add(parser, "limit", help="measure on the first N images only")
    cli.add(parser, "output", FOLDER)
    cli.add(parser, "runs", Path("runs"))
    return parser.parse_args(argv)


def planned(
    weights: Path, stride: int, data: Expression, limit: int | None, partitioner: Expression, min_size: int
) -> list[Cell]:
    """Return two cells: of the trained network, and of perfect predictions at the same stride, cut by row 4 of Table 4.

    Args:
        weights: the network's, with `min_size` in its record.
        stride: image pixels per pixel of its level 1.
        data: the data set.
        limit: the number of images; None for all.
        partitioner: the partitioner that cuts the network's predictions.
        min_size: pixels of level 1 that an instance has at least.

    Raises:
        InputError: the data set cannot be read.
    """
    code = current_code()
    network = Expression("daffnet").changed(AFFINITY_MODELS, {"weights": str(weights)})
    truth = Expression("oracle").changed(AFFINITY_MODELS, {"stride": stride})
    row_4 = expressions.parse(ROW_4).changed(PARTITIONERS, {"min_size": min_size})
    return [
        cell_of(affinities, chosen, code)
        for model, chosen in ((network, partitioner), (truth, row_4))
        for affinities in affinities_of(data, [str(model)], limit or sys.maxsize, 0, code)
    ]


def measured(cells: list[Cell], runs: Path) -> dict[str, float]:
    """Return mIoU and the data set's figures of merit, in percent, of the two cells of `planned`.

    Raises:
        InputError: the network does not fit the data set, or an image has no answer.
    """
    from affinity_models.daffnet.validation import Prediction, measure, semantic_confusion

    def compare(sample: Sample, distance: object, cell: Cell, answer: Answer) -> Prediction:
        pyramid = AffinityPyramid.load(cell.affinities.pyramids(runs)[sample.name])
        return Prediction(sample, semantic_confusion(sample, pyramid), answer.segmentation)

    records = run(cells, runs, Limits(threads=1), "missing", here)
    predictions = comparisons(records, runs, compare)
    for cell, record in records.items():
        if len(predictions.get(cell, ())) < len(cell.affinities.images):
            raise InputError(f"{cell.label}: {record.status}: {record.note or 'an image has no answer'}")
    network, truth = (
        measure(cell.affinities.open(), (prediction for (prediction,) in predictions[cell])) for cell in cells
    )
    figures = network | {f"{name}, perfect predictions": value for name, value in truth.items() if name != "mIoU"}
    return {name: 100 * value for name, value in figures.items()}


def card(name: str, record: dict[str, Any], figures: dict[str, float], origin: dict[str, Any]) -> str:
    """Return the model card.

    Args:
        name: the network's.
        record: its training's.
        figures: the figures by name, in percent.
        origin: the machine, the date, the data, the partitioner and the minimal size with which they were measured.
    """
    stages, data = [*record.get("before", []), record], record["data"]
    described = ", ".join([f"`{data['name']}`", *(f"{key} {value}" for key, value in data.items() if key != "name")])
    measured_on = f"{origin['images']} images of `{origin['dataset']}` {origin['split']}".rstrip()
    table = pd.DataFrame({"figure": figures.keys(), "%": [f"{value:.1f}" for value in figures.values()]})
    csi = f"{CSI}\n" if "CSI" in figures else ""
    made_for = f"Made {use}.\n\n" if (use := record.get("use")) else ""
    return f"""\
# {name}

{made_for}DaffNet, trained by `python -m affinity_models.train {name}` (option file `recipes/{name}.toml`) on
{described}, but for {record["training"]["holdout"]} images of it that were held out.

{_markdown([_stage(number, stage) for number, stage in enumerate(stages, 1)])}

## On {measured_on}

{table.to_markdown(index=False, disable_numparse=True)}

{csi}Instances are those of `{origin["partitioner"]}`, predictions made in tiles of {origin["tile"]} pixels, {origin["overlap"]} of
them shared by neighbours, and in {origin["views"]} view{"s" * (origin["views"] > 1)}.
Perfect predictions are the truth itself at the same stride, cut by
`{ROW_4}` (row 4 of Table 4).
Segments under {origin["min_size"]} pixels of level 1 are no instances, unless a partitioner says otherwise.
Commit {origin["commit"]}, {origin["date"]}, {origin["machine"]}, torch {origin["torch"]}.

## On the images held out in training

{_by_iteration(stages, "validation")}

## Weighted losses, summed over levels, mean since the line before

{_by_iteration(stages, "losses")}
"""


def _stage(number: int, record: dict[str, Any]) -> dict[str, Any]:
    """Return the settings and length of one stage."""
    training = record["training"]
    return {
        "stage": number,
        "begins with": record["initial"] or "random weights",
        "iterations of phase one": training["semantic_iterations"],
        "of phase two": training["iterations"],
        "crops in each": training["batch"],
        "seed": training["seed"],
        "processes": record["processes"],
        "minutes": round(record["seconds"] / 60),
    }


def _by_iteration(stages: list[dict[str, Any]], key: str) -> str:
    """Return a table of figures at some iterations of each stage; empty where a line has none."""
    return _markdown(
        [
            {"stage": number} | {name: value if name == "iteration" else f"{value:.3f}" for name, value in line.items()}
            for number, record in enumerate(stages, 1)
            for line in record[key]
        ]
    )


def _markdown(lines: list[dict[str, Any]]) -> str:
    return pd.DataFrame(lines).fillna("").to_markdown(index=False, disable_numparse=True)


def main(argv: list[str] | None = None) -> None:
    """Measure, and write weights and card."""
    options = arguments(argv)
    weights, record = options.run / f"model{SUFFIX}", options.run / "record.json"
    for path in (weights, record):
        if not path.is_file():
            raise InputError(f"{path}: expected a file that a finished training wrote, found none")
    from affinity_models.daffnet.checkpoint import load

    name, data = options.run.resolve().name, expressions.parse(options.data)
    partitioner = expressions.parse(options.partitioners)
    network = load(weights).predicting(options.tile, options.overlap, options.views)
    network.record.pop("partitioner", None)  # pyramids are the same, whatever cuts them
    network.record["min_size"] = options.min_size
    measured_weights = options.runs / f"model-cards/{name}{SUFFIX}"
    network.save(measured_weights)
    cells = planned(measured_weights, network.options.stride, data, options.limit, partitioner, options.min_size)
    figures = measured(cells, options.runs)
    network.record["partitioner"] = str(partitioner)
    origin = {name: getattr(network.options, name) for name in ("tile", "overlap", "views")} | {
        "partitioner": str(partitioner),
        "min_size": options.min_size,
        "dataset": data.name,
        "split": getattr(cells[0].affinities.open(), "split", ""),
        "images": len(cells[0].affinities.images),
    }
    text = card(name, json.loads(record.read_text()), figures, origin | provenance())
    network.save(options.output / f"{name}{SUFFIX}")
    write_whole(options.output / f"{name}.md", text.encode())
    print(text)


if __name__ == "__main__":
    cli.run(main)
