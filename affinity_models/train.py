"""Train a DaffNet, as an option file says, in one stage or in several.

The weights go to OUTPUT/model.safetensors, those of phase one to OUTPUT/phase-one.safetensors. OUTPUT/last.safetensors
is written again and again, and at Ctrl-C; the same command goes on from there, on the same images. The files of stages
before the last one are in OUTPUT/stage-1, and so on.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from affinity_models import cli
from affinity_models.daffnet.options import Run, changed, read_stages
from affinity_models.data import DATASETS
from partitioners import needs
from partitioners.errors import InputError
from partitioners.expressions import parse
from partitioners.files import write_whole

EXAMPLES = """\
  python -m affinity_models.train street                      the shipped network for street scenes
  python -m affinity_models.train nuclei --data 'nuclei(root=DIR)'   the shipped one for nuclei: DIR/images, DIR/masks
  python -m affinity_models.train daffnet-r101 --data 'cityscapes(root=DIR)'   the paper's network on Cityscapes
  python -m affinity_models.train nuclei --data 'nuclei(root=DIR)' --set 'network.backbone="efficientnet-lite0"'   with ImageNet weights
  python -m affinity_models.train street --set network.channels=8 training.iterations=2000
  python -m affinity_models.train nuclei --data 'nuclei(root=DIR)' --initial nuclei --set training.iterations=1000   fine-tuning on DIR
  torchrun --nproc-per-node 4 -m affinity_models.train daffnet-r101 --data 'cityscapes(root=DIR)'
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m affinity_models.train", __doc__ or "", EXAMPLES, goes_on=True)
    parser.add_argument("run", help="an option file, or the name of one in affinity_models/daffnet/recipes")
    cli.add(parser, "data", help="in place of the option file's: 'NAME(KEY=VALUE, …)'")
    parser.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="ImageNet weights to start from, torchvision's for the ResNet; default: those of the backbone's package, if any",
    )
    parser.add_argument(
        "--initial",
        type=Path,
        metavar="FILE",
        help="a trained DaffNet to start from, or the name of a shipped one, in place of the first stage, or of phase one "
        "where there is one stage; what does not fit, such as the semantic map of other classes, begins anew",
    )
    parser.add_argument("--stage", type=cli.whole_number(1), metavar="N", help="train stage N of the option file alone")
    cli.add_changes(parser)
    cli.add(parser, "output", help="default: runs/train/RUN")
    parser.add_argument("--threads", type=cli.whole_number(1), metavar="N", help="of torch; default: as many as cores")
    return parser.parse_args(argv)


def chosen_stages(options: argparse.Namespace) -> list[Run]:
    """Return the option file's stages with the changes of the command line.

    Weights to start from have been through the first stage, or through phase one where that is the only one.

    Raises:
        InputError: the option file or a change is not as it must be, or it has no such stage.
    """
    stages = read_stages(options.run)
    if options.stage is not None:
        if options.stage > len(stages):
            raise InputError(f"--stage: expected one of the {len(stages)} of {options.run}, got {options.stage}")
        stages = [stages[options.stage - 1]]
    changes = options.set
    if options.initial is not None:
        stages, changes = stages[1:] or stages, ["training.semantic_iterations=0", *changes]
    name, parameters = None, {"root": options.root} if options.root else {}
    if options.data is not None:
        name, parameters = parse(options.data).plain(DATASETS)
    stages = [changed(run, name, parameters, changes) for run in stages]
    stages[0] = replace(stages[0], backbone=options.backbone, initial=options.initial)
    return stages


def main(argv: list[str] | None = None) -> None:
    """Train, and write the record beside the weights."""
    options = arguments(argv)
    stages = chosen_stages(options)
    if (reason := needs("torch", "safetensors", "tqdm", extra="models")()) is not None:
        raise InputError(f"training {reason}")
    import torch

    from affinity_models.daffnet.processes import join
    from affinity_models.daffnet.training import MODEL, train

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    output = options.output or Path("runs/train") / Path(options.run).stem
    cli.expect_writable("--output", output)
    with join() as process:
        for number, run in enumerate(stages, 1):
            is_last = number == len(stages)
            folder = output if is_last else output / f"stage-{number}"
            record = train(run, folder, process)
            if not is_last:
                stages[number] = replace(stages[number], initial=folder / MODEL)
    if process.rank == 0:
        write_whole(output / "record.json", json.dumps(record, indent=1).encode())
        print(f"Weights and record: {output}")


if __name__ == "__main__":
    cli.run(main)
