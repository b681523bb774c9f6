"""Measure a trained network on a data set, and write it down with its model card: NAME.safetensors and NAME.md.

RUN is the folder that `affinity_models.train` wrote; its name becomes that of the network. The weights in half precision
go to the shipped networks or to --output, beside a card with data, command, time, losses and AP. Choose partitioner, minimal
size and tiles on images of the training set: the card says which ones its AP is of, and they become the network's defaults.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from rich.console import Console
from tqdm import tqdm

from affinity_models import AFFINITY_MODELS, Sample
from affinity_models.daffnet.shipped import FOLDER, SUFFIX
from affinity_models.data import Dataset
from affinity_models.metrics.nuclei import NOTE as CSI
from bench import cli
from bench.ablation.rows import TABLE_4
from bench.engine.provenance import provenance
from partitioners import PARTITIONERS, AffinityPyramid, Partitioner, expressions
from partitioners.errors import InputError
from partitioners.files import write_whole

EXAMPLES = """\
  python -m bench.model_card runs/train/street
  python -m bench.model_card runs/train/nuclei --data 'nuclei(root=DIR)'     DIR: other images than in training
"""
ROW_4 = TABLE_4[3].expression


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.model_card", __doc__ or "", EXAMPLES)
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
    return parser.parse_args(argv)


def measured(
    weights: Path, dataset: Dataset, names: list[str], partitioner: Partitioner, min_size: int
) -> dict[str, float]:
    """Return mIoU and the data set's figures of merit, in percent, of the trained network and of perfect predictions.

    Instances are those of `partitioner`; of perfect predictions, those of row 4 of Table 4; both with `min_size`.

    Raises:
        InputError: the weights cannot be read, or do not fit the data set.
    """
    from affinity_models.daffnet.checkpoint import load
    from affinity_models.daffnet.validation import measure

    stride = load(weights).options.stride

    def figures(title: str, partitioner: Partitioner, **parameters: Any) -> dict[str, float]:
        model = AFFINITY_MODELS.create("oracle" if title == "truth" else "daffnet", **parameters)
        progress = tqdm(names, title, unit="image")

        def predict(sample: Sample) -> AffinityPyramid:
            return replace(model.predict(sample, stride), min_size=min_size)

        return {name: 100 * value for name, value in measure(predict, dataset, progress, partitioner).items()}

    network = figures("network", partitioner, weights=weights)
    truth = figures("truth", PARTITIONERS.create(ROW_4), noise=0.0)
    return network | {f"{name}, perfect predictions": value for name, value in truth.items() if name != "mIoU"}


def card(name: str, record: dict[str, Any], figures: dict[str, float], origin: dict[str, Any]) -> str:
    """Return the model card.

    Args:
        name: the network's.
        record: its training's.
        figures: in percent, by name.
        origin: where, when, on what, and with which partitioner and minimal size they were measured.
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

    dataset = cli.open_dataset(options)
    names = dataset.names()[: options.limit]
    partitioner = expressions.parse(options.partitioners)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{SUFFIX}"
        load(weights).predicting(options.tile, options.overlap, options.views).save(copy)
        figures = measured(copy, dataset, names, partitioner.create(PARTITIONERS, seed=0), options.min_size)
        trained = load(copy)
    suited = {"partitioner": str(partitioner), "min_size": options.min_size}
    origin = suited | {name: getattr(trained.options, name) for name in ("tile", "overlap", "views")}
    origin |= {
        "dataset": expressions.parse(options.data).name,
        "split": getattr(dataset, "split", ""),
        "images": len(names),
    }
    name = options.run.resolve().name
    text = card(name, json.loads(record.read_text()), figures, origin | provenance())
    trained.record.update(suited)
    trained.save(options.output / f"{name}{SUFFIX}")
    write_whole(options.output / f"{name}.md", text.encode())
    Console().print(text)


if __name__ == "__main__":
    cli.run(main)
