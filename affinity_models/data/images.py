"""Reading image files; whatever is wrong with one becomes an `InputError` that names it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import IntegerArray
from partitioners.errors import InputError

SAMPLE_FORMAT = 339
"""TIFF's tag for what the bits of a pixel are; 1, the default, is an unsigned integer."""

_LABEL_MODES = ("L", "I", "I;16", "I;16B", "I;16L")
_IMAGE_MODES = ("1", "L", "L;2", "L;4", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")


def read_image(path: Path) -> NDArray[np.uint8]:
    """Return a picture of 8 bits per channel as (H, W, 3) uint8, RGB; an alpha channel is dropped.

    Raises:
        InputError: the file is missing, damaged, or of another depth; the message names it.
    """
    return read_pixels(path, _IMAGE_MODES, "an image of 8 bits per channel", convert="RGB")


def read_labels(path: Path) -> IntegerArray:
    """Return a label image as (H, W) uint8, uint16, uint32 or int32 of at least 0, exactly the numbers in the file.

    Raises:
        InputError: the file is missing, damaged, or not grey of 8, 16 or 32 bits; the message names it.
    """
    labels = read_pixels(path, _LABEL_MODES, "grey labels of 8, 16 or 32 bits")
    if labels.size and labels.min() < 0:
        raise InputError(f"{path}: expected labels of at least 0, got {labels.min()}")
    return labels


def read_pixels(path: Path, modes: Collection[str], expected: str, convert: str | None = None) -> NDArray[Any]:
    """Return the pixels of an image file, of native byte order and writable.

    Args:
        path: a file that PIL can read.
        modes: the modes of PIL that are accepted, and "L;2" and "L;4" for PNGs with grey of 2 and 4 bits.
        expected: what these modes are, for the message.
        convert: the mode to convert to; default: the file's own.

    Raises:
        InputError: the file is missing, damaged, or of another mode; the message names it.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            mode = _mode(image)
            pixels = np.array(image.convert(convert or image.mode)) if mode in modes else None
            if pixels is not None and mode == "I" and _is_unsigned(image):
                pixels = pixels.view(np.uint32)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except Exception as error:  # PIL's decoders raise errors of many kinds where a file is damaged
        raise InputError(f"{path}: expected {expected}, but it cannot be read: {error}") from error
    if pixels is None:
        raise InputError(f"{path}: expected {expected}, got PIL's mode {mode!r}")
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _mode(image: Any) -> str:
    """Return PIL's mode, or the PNG's own where PIL would stretch its 2 or 4 bits to 0…255."""
    raw = image.tile[0][3] if image.format == "PNG" else None
    return str(raw if raw in ("L;2", "L;4") else image.mode)


def _is_unsigned(image: Any) -> bool:
    """Return whether a TIFF's 32 bits have no sign, for which PIL has no mode of its own."""
    return image.format == "TIFF" and image.tag_v2.get(SAMPLE_FORMAT, 1) in (1, (1,))
