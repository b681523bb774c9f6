"""Freeze affinities into a folder with which partitioners in any language can be tested, without torch.

The folder holds pyramids in half precision, graphs, multicut text files and the ground truth; its README.md explains
each file, its manifest.json has their hashes. The leaderboard runs on it as on any data set. Each finished image is
kept: the same command goes on after an interruption, on the same images.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from affinity_models import AFFINITY_MODELS, cli
from affinity_models.data import DATASETS
from affinity_models.manifest import Manifest
from bench.engine import cells
from bench.engine.cells import Affinities, key
from bench.engine.plan import default_models
from bench.export.freeze import Freezing
from partitioners import InputError, Registry
from partitioners.expressions import Expression, choose, short

EXAMPLES = """\
  python -m bench.export frozen/street --limit 20
  python -m bench.export frozen/train --data 'street(split=train)' --models 'oracle(noise=1)'
  python -m bench.export frozen/nuclei --data 'nuclei(root=DIR)' --images
  python -m bench.leaderboard --data 'pyramids(root=frozen/street)' --models saved   partitioners on the set
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.export", __doc__ or "", EXAMPLES, goes_on=True)
    parser.add_argument("output", type=Path, metavar="DIR", help="the folder to write: new, or to go on with")
    cli.add(parser, "data", "street")
    cli.add(
        parser, "models", help="of affinities; default: daffnet if shipped for the data set, else oracle(noise=0.75)"
    )
    cli.add(parser, "limit", help="use the first N images; all, without")
    cli.add(parser, "seed", 0, "of the model")
    parser.add_argument(
        "--images", action="store_true", help="add the images, where their licence allows it; no partitioner needs them"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Write the set."""
    options = arguments(argv)
    dataset = _single("--data", DATASETS, options.data)
    model = _single("--models", AFFINITY_MODELS, options.models or default_models(dataset.name)[0])
    affinities = Affinities(dataset, model, options.seed)
    opened = affinities.open()
    names = opened.names()[: options.limit]
    short_names = short([dataset, model])
    origin = {"dataset": short_names[dataset], "model": short_names[model], "seed": options.seed}
    parameters = cells.known(dataset, opened, options.seed)
    origin["identity"] = key(dataset.canonical(DATASETS), model.canonical(AFFINITY_MODELS, **parameters))
    root = options.output.expanduser()
    freezing = Freezing(root, opened, affinities.make_model(opened), names, origin, options.images)
    for _ in tqdm(freezing.run(), "freezing", len(names), unit="image"):
        pass
    manifest = Manifest.read(root)
    assert manifest is not None
    n_bytes = sum(file["bytes"] for file in manifest.files.values())
    print(f"{root}: version {manifest.version}, {len(names)} images, {n_bytes / 1e6:.1f} MB")


def _single(option: str, registry: Registry[Any], text: str) -> Expression:
    choices = choose(registry, [text])
    if len(choices) != 1:
        raise InputError(f"{option}: expected one, got {', '.join(map(str, choices))}")
    return choices[0]


if __name__ == "__main__":
    cli.run(main)
