"""Predict the affinity pyramids of images with a trained DaffNet, and show the instances that a partitioner finds.

Writes OUTPUT/pyramids/NAME.npz, which the affinity model `saved` reads, and OUTPUT/overlays/NAME.png.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from affinity_models import cli
from affinity_models.daffnet.shipped import weights_file
from affinity_models.images import read_image
from affinity_models.overlay import overlay
from partitioners import PARTITIONERS, needs, partitioner_for
from partitioners.errors import InputError
from partitioners.files import write_whole

EXAMPLES = """\
  python -m affinity_models.predict scene.png --weights street --output out
  python -m affinity_models.predict *.tif --weights FILE --output out --tile 512 --overlap 128
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m affinity_models.predict", __doc__ or "", EXAMPLES)
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


def main(argv: list[str] | None = None) -> None:
    """Predict each image."""
    options = arguments(argv)
    if (reason := needs("torch", "safetensors", "PIL", extra="segment")()) is not None:
        raise InputError(f"prediction {reason}")
    if len({path.stem for path in options.images}) < len(options.images):
        raise InputError("images: expected files of different names")
    from PIL import Image

    from affinity_models.daffnet.checkpoint import load
    from affinity_models.daffnet.prediction import predict_batch
    from affinity_models.daffnet.processes import device

    checkpoint = load(weights_file(options.weights)).predicting(options.tile, options.overlap, options.views)
    network = checkpoint.network().to(device(options.device)).eval()
    if use := checkpoint.record.get("use"):
        print(f"{options.weights}: made {use}", file=sys.stderr)
    partitioner = PARTITIONERS.create(options.partitioners) if options.partitioners else None
    for batch in batches(tqdm(options.images, unit="image"), options.batch):
        pyramids = predict_batch(network, [image for _, image in batch], checkpoint.classes, bf16=options.bf16)
        for (path, image), pyramid in zip(batch, pyramids, strict=True):
            pyramid = replace(pyramid, **checkpoint.suited)
            pyramid.save(options.output / "pyramids" / f"{path.stem}.npz")
            png = io.BytesIO()
            segmentation = (partitioner or partitioner_for(pyramid)).segment(pyramid)
            Image.fromarray(overlay(image, segmentation.labels)).save(png, format="PNG")
            write_whole(options.output / "overlays" / f"{path.stem}.png", png.getvalue())


if __name__ == "__main__":
    cli.run(main)
