"""The writer of a data set of scenes in the folder layout of Cityscapes, and its digest."""

import hashlib
import io
import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from affinity_models.data.street.render import Frame, render
from partitioners import checks
from partitioners.errors import InputError
from partitioners.files import write_whole

VERSION = 1
HASHED = 3  # images in a digest
DIGEST = "d07b3b7e50dbb72beb40bdaa311bdd2d8fc8d3e2a7d8c5019fcfda90d83b75c0"  # of val with seed 0 in this VERSION
CITY = "street"
SPLITS = ("train", "val")
MANIFEST = "street.json"
FOLDERS = {
    "leftImg8bit": ("leftImg8bit.png",),
    "gtFine": ("gtFine_instanceIds.png", "gtFine_labelIds.png"),
    "disparity": ("disparity.png",),
    "camera": ("camera.json",),
}


def frame(split: str, index: int, seed: int = 0) -> Frame:
    """Return image `index` (from 0) of a split, which depends on no other image."""
    return render(np.random.default_rng(np.random.SeedSequence([seed, SPLITS.index(split), index])))


def digest(split: str, seed: int = 0) -> str:
    """Return the SHA-256, as hex digits, of the decoded images and instance ids of a split's first images."""
    total = hashlib.sha256()
    for index in range(HASHED):
        rendered = frame(split, index, seed)
        total.update(rendered.image.tobytes())
        total.update(rendered.instance_ids.astype("<u2").tobytes())
    return total.hexdigest()


def generate(root: Path, split: str, count: int, seed: int = 0, progress: bool = True, workers: int = 1) -> None:
    """Write the first `count` images of a split under root; keep those already there.

    Args:
        root: the folder of the data set, made if missing.
        split: "train" or "val".
        count: the number of images, those already there included.
        seed: the seed of the whole data set.
        progress: True for a progress bar.
        workers: the number of processes, on which the files do not depend.

    Raises:
        InputError: an argument is invalid, or root holds other data or other scenes.
        OSError: a file cannot be written.
    """
    _check(root, split, count, seed, workers)
    missing = [index for index in range(count) if not all(path.exists() for path in _paths(root, split, index))]
    with tqdm(total=len(missing), desc=f"street {split}", unit="image", disable=not progress) as bar:
        if workers == 1:
            for index in missing:
                _write(root, split, index, seed)
                bar.update()
            return
        with ProcessPoolExecutor(workers) as pool:
            for future in as_completed([pool.submit(_write, root, split, index, seed) for index in missing]):
                future.result()
                bar.update()


def _check(root: Path, split: str, count: int, seed: int, workers: int) -> None:
    checks.choice("split", split, SPLITS)
    for name, value, least in (("count", count, 1), ("seed", seed, 0), ("workers", workers, 1)):
        checks.integer(name, value, least)
    if root.exists() and not root.is_dir():
        raise InputError(f"root: expected a folder, got the file {root}")
    manifest, expected = root / MANIFEST, {"version": VERSION, "seed": seed}
    if manifest.exists():
        existing = _read_manifest(manifest)
        if existing != expected:
            asked = f"version {VERSION} and seed {seed}"
            raise InputError(f"root: expected scenes of {asked}, got {root} with {existing}; choose another folder")
    elif (root / "leftImg8bit").exists():
        raise InputError(f"root: expected an empty folder or one with {MANIFEST}, got {root} with another data set")
    else:
        root.mkdir(parents=True, exist_ok=True)
        write_whole(manifest, json.dumps(expected).encode())


def _read_manifest(manifest: Path) -> object:
    try:
        return json.loads(manifest.read_text())
    except ValueError:
        raise InputError(f"root: expected JSON in {manifest}, got something else; choose another folder") from None


def _paths(root: Path, split: str, index: int) -> list[Path]:
    stem = f"{CITY}_{index:06d}_000019"
    return [root / top / split / CITY / f"{stem}_{end}" for top, ends in FOLDERS.items() for end in ends]


def _write(root: Path, split: str, index: int, seed: int) -> None:
    rendered = frame(split, index, seed)
    *images, camera = _paths(root, split, index)
    layers: list[NDArray[Any]] = [rendered.image, rendered.instance_ids, rendered.label_ids, rendered.disparity]
    for path, layer in zip(images, layers, strict=True):
        png = io.BytesIO()
        Image.fromarray(layer).save(png, format="PNG", compress_level=3)
        write_whole(path, png.getvalue())
    write_whole(camera, json.dumps(rendered.camera.as_json(), indent=2).encode())
