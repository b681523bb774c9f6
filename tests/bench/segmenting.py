"""Small pictures of one's own, and the command that segments them."""

import csv
import io
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from bench.segment.__main__ import main

GREY = np.random.default_rng(0).integers(0, 256, (12, 10), dtype=np.uint8)
GREY[0, :2] = 0, 255
COLOURS = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])
BLOBS = np.zeros((12, 10), np.uint8)
BLOBS[1:4, 1:5], BLOBS[6:11, 4:8] = 200, 250


def run(*arguments: object) -> int:
    """Exit code of the command."""
    try:
        main(list(map(str, arguments)))
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a table."""
    return list(csv.DictReader(io.StringIO(path.read_text())))


def png(path: Path, image: Image.Image, **options: object) -> None:
    image.save(path, **options)


def tiff(path: Path, values: np.ndarray, **options: object) -> None:
    tifffile.imwrite(path, values, **options)
