"""Example images with the instances that partitioners found in them, and their mistakes, in one small file.

The file is a zip archive: `index.json` says what is shown, each picture is a JPEG, and each label map is a PNG whose
pixels hold label modulo 256 in red and label divided by 256 in green.
"""

from __future__ import annotations

import base64
import io
import json
import mimetypes
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.contingency import contingency, total
from affinity_models.sample import VOID, Sample
from bench.engine import answers
from bench.engine.cells import Cell, Record
from partitioners import InputError, Segmentation
from partitioners.arrays import IntegerArray
from partitioners.files import write_whole

FILE = "examples.zip"
LONGEST = 640
"""Pixels of the longer side, at most; larger images keep every second, third, … pixel."""
RIGHT, CLASS, MERGED, PART, UNSCORED, FALSE = STATES = ("right", "class", "merged", "part", "unscored", "false")


@dataclass(frozen=True, eq=False)
class Example:
    """An image or a volume and what partitioners found in it.

    Args:
        title: data set and affinity model.
        sample: the image and its truth.
        found: segmentations, by the names of partitioners.
    """

    title: str
    sample: Sample
    found: Mapping[str, Segmentation]

    def shown(self, layer: NDArray[Any]) -> NDArray[Any]:
        """Return image or labels as they are drawn: of a volume, the middle slice."""
        return layer[self.sample.size[0] // 2] if self.sample.is_volume else layer


def spread(names: Sequence[str], number: int) -> list[str]:
    """Return `number` of the names, or all if there are fewer, evenly spread from the first to the last."""
    return [names[index] for index in np.unique(np.linspace(0, len(names) - 1, number).astype(int))] if names else []


def of_cells(title: str, cells: Mapping[str, Cell], store: Path, number: int) -> list[Example]:
    """Return examples of what the partitioners of cells found, spread over the images that all have answers to.

    Args:
        title: data set and affinity model.
        cells: cells with answers, by the names of partitioners, all of one data set.
        store: the folder of the answers.
        number: the number of images; one whose truth cannot be read is left out.
    """
    if not cells:
        return []
    examples = []
    records = [Record.read(cell.folder(store)) or Record("") for cell in cells.values()]
    common = [name for name in records[0].images if all(name in record.images for record in records)]
    dataset = next(iter(cells.values())).affinities.open()
    for name in spread(common, number):
        stored = {partitioner: answers.load(cell.answer(store, name)) for partitioner, cell in cells.items()}
        segmentations = {
            partitioner: next(iter(answer.values())).segmentation for partitioner, answer in stored.items() if answer
        }
        with suppress(InputError):  # reported when it was compared
            examples.append(Example(title, dataset.read(name), segmentations))
    return examples


def states(sample: Sample, segmentation: Segmentation) -> list[dict[str, Any]]:
    """Compare each found instance with the true ones.

    Returns:
        For each label from 1 on: its `state`, the `true` label that it overlaps most (0: none), and its `iou`. It is
        "right" with an IoU above one half and the true class, "class" with another class; "merged" where it holds more
        than half of several true instances; "part" of one where more than half of it is there; "unscored" where more
        than half of it is void or a crowd; else "false".

    Raises:
        InputError: the sizes differ.
    """
    n_found, n_true = len(segmentation.classes), len(sample.instance_classes)
    true, label, common = contingency(sample.instances, segmentation.labels)
    true_pixels, pixels = total(common, true, n_true), total(common, label, n_found + 1)
    inside = np.zeros((n_found + 1, n_true), np.int64)
    inside[label, true] = common
    iou = inside / np.maximum(pixels[:, None] + true_pixels - inside, 1)
    iou[:, 0] = 0
    ignored = np.bincount(segmentation.labels[(sample.semantic == VOID) | sample.crowd], minlength=n_found + 1)
    best = iou.argmax(axis=1)
    holds = (2 * inside[:, 1:] > true_pixels[1:]).sum(axis=1)
    share = inside[:, 1:].max(axis=1, initial=0) / np.maximum(pixels, 1)
    result = []
    for number in range(1, n_found + 1):
        overlap = float(iou[number, best[number]])
        if overlap > 0.5:
            state = RIGHT if segmentation.classes[number - 1] == sample.instance_classes[best[number]] else CLASS
        elif holds[number] > 1:
            state = MERGED
        elif share[number] > 0.5:
            state = PART
        else:
            state = UNSCORED if 2 * ignored[number] > pixels[number] else FALSE
        result.append({"state": state, "true": int(best[number]) if overlap else 0, "iou": round(overlap, 3)})
    return result


def write(path: Path, examples: Iterable[Example]) -> None:
    """Write examples, whole or not at all."""
    files: dict[str, bytes] = {}
    index = [_add(example, str(number), files) for number, example in enumerate(examples)]
    files["index.json"] = json.dumps(index, indent=1).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    write_whole(path, buffer.getvalue())


def _add(example: Example, prefix: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Add an example's pictures to `files`, their names beginning with `prefix`; return its entry in the index."""
    sample = example.sample
    step = -(-max(sample.size[-2:]) // LONGEST)
    image, truth = f"{prefix}.jpg", f"{prefix}-truth.png"
    files[image] = _jpeg(example.shown(sample.image)[::step, ::step])
    files[truth] = _png(example.shown(sample.instances)[::step, ::step])
    names = [sample.classes.names[label] if label != VOID else "" for label in sample.instance_classes[1:]]
    predictions = []
    for index, (name, segmentation) in enumerate(example.found.items()):
        labels = f"{prefix}-{index}.png"
        files[labels] = _png(example.shown(segmentation.labels)[::step, ::step])
        predictions.append({"name": name, "labels": labels, "instances": _instances(sample, segmentation)})
    return {
        "title": example.title,
        "name": sample.name,
        "image": image,
        "truth": {"labels": truth, "instances": [{"class": name} for name in names]},
        "found": predictions,
    }


def _instances(sample: Sample, segmentation: Segmentation) -> list[dict[str, Any]]:
    """Return class, score and state of each found instance."""
    return [
        {"class": sample.classes.names[label], "score": round(float(score), 3)} | state
        for label, score, state in zip(
            segmentation.classes, segmentation.scores, states(sample, segmentation), strict=True
        )
    ]


def read(path: Path) -> list[dict[str, Any]]:
    """Return the index of a file, with addresses that hold the pictures; empty where there is no file."""
    if not path.is_file():
        return []
    with zipfile.ZipFile(path) as archive:
        addresses = {name: address(name, archive.read(name)) for name in archive.namelist() if name != "index.json"}
        index: list[dict[str, Any]] = json.loads(archive.read("index.json"))
    for entry in index:
        entry["image"] = addresses[entry["image"]]
        for labelled in (entry["truth"], *entry["found"]):
            labelled["labels"] = addresses[labelled["labels"]]
    return index


def address(name: str, content: bytes) -> str:
    """Return an address that holds a file's content, its kind by the end of its name."""
    return f"data:{mimetypes.guess_type(name)[0]};base64,{base64.b64encode(content).decode()}"


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    """Return an image (H, W, 3) as JPEG, its brightest percent saturated: micrographs can be all but black."""
    bright = (image * (255 / max(1.0, float(np.percentile(image, 99))))).clip(0, 255)
    return _file(bright.astype(np.uint8), "JPEG", quality=80)


def _png(labels: IntegerArray) -> bytes:
    red, green = labels % 256, labels // 256 % 256
    return _file(np.stack([red, green, np.zeros_like(red)], axis=-1).astype(np.uint8), "PNG", optimize=True)


def _file(pixels: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()
