"""Partition affinities in a zarr array that may be larger than memory: in blocks, merged consistently over their faces.

INPUT is a zarr array (channels, height, width) of affinities in [0, 1], one channel per offset; OUTPUT becomes one of labels
(height, width), from 1 on, 0 for pixels that belong to no part. Of volumes, both have the depth before the height. Memory
is needed for the blocks in work and for the graph of all regions that blocks are cut into. Finished blocks are kept in
OUTPUT.unfinished, so that the same command goes on after an interruption; where INPUT has changed since, it stops and says
so. To see that, it reads INPUT once more.

With `components` the labels are those that the whole image would get, and with `--exact`; how far they are from them
otherwise is in results/blocks.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from affinity_models import cli
from bench.blocks import partition_blocks
from partitioners import PARTITIONERS, InputError

EXAMPLES = """\
  python -m bench.blocks affinities.zarr labels.zarr
  python -m bench.blocks affinities.zarr labels.zarr --partitioners "gaec(linkage=average, threshold=0.6)"
  python -m bench.blocks affinities.zarr labels.zarr --partitioners components --offsets "[[0, 1], [1, 0], [0, -8]]"
  python -m bench.blocks volume.zarr labels.zarr --side 32 256 256 --halo 4 32 32
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.blocks", __doc__ or "", EXAMPLES, goes_on=True)
    parser.add_argument("input", type=Path, metavar="INPUT", help="a zarr array of floats")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="the zarr array to be made")
    cli.add(
        parser, "partitioners", "gaec(linkage=average)", "one of graphs that bench.list shows: 'NAME(KEY=VALUE, …)'"
    )
    parser.add_argument(
        "--offsets",
        metavar="JSON",
        help="a pair [down, right] per channel, of volumes [deeper, down, right]; default: the attribute offsets of INPUT,"
        " else one step along each axis, right first",
    )
    parser.add_argument(
        "--side",
        "--block",
        type=cli.whole_number(1),
        nargs="+",
        metavar="N",
        help="side of blocks in pixels, or one side per axis; default: 1024, of volumes 128",
    )
    parser.add_argument(
        "--halo",
        type=cli.whole_number(0),
        nargs="+",
        metavar="N",
        help="pixels around a block that are cut with it, or a number per axis; default: 128, of volumes 16",
    )
    parser.add_argument(
        "--exact", action="store_true", help="gaec(linkage=average) gets the whole image's labels too, for more memory"
    )
    parser.add_argument(
        "--workers", type=cli.whole_number(1), metavar="N", help="blocks at a time; default: one per core"
    )
    return parser.parse_args(argv)


def _offsets(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except json.JSONDecodeError:
        raise InputError(f"--offsets: expected steps as in [[0, 1], [1, 0]], got {text!r}") from None


def main(argv: list[str] | None = None) -> None:
    """Partition INPUT into OUTPUT."""
    options = arguments(argv)
    outcome = partition_blocks(
        options.input,
        options.output,
        PARTITIONERS.create(options.partitioners),  # type: ignore[arg-type]  # one of pyramids is refused
        offsets=_offsets(options.offsets),
        side=options.side,
        halo=options.halo,
        exact=options.exact,
        workers=options.workers,
        progress=True,
    )
    print(f"{options.output}: {outcome.segments} segments, from {outcome.regions} regions of blocks")


if __name__ == "__main__":
    cli.run(main)
