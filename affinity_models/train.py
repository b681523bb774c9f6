"""Train a DaffNet, as an option file says.

The weights go to OUTPUT/model.safetensors, those of phase one to OUTPUT/phase-one.safetensors. OUTPUT/last.safetensors
is written again and again; the same command goes on from there after an interruption.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from affinity_models import cli
from affinity_models.daffnet.options import Run, changed, read_run
from partitioners import needs
from partitioners.errors import InputError
from partitioners.files import write_whole

EXAMPLES = """\
  python -m affinity_models.train street                      the shipped network for street scenes
  python -m affinity_models.train nuclei --root DIR           the shipped one for nuclei: DIR/images, DIR/masks
  python -m affinity_models.train daffnet-r101 --root DIR     the paper's network on Cityscapes
  python -m affinity_models.train nuclei-efficientnet --root DIR     on another backbone, with ImageNet weights
  python -m affinity_models.train street --set network.channels=8 training.iterations=2000
  python -m affinity_models.train nuclei --root DIR --initial nuclei --set training.iterations=1000   fine-tuning
  torchrun --nproc-per-node 4 -m affinity_models.train daffnet-r101 --root DIR
"""


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m affinity_models.train", __doc__ or "", EXAMPLES)
    parser.add_argument("run", help="an option file, or the name of one in affinity_models/daffnet/recipes")
    parser.add_argument("--dataset", metavar="NAME", help="a data set in place of the option file's")
    parser.add_argument("--root", type=Path, metavar="DIR", help="the data set's folder")
    parser.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="ImageNet weights to start from, torchvision's for the ResNet; without, those of the backbone's package, if any",
    )
    parser.add_argument(
        "--initial",
        type=Path,
        metavar="FILE",
        help="a trained DaffNet to start from, or the name of a shipped one; what does not fit, such as the semantic map of "
        "other classes, begins anew",
    )
    cli.add_changes(parser)
    parser.add_argument("--output", type=Path, metavar="DIR", help="without, runs/train/RUN")
    parser.add_argument("--threads", type=cli.whole_number(1), metavar="N", help="of torch; without, as many as cores")
    return parser.parse_args(given)


def chosen_run(options: argparse.Namespace) -> Run:
    """Return the option file's run with the changes of the command line."""
    parameters = {} if options.root is None else {"root": options.root}
    run = changed(read_run(options.run), options.dataset, parameters, options.set)
    return replace(run, backbone=options.backbone, initial=options.initial)


def main(given: list[str] | None = None) -> None:
    """Train, and write the record beside the weights."""
    options = arguments(given)
    run = chosen_run(options)
    if (reason := needs("torch", "safetensors", "tqdm", extra="models")()) is not None:
        raise InputError(f"training {reason}")
    import torch

    from affinity_models.daffnet.processes import join
    from affinity_models.daffnet.training import train

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    output = options.output or Path("runs/train") / Path(options.run).stem
    with join() as process:
        record = train(run, output, process)
    if process.rank == 0:
        write_whole(output / "record.json", json.dumps(record, indent=1).encode())
        print(f"Weights and record: {output}")


if __name__ == "__main__":
    cli.run(main)
