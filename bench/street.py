"""Generate synthetic street scenes in the folder layout of Cityscapes."""

import argparse

from affinity_models import cli
from affinity_models.data.street.writer import HASHED, SPLITS, VERSION, digest, generate

DESCRIPTION = f"""\
Generate synthetic street scenes (512 x 1024 pixels) in the folder layout of Cityscapes: leftImg8bit/, gtFine/
(instanceIds, labelIds), disparity/ and camera/ under DIR, so that a reader of Cityscapes reads them as they are.

An image depends on the seed, the split and its own number only: asking for more images later adds those that are
missing, and any number of workers gives the same files. This is version {VERSION} of the scenes; a folder of another
version or seed is refused."""

EXAMPLES = """\
  python -m bench.street --output data/street --split val --count 100
  python -m bench.street --output data/street --split train --count 500 --workers 4
  python -m bench.street --hash"""


def parser() -> argparse.ArgumentParser:
    """Return the command's argument parser."""
    command = cli.parser("python -m bench.street", DESCRIPTION, EXAMPLES, goes_on=True)
    target = command.add_mutually_exclusive_group(required=True)
    cli.add(target, "output", help="folder of the data set, made if missing", old=["root"])
    target.add_argument(
        "--hash", action="store_true", help=f"print the SHA-256 of a split's first {HASHED} images, and write nothing"
    )
    command.add_argument("--split", choices=SPLITS, default="val", help="part of the data set")
    command.add_argument("--count", type=cli.whole_number(1), default=100, metavar="N", help="images in all")
    cli.add(command, "seed", 0, "seed of the whole data set")
    command.add_argument("--workers", type=cli.whole_number(1), default=1, metavar="W", help="processes at a time")
    return command


def main(argv: list[str] | None = None) -> None:
    """Write the images of a split, or print its hash."""
    options = parser().parse_args(argv)
    if options.hash:
        print(digest(options.split, options.seed))
    else:
        generate(options.output, options.split, options.count, options.seed, workers=options.workers)


if __name__ == "__main__":
    cli.run(main)
