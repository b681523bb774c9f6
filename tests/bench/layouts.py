"""Files of tiny data sets."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image


def save(path: Path, pixels: list | np.ndarray, dtype: type = np.uint8) -> None:
    """Write an image file of the given depth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, dtype)).save(path)


def write_n5(path: Path, values: np.ndarray, block: tuple[int, int, int] = (2, 3, 2)) -> None:
    """Write an array in blocks of (d, h, w) voxels; blocks of zeros are left out."""
    path.mkdir(parents=True)
    meta = {"dimensions": values.shape[::-1], "blockSize": block[::-1], "dataType": str(values.dtype)}
    (path / "attributes.json").write_text(json.dumps(meta | {"compression": {"type": "gzip", "level": -1}}))
    for index in np.ndindex(*(-(-n // step) for n, step in zip(values.shape, block, strict=True))):
        part = values[tuple(slice(i * step, (i + 1) * step) for i, step in zip(index, block, strict=True))]
        if part.any():
            file = path.joinpath(*map(str, index[::-1]))
            file.parent.mkdir(parents=True, exist_ok=True)
            head = struct.pack(">HH3I", 0, 3, *part.shape[::-1])
            file.write_bytes(head + gzip.compress(part.astype(part.dtype.newbyteorder(">")).tobytes()))


def write_scene(root: Path, city: str, name: str, ids: list | np.ndarray, split: str = "val") -> None:
    """Write the five files of one image in the layout of Cityscapes; a disparity of 2 pixels, and 0 in one."""
    ids = np.asarray(ids)
    save(root / f"leftImg8bit/{split}/{city}/{name}_leftImg8bit.png", np.full((*ids.shape, 3), 7))
    save(root / f"gtFine/{split}/{city}/{name}_gtFine_instanceIds.png", ids, np.uint16)
    save(root / f"gtFine/{split}/{city}/{name}_gtFine_labelIds.png", np.where(ids < 1000, ids, ids // 1000))
    disparity = np.full(ids.shape, 2 * 256 + 1)
    disparity[0, 0] = 0
    save(root / f"disparity/{split}/{city}/{name}_disparity.png", disparity, np.uint16)
    camera = root / f"camera/{split}/{city}/{name}_camera.json"
    camera.parent.mkdir(parents=True, exist_ok=True)
    camera.write_text(json.dumps({"extrinsic": {"baseline": 0.2}, "intrinsic": {"fx": 1000}}))
