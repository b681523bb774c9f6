"""The trained networks that ship with the project: weights/NAME.md is a model card, weights/NAME.safetensors its weights.

Cards come with this package. Weights are much larger and a distribution of their own, which puts them beside the cards.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from partitioners import checks
from partitioners.errors import InputError

FOLDER = Path(__file__).parent / "weights"
SUFFIX = ".safetensors"
INSTALL = "pip install ./affinity_models/daffnet/weights"
"""The command that brings the weights, to be run at the root of the project's source."""

DIAMETERS = {"nuclei": 21.8}
"""Pixels across the objects that a shipped network was trained on, in the mean: that of the circle of each one's area.

`nuclei`: 16,954 nuclei of 391 images, most of them of 7 to 50 pixels, in training made 0.6 to 1.6 times as large. Street
scenes have no one size.
"""
GREY = ("nuclei",)
"""The shipped networks that were trained on grey images: in those of one colour they find less."""


def names() -> list[str]:
    """Return the names of the shipped networks, weights or not; each is that of the data set it was trained on."""
    return sorted(card.stem for card in FOLDER.glob("*.md"))


def weights_file(weights: str | Path) -> Path:
    """Return the file of a shipped network's name; the path of a .safetensors file stays as it is.

    Raises:
        InputError: it is neither, there is no such file, or the shipped weights are not installed.
    """
    path = checks.path("weights", weights)
    if path.suffix != SUFFIX:
        path = FOLDER / f"{weights}{SUFFIX}"
    if path.is_file():
        return path
    if path.parent == FOLDER and path.stem in names():
        raise InputError(f"weights: those of {path.stem!r} are not installed; in the project's source, run {INSTALL}")
    listing = ", ".join(names())
    raise InputError(f"weights: expected the path of a {SUFFIX} file or one of {listing}, got {str(weights)!r}")


def digest(path: Path) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
