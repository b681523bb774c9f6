"""Predict the affinity pyramids of images with a trained DaffNet, and show the instances that a partitioner finds.

Writes OUTPUT/pyramids/NAME.npz, which the affinity model `saved` reads, and OUTPUT/overlays/NAME.png. Images whose content
and options have not changed since, as OUTPUT/done/NAME.txt tells, are not predicted again.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models import cli
from affinity_models.daffnet.shipped import digest, weights_file
from affinity_models.images import read_image
from affinity_models.overlay import overlay
from partitioners import PARTITIONERS, needs, partitioner_for
from partitioners.errors import InputError
from partitioners.files import write_whole

EXAMPLES = """\
  python -m affinity_models.predict scene.png --weights street --output out
  python -m affinity_models.predict *.tif --weights FILE --output out --tile 512 --overlap 128
"""


PYRAMID, OVERLAY, RECORD = "pyramids/{}.npz", "overlays/{}.png", "done/{}.txt"
"""The files of an image, below OUTPUT."""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m affinity_models.predict", __doc__ or "", EXAMPLES, goes_on=True)
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="of 8 bits per channel")
    parser.add_argument(
        "--weights", required=True, metavar="NAME", help="a .safetensors file, or a shipped network: street, nuclei"
    )
    cli.add(parser, "output", Path("runs/predict"))
    cli.add_prediction(parser)
    suited = "default: the one that the weights name, else cascade-gaec"
    cli.add(parser, "partitioners", help=f"cuts the predictions, for the overlays: 'NAME(KEY=VALUE, …)'; {suited}")
    parser.add_argument("--batch", type=cli.whole_number(1), default=1, help="neighbouring images of one size at once")
    parser.add_argument("--device", default="", help="cpu or cuda; default: a GPU where there is one")
    parser.add_argument("--bf16", action="store_true", help="faster, but not the same on all machines")
    return parser.parse_args(argv)


def batches(paths: Iterable[Path], size: int) -> Iterator[list[tuple[Path, NDArray[np.uint8]]]]:
    """Yield the images in order, up to `size` together where neighbours have one size.

    Raises:
        InputError: one cannot be read.
    """
    images = ((path, read_image(path)) for path in paths)
    for _, group in groupby(images, lambda item: item[1].shape):
        while batch := list(islice(group, size)):
            yield batch


@dataclass(frozen=True)
class Records:
    """The records of images that are predicted, which tell the image and the settings.

    Args:
        output: the folder of all that is written.
        settings: all that predictions and overlays depend on beside the image.
    """

    output: Path
    settings: tuple[Any, ...]

    def has(self, image: Path) -> bool:
        """Say whether an image was predicted as it is now."""
        files = [self.output / name.format(image.stem) for name in (PYRAMID, OVERLAY, RECORD)]
        return all(file.is_file() for file in (image, *files)) and files[-1].read_text() == self._key(image)

    def add(self, image: Path) -> None:
        """Write the record of an image."""
        write_whole(self.output / RECORD.format(image.stem), self._key(image).encode())

    def _key(self, image: Path) -> str:
        return sha256(repr(self.settings).encode() + image.read_bytes()).hexdigest()


def main(argv: list[str] | None = None) -> None:
    """Predict each image that is not predicted yet."""
    options = arguments(argv)
    if (reason := needs("torch", "safetensors", "PIL", "tqdm", extra="segment")()) is not None:
        raise InputError(f"prediction {reason}")
    if len({path.stem for path in options.images}) < len(options.images):
        raise InputError("images: expected files of different names")
    from PIL import Image
    from tqdm import tqdm

    from affinity_models.daffnet.checkpoint import load
    from affinity_models.daffnet.prediction import predict_batch
    from affinity_models.daffnet.processes import device

    checkpoint = load(weights_file(options.weights)).predicting(options.tile, options.overlap, options.views)
    network = checkpoint.network().to(device(options.device)).eval()
    if use := checkpoint.record.get("use"):
        print(f"{options.weights}: made {use}", file=sys.stderr)
    partitioner = PARTITIONERS.create(options.partitioners) if options.partitioners else None
    names = ("tile", "overlap", "views", "partitioners", "bf16")
    settings = (digest(weights_file(options.weights)), *(getattr(options, name) for name in names))
    records = Records(options.output, settings)
    due = [path for path in options.images if not records.has(path)]
    if len(due) < len(options.images):
        print(f"{len(options.images) - len(due)} images were predicted before", file=sys.stderr)
    for batch in batches(tqdm(due, unit="image"), options.batch):
        pyramids = predict_batch(network, [image for _, image in batch], checkpoint.classes, bf16=options.bf16)
        for (path, image), pyramid in zip(batch, pyramids, strict=True):
            pyramid = replace(pyramid, **checkpoint.suited)
            pyramid.save(options.output / PYRAMID.format(path.stem))
            png = io.BytesIO()
            segmentation = (partitioner or partitioner_for(pyramid)).segment(pyramid)
            Image.fromarray(overlay(image, segmentation.labels)).save(png, format="PNG")
            write_whole(options.output / OVERLAY.format(path.stem), png.getvalue())
            records.add(path)


if __name__ == "__main__":
    cli.run(main)
