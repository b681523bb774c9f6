"""The work of the command: files to segment, their segments, and what is written of each."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from affinity_models import Segmenter, as_rgb
from affinity_models.daffnet.shipped import GREY
from bench.segment import affinities, exports, outputs
from bench.segment.pictures import SUFFIXES, read_picture
from partitioners import GraphPartitioner
from partitioners.errors import InputError
from partitioners.files import write_whole
from partitioners.fingerprint import content_key

T = TypeVar("T")
VERSION = 1
"""Of the outputs: raised where they become others for the same file and options."""


@dataclass(frozen=True)
class Result:
    """The segments of a file, the pictures (n, H, W, 3) that they are drawn upon, and remarks."""

    found: outputs.Found
    pictures: NDArray[np.uint8]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """A file to be segmented.

    Fields:
        name: the name of its outputs.
        path: the path of the file, or of a folder that is one array.
        find: the function that finds its segments.
        options: all that they depend on beside the file.
    """

    name: str
    path: Path
    find: Callable[[], Result]
    options: tuple[Any, ...]

    def key(self) -> str:
        """Return what changes with the file's content and with the options.

        Raises:
            InputError: the file cannot be read.
        """
        digest = sha256(repr((VERSION, self.options)).encode())
        try:
            for file in sorted(self.path.rglob("*")) if self.path.is_dir() else [self.path]:
                if not file.is_dir():
                    digest.update(file.read_bytes())
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror}") from None
        return digest.hexdigest()


def images(options: argparse.Namespace, segmenter: Segmenter) -> list[Source]:
    """Return the files that are given, and the images in folders and below.

    Raises:
        InputError: nothing is at a path, a folder has no image, or two files would have one name.
    """
    files: list[tuple[Path, Path]] = []
    output = options.output.resolve()
    for path in options.paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        inside = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in SUFFIXES and file.is_file()]
        inside = [file for file in inside if not file.resolve().is_relative_to(output)]
        if path.is_dir() and not inside:
            raise InputError(f"{path}: expected images, {', '.join(SUFFIXES)}, found none")
        files += [(file.relative_to(path), file) for file in inside] if path.is_dir() else [(Path(path.name), path)]
    chosen = (options.planes, options.channel)
    return [
        Source(name, file, partial(_in_image, file, segmenter, *chosen), (*segmenter.key, *chosen))
        for name, (_, file) in _named(files).items()
    ]


def _named(files: Sequence[tuple[Path, T]]) -> dict[str, tuple[Path, T]]:
    """Return (path, file) by names for what is written of them: the path without extension where that is one file's only.

    Raises:
        InputError: two different files have one path.
    """
    # .ome as well, since what is written is no OME-TIFF
    stems = [path.with_suffix("").as_posix().removesuffix(".ome") for path, _ in files]
    named: dict[str, tuple[Path, T]] = {}
    for stem, (path, file) in zip(stems, files, strict=True):
        _, other = named.setdefault(path.as_posix() if stems.count(stem) > 1 else stem, (path, file))
        if other != file:
            raise InputError(f"{other}, {file}: expected files of different names, or one --output for each")
    return named


def arrays(options: argparse.Namespace) -> list[Source]:
    """Return the files of affinities.

    Raises:
        InputError: the partitioner is none of graphs, or two files would have one name.
    """
    expression = options.partitioners or affinities.USUAL
    partitioner = affinities.graph_partitioner(expression)
    mask = None if options.mask is None else affinities.read_array(options.mask, (2, 3))[0] != 0
    masked = "" if mask is None else content_key(mask)
    files = []
    for text in options.affinities:
        path, name = affinities.located(text)
        files.append((Path("-".join([path.stem, *name.split("/")]).strip("-") + path.suffix), text))
    chosen = (expression, options.offsets, masked, options.min_size)
    return [
        Source(name, path, partial(_in_affinities, text, partitioner, mask, options), (inside, *chosen))
        for name, (_, text) in _named(files).items()
        for path, inside in [affinities.located(text)]
    ]


def _in_image(path: Path, segmenter: Segmenter, planes: str | None, channel: int | None) -> Result:
    """Return the segments of an image file."""
    picture = read_picture(path, planes, channel)
    try:
        result = segment_planes(picture.planes, segmenter)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    found = replace(result.found, axis=picture.axis, pixel=picture.pixel)
    return replace(result, found=found, remarks=(*picture.remarks, *result.remarks))


def segment_planes(planes: NDArray[Any], segmenter: Segmenter) -> Result:
    """Return the segments of images, each by itself; their numbers go on from one to the next.

    Args:
        planes: (n, H, W) or (n, H, W, C), as for `as_rgb`; all are stretched alike.
        segmenter: the segmenter that finds them.

    Raises:
        InputError: `planes` are not as above.
    """
    number, height = planes.shape[:2]
    rgb, remarks = as_rgb(planes.reshape(number * height, *planes.shape[2:]))
    if segmenter.weights in GREY and (rgb != rgb[..., :1]).any():
        remarks.append(f"in colour, while {segmenter.weights} was trained on grey: --channel 0, 1 or 2 may find more")
    pictures = rgb.reshape(number, height, *rgb.shape[1:])
    labels, vanished = np.zeros(pictures.shape[:3], np.int32), 0
    classes: list[str] = []
    scores: list[float] = []
    for plane, image in enumerate(pictures):
        found, lost = segmenter.find(image)
        labels[plane] = np.where(found.labels > 0, found.labels + len(classes), 0)
        classes += [segmenter.checkpoint.classes.names[index] for index in found.classes]
        scores += found.scores.tolist()
        vanished += lost
    if vanished:
        remarks.append(f"{vanished} under a pixel of the image left out")
    return Result(outputs.Found(labels, tuple(classes), tuple(scores)), pictures, tuple(remarks))


def _in_affinities(
    text: str, partitioner: GraphPartitioner, mask: NDArray[np.bool_] | None, options: argparse.Namespace
) -> Result:
    """Return the segments into which the affinities of a file are cut, upon the mean of these."""
    affinity, recorded = affinities.read_array(text)
    try:
        offsets = affinities.read_offsets(options.offsets, recorded, affinity.ndim - 1)
        labels = affinities.partition(affinity, offsets, partitioner, mask, options.min_size or 0)
    except InputError as error:
        raise InputError(f"{text}: {error}") from None
    planes = labels.reshape(-1, *labels.shape[-2:])
    mean = affinity.mean(axis=0, dtype=np.float64).reshape(-1, planes.shape[2])
    found = outputs.Found(planes, ("",) * int(labels.max(initial=0)), None, "Z" if labels.ndim == 3 else "")
    remark = f"{affinity.dtype} affinities at {offsets if len(offsets) < 8 else f'{len(offsets)} offsets'}"
    return Result(found, as_rgb(mean)[0].reshape(*planes.shape, 3), (remark,))


def segment_file(source: Source, output: Path) -> dict[str, Any] | None:
    """Segment a file and write labels, table and overlay; return what is noted of it, None where that was done before.

    Raises:
        InputError: it cannot be segmented.
    """
    record, key = output / f"done/{source.name}.json", source.key()
    if _is_done(output, record, key):
        return None
    record.unlink(missing_ok=True)
    start = time.monotonic()
    result = source.find()
    files = {
        f"labels/{source.name}.tif": outputs.label_image(result.found),
        f"tables/{source.name}.csv": outputs.table(result.found),
        f"overlays/{source.name}.{'tif' if result.found.axis else 'png'}": outputs.overlays(
            result.pictures, result.found
        ),
    }
    for name, content in files.items():
        write_whole(output / name, content)
    note = {
        "file": str(source.path),
        "objects": len(result.found.classes),
        "seconds": round(time.monotonic() - start, 2),
        "remarks": list(result.remarks),
        "outputs": list(files),
        "key": key,
    }
    write_whole(record, json.dumps(note, indent=1, ensure_ascii=False).encode())
    return note


def _is_done(output: Path, record: Path, key: str) -> bool:
    try:
        note = json.loads(record.read_text(encoding="utf-8"))
        return bool(note["key"] == key and all((output / name).is_file() for name in note["outputs"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def export(sources: Sequence[Source], output: Path, geojson: bool, coco: bool) -> None:
    """Write GeoJSON and COCO of the files that are segmented, from their labels and tables."""
    import tifffile

    collected = exports.Coco()
    for source in sources if geojson or coco else ():
        if (output / f"done/{source.name}.json").exists():
            with tifffile.TiffFile(output / f"labels/{source.name}.tif") as file:
                labels, axis = file.asarray(), "t" if file.series[0].axes == "TYX" else "z"
            table = outputs.read_table((output / f"tables/{source.name}.csv").read_text())
            if geojson:
                write_whole(output / f"geojson/{source.name}.geojson", exports.geojson(labels, *table, axis))
            collected.add(str(source.path), labels, *table)
    if coco:
        write_whole(output / "coco.json", collected.content())
