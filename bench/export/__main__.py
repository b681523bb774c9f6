"""Freeze affinities into a folder with which partitioners in any language can be tested, without torch.

The folder holds pyramids in half precision, graphs, multicut text files and the ground truth; its README.md explains
each file, its manifest.json has their hashes. The leaderboard runs on it as on any data set. Each finished image is
kept: the same command goes on after an interruption.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from affinity_models import AFFINITY_MODELS
from affinity_models.data import DATASETS
from affinity_models.manifest import Manifest
from bench import cli
from bench.export.freeze import Freezing
from bench.leaderboard.cells import Affinities
from bench.leaderboard.plan import default_models
from partitioners import InputError, Registry
from partitioners.expressions import Expression, choose

EXAMPLES = """\
  python -m bench.export frozen/street --limit 20
  python -m bench.export frozen/train --dataset 'street(split=train)' --model 'oracle(noise=1)'
  python -m bench.export frozen/nuclei --dataset 'nuclei(root=DIR)' --images
  python -m bench.leaderboard --datasets 'pyramids(root=frozen/street)' --models saved   partitioners on the set
"""


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.export", __doc__ or "", EXAMPLES)
    parser.add_argument("output", type=Path, metavar="DIR", help="the folder to write: new, or to go on with")
    parser.add_argument("--dataset", default="street", metavar="NAME", help="with the images")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="of affinities; without, daffnet if shipped for the data set, else oracle(noise=0.75)",
    )
    parser.add_argument("--limit", type=cli.whole_number(1), metavar="N", help="use the first N images; all, without")
    parser.add_argument("--seed", type=cli.whole_number(0), default=0, help="of the model")
    parser.add_argument(
        "--images", action="store_true", help="add the images, where their licence allows it; no partitioner needs them"
    )
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> None:
    """Write the set."""
    options = arguments(given)
    dataset = _one("--dataset", DATASETS, options.dataset)
    model = _one("--model", AFFINITY_MODELS, options.model or default_models(dataset.name)[0])
    affinities = Affinities(dataset, model, options.seed)
    opened = affinities.open()
    names = opened.names()[: options.limit]
    origin = {"dataset": str(dataset), "model": str(model), "seed": options.seed}
    root = options.output.expanduser()
    freezing = Freezing(root, opened, affinities.make_model(opened), names, origin, options.images)
    for _ in tqdm(freezing.run(), "freezing", len(names), unit="image"):
        pass
    manifest = Manifest.read(root)
    assert manifest is not None
    n_bytes = sum(one["bytes"] for one in manifest.files.values())
    print(f"{root}: version {manifest.version}, {len(names)} images, {n_bytes / 1e6:.1f} MB")


def _one(option: str, registry: Registry, text: str) -> Expression:
    found = choose(registry, [text])
    if len(found) != 1:
        raise InputError(f"{option}: expected one, got {', '.join(map(str, found))}")
    return found[0]


if __name__ == "__main__":
    cli.run(main)
