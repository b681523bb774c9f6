"""The trained networks that ship with the project: weights/NAME.safetensors, each with its model card NAME.md."""

from __future__ import annotations

import hashlib
from pathlib import Path

from partitioners.errors import InputError

FOLDER = Path(__file__).parent / "weights"
SUFFIX = ".safetensors"


def names() -> list[str]:
    """Return the names of the shipped networks; each is that of the data set it was trained on."""
    return sorted(file.stem for file in FOLDER.glob(f"*{SUFFIX}"))


def weights_file(weights: str | Path) -> Path:
    """Return the file of a shipped network's name; the path of a .safetensors file stays as it is.

    Raises:
        InputError: it is neither, or there is no such file.
    """
    path = Path(weights)
    if path.suffix != SUFFIX:
        path = FOLDER / f"{weights}{SUFFIX}"
    if not path.is_file():
        known = ", ".join(names())
        raise InputError(f"weights: expected the path of a {SUFFIX} file or one of {known}, got {str(weights)!r}")
    return path


def digest(path: Path) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
