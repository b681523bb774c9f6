"""Segment images of one's own with a trained network, or cut affinities that another framework predicted.

OUTPUT gets labels/NAME.tif (opens in Fiji and napari, 0 is background), tables/NAME.csv, overlays/NAME.png, and with
--geojson, --coco what their help says; done/NAME.json says how each was made. Images whose content and options have not
changed since are not segmented again, so a command that was stopped goes on where it was.

Networks see 8-bit RGB. Grey is repeated, alpha dropped; other values than 8-bit are stretched, and the lines of output say
from where to where. Boxes and areas are in pixels, centres are those of pixels: (0, 0) is the middle of the first one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from affinity_models import Segmenter, cli
from affinity_models.daffnet.shipped import DIAMETERS
from bench.segment import work
from partitioners import needs
from partitioners.errors import InputError

EXAMPLES = """\
  affinity-bench segment cells.tif --weights nuclei
  affinity-bench segment FOLDER --weights nuclei --diameter 40 --geojson --coco --output out
  affinity-bench segment stack.tif --weights nuclei --planes all --channel 0
  affinity-bench segment --affinities prediction.h5:affinities --offsets '[[-1, 0], [0, -1]]'
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.segment", __doc__ or "", EXAMPLES, goes_on=True)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="image files, and folders of them")
    parser.add_argument("--weights", metavar="NAME", help="a .safetensors file, or a shipped network: street, nuclei")
    parser.add_argument(
        "--affinities",
        nargs="+",
        default=[],
        metavar="FILE",
        help=".npy, .npz, .h5, .zarr, .n5 or .tif, FILE:NAME for one of several arrays; (A, h, w) or (A, d, h, w) in [0, 1]",
    )
    parser.add_argument(
        "--offsets",
        metavar="JSON",
        help="of --affinities: a step per channel, or forward, backward (along each axis in turn), daffnet, ssap, gmis; "
        "default: the attribute offsets of the file",
    )
    parser.add_argument(
        "--mask", metavar="FILE", help="where --affinities are cut: not 0; else all pixels are segments"
    )
    parser.add_argument(
        "--min-size",
        type=cli.whole_number(0),
        metavar="N",
        help="segments of --affinities under N pixels become background",
    )
    cli.add(
        parser,
        "partitioners",
        help="'NAME(KEY=VALUE, …)'; default: the one that the weights name, gaec(linkage=average) of --affinities",
    )
    trained = ", ".join(f"{name} was trained on {pixels}" for name, pixels in DIAMETERS.items())
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--scale", type=cli.positive, metavar="F", help="resize images by F for the network")
    size.add_argument(
        "--diameter",
        type=cli.positive,
        metavar="PIXELS",
        help=f"the mean diameter of your objects, from which --scale follows; {trained}",
    )
    parser.add_argument(
        "--planes",
        type=_planes,
        metavar="N",
        help="of stacks: all (each by itself), max (their maximum), or one, from 0",
    )
    parser.add_argument("--channel", type=cli.whole_number(0), metavar="N", help="the channel to segment, from 0")
    parser.add_argument("--geojson", action="store_true", help="write geojson/NAME.geojson, outlines for QuPath")
    parser.add_argument("--coco", action="store_true", help="write coco.json, exact masks of all images in run lengths")
    cli.add(parser, "output", Path("runs/segment"))
    cli.add_prediction(parser)
    parser.add_argument("--device", help="cpu or cuda; default: a GPU where there is one")
    return parser.parse_args(argv)


def _planes(text: str) -> str:
    if text not in ("all", "max"):
        cli.whole_number(0)(text)
    return text


def main(argv: list[str] | None = None) -> None:
    """Segment each file; exit with 1 if one could not be."""
    options = arguments(argv)
    _check(options)
    if (reason := needs("PIL", "scipy", "tifffile", "tqdm", extra="segment")()) is not None:
        raise InputError(f"segment {reason}")
    sources = work.arrays(options) if options.affinities else work.images(options, _segmenter(options))
    failures, notes = _segmented(sources, options.output)
    work.export(sources, options.output, options.geojson, options.coco)
    before = len(sources) - len(failures) - len(notes)
    if said := list(
        filter(None, [_summary(notes, options.output), f"{_count(before, 'file')} done before" * (before > 0)])
    ):
        print(*said, sep="; ")
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    if failures:
        print(f"{len(failures)} of {_count(len(sources), 'file')} failed", file=sys.stderr)
        sys.exit(1)


def _check(options: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Raises:
        InputError: one is missing, or does not go with the others.
    """
    if bool(options.affinities) == bool(options.paths):
        raise InputError("PATH, --affinities: expected one of the two")
    if options.paths and options.weights is None:
        raise InputError("--weights: expected a .safetensors file, nuclei or street, got none")
    of_affinities = ("offsets", "mask", "min_size")
    of_images = ("weights", "scale", "diameter", "planes", "channel", "tile", "overlap", "views", "device")
    for name in of_images if options.affinities else of_affinities:
        if getattr(options, name) is not None:
            only = "images" if options.affinities else "--affinities"
            raise InputError(f"--{name.replace('_', '-')}: expected with {only} only")


def _segmenter(options: argparse.Namespace) -> Segmenter:
    names = ("weights", "scale", "diameter", "tile", "overlap", "views")
    given = {name: getattr(options, name) for name in names}
    segmenter = Segmenter(**given, partitioner=options.partitioners or "", device=options.device or "")
    if use := segmenter.checkpoint.record.get("use"):
        print(f"{options.weights}: made {use}", file=sys.stderr)
    return segmenter


def _summary(notes: list[dict[str, Any]], output: Path) -> str:
    if not notes:
        return ""
    objects, seconds = (sum(note[name] for note in notes) for name in ("objects", "seconds"))
    return f"{output}: {_count(len(notes), 'file')} with {_count(objects, 'object')}, {seconds / len(notes):.1f} s each"


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'s' * (number != 1)}"


def _segmented(sources: Sequence[work.Source], output: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Segment the files; return what went wrong with some, and what is noted of the others that were not done before."""
    from tqdm import tqdm

    failures, notes = [], []
    for source in tqdm(sources, unit="file"):
        try:
            note = work.segment_file(source, output)
        except InputError as error:
            failures.append(str(error))
        except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as error:
            failures.append(f"{source.path}: {type(error).__name__}: {error}")  # as where the memory does not suffice
        else:
            if note is not None:
                notes.append(note)
                said = "".join(f"; {remark}" for remark in note["remarks"])
                tqdm.write(f"{source.name}: {_count(note['objects'], 'object')}, {note['seconds']} s{said}")
    return failures, notes


if __name__ == "__main__":
    cli.run(main)
