"""Reading N5, which is a folder of compressed blocks: https://github.com/saalfeldlab/n5, version 4 of the format."""

from __future__ import annotations

import bz2
import json
import lzma
import struct
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "gzip": lambda data: zlib.decompress(data, wbits=47),  # or zlib, by its header
    "bzip2": bz2.decompress,
    "xz": lzma.decompress,
}
_VARYING = 1  # the mode of blocks that tell their number of elements


def is_array(folder: Path) -> bool:
    """Tell whether a folder of an N5 container is an array."""
    file = folder / "attributes.json"
    return file.is_file() and "dimensions" in json.loads(file.read_text(encoding="utf-8"))


def read(folder: Path) -> NDArray[Any]:
    """Return an array, its axes in the order of C: of a volume (d, h, w). Blocks without a file are 0.

    Raises:
        ValueError: it is damaged, or its compression or dtype is none of those that are known.
    """
    attributes = json.loads((folder / "attributes.json").read_text(encoding="utf-8"))
    dimensions, block = attributes["dimensions"], attributes["blockSize"]
    kind = attributes.get("compression", {}).get("type", attributes.get("compressionType"))
    if kind not in _DECOMPRESS:
        raise ValueError(f"expected one of the compressions {', '.join(_DECOMPRESS)}, got {kind}")
    dtype = np.dtype(attributes["dataType"])
    result = np.zeros(dimensions[::-1], dtype)
    for position in product(*(range(-(-length // step)) for length, step in zip(dimensions, block, strict=True))):
        file = folder.joinpath(*map(str, position))
        if file.is_file():
            values = _block(file.read_bytes(), dtype, kind)
            starts = [index * step for index, step in zip(position, block, strict=True)][::-1]
            result[tuple(slice(start, start + n) for start, n in zip(starts, values.shape, strict=True))] = values
    return result


def _block(data: bytes, dtype: np.dtype[Any], kind: str) -> NDArray[Any]:
    """Return the values of a block's file."""
    mode, rank = struct.unpack_from(">HH", data)
    shape = struct.unpack_from(f">{rank}I", data, 4)[::-1]
    content = _DECOMPRESS[kind](data[4 + 4 * rank + 4 * (mode == _VARYING) :])
    return np.frombuffer(content, dtype.newbyteorder(">")).reshape(shape)
