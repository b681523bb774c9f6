"""Reading image files; whatever is wrong with one becomes an `InputError` that names it."""

from __future__ import annotations

import glob
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.errors import InputError

SAMPLE_FORMAT = 339
"""TIFF's tag for what the bits of a pixel are; 1, the default, is an unsigned integer."""
KINDS = "of a kind that PIL reads, such as .png, .tif or .bmp"
"""The kinds of files that are found by NAME.*, for messages."""

_LABEL_MODES = ("L", "I", "I;16", "I;16B", "I;16L")
_IMAGE_MODES = ("1", "L", "L;2", "L;4", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")


def read_image(path: Path) -> NDArray[np.uint8]:
    """Return a picture of 8 bits per channel as (H, W, 3) uint8, RGB; an alpha channel is dropped.

    It is turned as its EXIF orientation says, and so lies as viewers show it.

    Raises:
        InputError: the file is missing, damaged, or of another depth; the message names it.
    """
    return read_pixels(path, _IMAGE_MODES, "an image of 8 bits per channel", convert="RGB")


def read_labels(path: Path, size: Sequence[int] | None = None) -> NDArray[Any]:
    """Return a label image as (H, W) uint8, uint16, uint32 or int32 of at least 0, exactly the numbers in the file.

    It is turned as `read_image` turns pictures.

    Args:
        path: the file.
        size: the shape (H, W) or (H, W, …) of the image that the labels are of. Default: any.

    Raises:
        InputError: the file is missing, damaged, of another size, or not grey of 8, 16 or 32 bits; the message names it.
    """
    labels = read_pixels(path, _LABEL_MODES, "grey labels of 8, 16 or 32 bits", size=size)
    if labels.size and labels.min() < 0:
        raise InputError(f"{path}: expected labels of at least 0, got {labels.min()}")
    return labels


def read_pixels(
    path: Path, modes: Collection[str], expected: str, convert: str | None = None, size: Sequence[int] | None = None
) -> NDArray[Any]:
    """Return the pixels of an image file, turned as its EXIF orientation says, of native byte order and writable.

    Args:
        path: a file that PIL can read.
        modes: the modes of PIL that are accepted, and "L;2" and "L;4" for PNGs with grey of 2 and 4 bits.
        expected: a description of these modes, for the message.
        convert: the mode to convert to; default: the file's own.
        size: the size expected, as in `read_labels`; a file whose header tells another is refused before its
            pixels take memory.

    Raises:
        InputError: the file is missing, damaged, of another mode or size; the message names it.
    """
    from PIL import Image, ImageOps

    try:
        with open(path, "rb") as file:  # of a path, PIL would map TIFFs into memory, the turned ones wrongly
            with Image.open(file) as image:
                if (mode := _mode(image)) not in modes:
                    raise InputError(f"{path}: expected {expected}, got PIL's mode {mode!r}")
                if size is not None and sorted(image.size) != sorted(size[:2]):  # EXIF may exchange the two
                    raise _other_size(path, image.size[::-1], size)
                image.verify()  # the checksums of a PNG, for which its decoder does not care
            file.seek(0)
            with Image.open(file) as image:
                image.load()
                with suppress(Exception):  # EXIF that makes no sense turns nothing, neither here nor in viewers
                    ImageOps.exif_transpose(image, in_place=True)
                pixels = np.array(image.convert(convert or image.mode))
                if mode == "I" and _is_unsigned(image):
                    pixels = pixels.view(np.uint32)
    except InputError:
        raise
    except FileNotFoundError:
        raise _missing(Path(path)) from None
    except Exception as error:  # PIL's decoders raise errors of many kinds where a file is damaged
        raise InputError(f"{path}: expected {expected}, but it cannot be read: {error}") from error
    if size is not None and pixels.shape[:2] != tuple(size[:2]):
        raise _other_size(path, pixels.shape, size)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _other_size(path: Path, found: Sequence[int], size: Sequence[int]) -> InputError:
    return InputError(f"{path}: expected {size[0]} × {size[1]} pixels like the image, got {found[0]} × {found[1]}")


def _missing(path: Path) -> InputError:
    """Return the error of a missing file, which tells of those that have its name with another extension."""
    kind = f" {KINDS}" if path.suffix == ".*" else ""
    others = sorted(other.name for other in path.parent.glob(f"{glob.escape(path.stem)}.*"))
    there = f"; there, but not read: {', '.join(others)}" if others else ""
    return InputError(f"{path}: no such file{kind}{there}")


def _mode(image: Any) -> str:
    """Return PIL's mode, or the PNG's own where PIL would stretch its 2 or 4 bits to 0…255."""
    raw = image.tile[0][3] if image.format == "PNG" else None
    return str(raw if raw in ("L;2", "L;4") else image.mode)


def _is_unsigned(image: Any) -> bool:
    """Return whether a TIFF's 32 bits have no sign, for which PIL has no mode of its own."""
    return image.format == "TIFF" and image.tag_v2.get(SAMPLE_FORMAT, 1) in (1, (1,))
