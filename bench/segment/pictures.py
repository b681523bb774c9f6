"""Reading image files of any depth, and the size of their pixels; whatever is wrong with one becomes an `InputError`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from partitioners.errors import InputError

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""The files of a folder that are taken for images."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION = 274
_UNITS = {2: "inch", 3: "cm"}


@dataclass(frozen=True)
class PixelSize:
    """The sides of a pixel in `unit`; the depth, the distance of planes, is None where unknown."""

    width: float
    height: float
    unit: str
    depth: float | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """An image file's pixels.

    Fields:
        planes: (n, H, W) or (n, H, W, C), of any type.
        axis: "Z" or "T" for a stack, empty for a single plane.
        pixel: the size of a pixel, None where the file does not tell.
        remarks: notes on what was done to it.
    """

    planes: NDArray[Any]
    axis: str = ""
    pixel: PixelSize | None = None
    remarks: tuple[str, ...] = ()


def read_picture(path: Path, planes: str | None = None, channel: int | None = None) -> Picture:
    """Return the planes of an image file.

    Args:
        path: a TIFF, or of a kind that PIL reads.
        planes: those to take of a stack: "all", "max" for the maximum over them, or a number from 0.
        channel: the one to take of several, from 0; default: colours together.

    Raises:
        InputError: the file is missing or damaged, or it has several planes or channels and none is chosen.
    """
    with _named(path):
        with open(path, "rb") as file:
            is_tiff = file.read(4) in _TIFF
        values, axes, pixel, remarks = _tiff(path) if is_tiff else _by_pil(path)
        values, axes = _one_channel(values, axes, channel)
        stack = axes.removesuffix("S").removesuffix("YX")
        if len(stack) > 1 or not axes.removesuffix("S").endswith("YX"):
            raise InputError(f"expected a plane or one stack of planes, got axes {axes} of {values.shape}")
        if not stack:
            return Picture(values[None], "", pixel, remarks)
        axis = "T" if stack == "T" else "Z"
        if planes == "all":
            return Picture(values, axis, pixel, remarks)
        if planes == "max":
            return Picture(values.max(axis=0)[None], "", pixel, (*remarks, f"maximum over {len(values)} planes"))
        if planes is None or not planes.isdecimal() or int(planes) >= len(values):
            got = "none is chosen" if planes is None else f"got --planes {planes}"
            raise InputError(f"{len(values)} planes, and {got}: say --planes all, max, or one of 0…{len(values) - 1}")
        return Picture(values[int(planes)][None], "", pixel, (*remarks, f"plane {planes} of {len(values)}"))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong with a file into an `InputError` that begins with its name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of readers, on metadata
            yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except Exception as error:  # decoders raise errors of many kinds where a file is damaged
        raise InputError(f"{path}: cannot be read: {error or type(error).__name__}") from error


def _one_channel(values: NDArray[Any], axes: str, channel: int | None) -> tuple[NDArray[Any], str]:
    """Return values with colours last, in place of several channels the chosen one."""
    kept = "".join(axis for axis, length in zip(axes, values.shape, strict=True) if length > 1 or axis in "YX")
    values = values.reshape([length for axis, length in zip(axes, values.shape, strict=True) if axis in kept])
    if "S" in kept:
        values, kept = np.moveaxis(values, kept.index("S"), -1), kept.replace("S", "") + "S"
    name = "C" if "C" in kept else "S" if "S" in kept else ""
    number = values.shape[kept.index(name)] if name else 1
    if channel is None:
        if name == "C":
            raise InputError(f"{number} channels, and none is chosen: say --channel, one of 0…{number - 1}")
        return values, kept
    if channel >= number:
        raise InputError(f"--channel: expected one of its {number}, counted from 0, got {channel}")
    return (np.take(values, channel, kept.index(name)), kept.replace(name, "")) if name else (values, kept)


def _by_pil(path: Path) -> tuple[NDArray[Any], str, PixelSize | None, tuple[str, ...]]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.verify()  # the checksums of a PNG, for which its decoder does not care
    except UnidentifiedImageError:
        raise InputError("of no kind that PIL or tifffile reads") from None
    with Image.open(path) as image:
        deep = image.format == "PNG" and image.mode != "I;16" and ";16" in str(image.tile[0][3])
        turned = image.getexif().get(_ORIENTATION, 1) in range(2, 9)
        width, height = image.info.get("dpi", (0, 0))
        if deep:  # of these, PIL would keep 8 bits
            from imagecodecs import png_decode

            frames = [png_decode(path.read_bytes())]
        else:
            frames = [_plain(ImageOps.exif_transpose(frame)) for frame in ImageSequence.Iterator(image)]
    if len({frame.shape for frame in frames}) > 1:
        raise InputError(f"expected frames of one size, got {', '.join(str(frame.shape) for frame in frames)}")
    values = np.stack(frames)
    pixel = PixelSize(1 / float(width), 1 / float(height), "inch") if width > 1 and height > 1 else None
    remarks = ("turned as its EXIF orientation says",) if turned else ()
    return values, "IYXS"[: values.ndim], pixel, remarks


def _plain(image: Any) -> NDArray[Any]:
    """Return the pixels of PIL's image, of palettes and printing colours as RGB."""
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode not in ("1", "L", "LA", "RGB", "RGBA", "I", "F") and not image.mode.startswith("I;16"):
        image = image.convert("RGBA" if image.mode == "PA" else "RGB")
    return np.array(image)


def _tiff(path: Path) -> tuple[NDArray[Any], str, PixelSize | None, tuple[str, ...]]:
    import tifffile

    with tifffile.TiffFile(path) as file:
        if len(file.series) != 1:
            sizes = ", ".join(str(series.shape) for series in file.series)
            raise InputError(f"expected one image or stack, got {len(file.series)}, of {sizes}")
        series, page, remarks = file.series[0], file.pages[0].aspage(), []
        values, axes, photometric = series.asarray(), series.axes, tifffile.PHOTOMETRIC(page.photometric).name
        if photometric == "PALETTE" and page.colormap is not None:
            values, axes = np.moveaxis(page.colormap[:, values], 0, -1), f"{axes}S"
            values = (values >> 8).astype(np.uint8)
        elif photometric == "MINISWHITE" and values.dtype.kind in "bu":
            values, remarks = 2**page.bitspersample - 1 - values, ["white is 0 in the file"]
        elif photometric not in ("MINISBLACK", "RGB") and not (photometric == "YCBCR" and page.compression == 7):
            raise InputError(f"expected grey, RGB or a palette, got {photometric}")
        orientation = page.tags.get(_ORIENTATION)
        if orientation is not None and orientation.value != 1:
            remarks.append("not turned as its orientation tag says, which Fiji and napari do not follow")
        return values, axes, _pixel_size(file, page), tuple(remarks)


def _pixel_size(file: Any, page: Any) -> PixelSize | None:
    if file.ome_metadata:
        pixels = ElementTree.fromstring(file.ome_metadata).find(".//{*}Pixels")
        sizes = {} if pixels is None else pixels.attrib
        if "PhysicalSizeX" not in sizes or "PhysicalSizeY" not in sizes:
            return None
        depth = float(sizes["PhysicalSizeZ"]) if "PhysicalSizeZ" in sizes else None
        unit = _plain_unit(sizes.get("PhysicalSizeXUnit", "µm"))
        return PixelSize(float(sizes["PhysicalSizeX"]), float(sizes["PhysicalSizeY"]), unit, depth)
    imagej = file.imagej_metadata or {}
    unit = _plain_unit(str(imagej.get("unit", ""))) or _UNITS.get(page.resolutionunit, "")
    per_unit = [page.tags[name].value for name in ("XResolution", "YResolution") if name in page.tags]
    if not unit or len(per_unit) < 2 or not all(whole and part for whole, part in per_unit):
        return None
    width, height = (part / whole for whole, part in per_unit)
    return PixelSize(width, height, unit, imagej.get("spacing"))


def _plain_unit(unit: str) -> str:
    """Return a unit in ASCII, which is all that a TIFF's description may hold."""
    return unit.replace("\\u00B5", "u").replace("µ", "u").replace("μ", "u")
