"""Figures that tell how hard a data set's instances are, beside those of real street scenes."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from affinity_models import cli
from affinity_models.data.targets import block_majority, connected_pieces
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import Match, match
from affinity_models.sample import VOID, Sample
from partitioners import ClassTable, Segmentation
from partitioners.arrays import IntegerArray
from partitioners.errors import InputError

FULL_SIZE = 1024 * 2048
"""Pixels of a Cityscapes image; all areas are given as if the images had that many."""

PERCENTILES = (1, 10, 50, 90, 99)
TRUTHS = ("truth at level 1", "truth at level 2", "pieces of the truth at level 1", "pieces of the semantic map")

REAL = {
    "instances per image": 24,
    "pixels of instances, %": 11,
    "area, percentile 1, px": 60,
    "area, percentile 10, px": 170,
    "area, percentile 50, px": 1394,
    "area, percentile 90, px": 21900,
    "area, percentile 99, px": 151000,
    "touching one of their class, %": 66,
    "in several pieces, %": 13.5,
    "over 1000 px: in several pieces, %": 17,
    "AP, truth at level 1": 77.2,
    "AP50, truth at level 1": 99.3,
    "AP, truth at level 2": 59.5,
    "AP50, truth at level 2": 93.4,
    "AP, pieces of the truth at level 1": 50.3,
    "AP50, pieces of the truth at level 1": 67.1,
    "AP, pieces of the semantic map": 37.1,
    "AP50, pieces of the semantic map": 50.4,
}
"""The figures of 23 real Cityscapes images, level 1 being at stride 4."""

EXAMPLES = """\
  python -m bench.statistics
  python -m bench.statistics --data 'cityscapes(root=DIR)' --limit 50
  python -m bench.statistics --data 'nuclei(root=DIR)'"""

NOTES = """
Areas are scaled to images of 1024 x 2048 pixels. An instance touches another if one of its pixels has a neighbour in
it; its pieces are 4-connected and of at least 100 px. Level 1 is the finest level of the affinity pyramid (stride 4 at
full size), level 2 has twice its stride; there each pixel takes the most frequent instance below it. All AP are the
official ones, of perfect classes with score 1: they bound what any grouping can reach from there."""


def touching(instances: IntegerArray, semantic: IntegerArray) -> NDArray[np.bool_]:
    """Return (n + 1,) bool: true for instances of (H, W) with a 4-neighbour in another one of their class."""
    is_touching = np.zeros(int(instances.max(initial=0)) + 1, bool)
    for later, earlier in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        first, second = instances[later], instances[earlier]
        border = (first != second) & (first > 0) & (second > 0) & (semantic[later] == semantic[earlier])
        is_touching[first[border]] = is_touching[second[border]] = True
    return is_touching


def instance_table(instances: IntegerArray, semantic: IntegerArray, min_pixels: float) -> pd.DataFrame:
    """Return one row per instance of an image: its number, class, area, number of pieces, and whether it touches.

    Args:
        instances: (H, W) integers: 0 where there is none, 1…n otherwise.
        semantic: (H, W) integers: class index.
        min_pixels: pieces of fewer pixels do not count.
    """
    number, first, area = np.unique(instances, return_index=True, return_counts=True)
    _, start, size = np.unique(connected_pieces(instances), return_index=True, return_counts=True)
    owners = instances.ravel()[start[size >= min_pixels]]
    columns = {
        "number": number,
        "class": semantic.ravel()[first],
        "area": area,
        "pieces": np.bincount(owners, minlength=int(number[-1]) + 1)[number],
        "touching": touching(instances, semantic)[number],
    }
    table: pd.DataFrame = pd.DataFrame(columns)[number > 0]
    return table


def reductions(sample: Sample, stride: int) -> dict[str, Segmentation]:
    """Return the instances of perfect predictions without grouping, under the names in `TRUTHS`.

    Args:
        sample: the image.
        stride: image pixels per pixel of level 1.
    """
    n_classes = len(sample.classes)
    code_class = np.concatenate([np.full(n_classes + 1, VOID), sample.instance_classes[1:]])
    codes = np.where(sample.instances > 0, sample.instances + n_classes, sample.semantic + 1)
    fine, coarse = block_majority(codes, stride), block_majority(codes, 2 * stride)
    is_thing = np.array([*sample.classes.is_thing, False])  # the last one answers for void, -1
    things = np.where(is_thing[sample.semantic], sample.semantic, VOID)
    segmentations = (
        _segmentation(fine, code_class[fine], stride, sample.size),
        _segmentation(coarse, code_class[coarse], 2 * stride, sample.size),
        _segmentation(connected_pieces(fine), code_class[fine], stride, sample.size),
        _segmentation(connected_pieces(sample.semantic), things, 1, sample.size),
    )
    return dict(zip(TRUTHS, segmentations, strict=True))


def _segmentation(labels: IntegerArray, classes: IntegerArray, stride: int, size: tuple[int, ...]) -> Segmentation:
    """Return labels (h, w), of these classes (h, w; void: background), at image size and with score 1."""
    values, position, index = np.unique(np.where(classes == VOID, -1, labels), return_index=True, return_inverse=True)
    instance_classes = classes.ravel()[position][values >= 0]
    numbers = (index.reshape(labels.shape) + 1 - np.count_nonzero(values < 0)).repeat(stride, 0).repeat(stride, 1)
    return Segmentation(numbers[: size[0], : size[1]], instance_classes, np.ones(len(instance_classes)))


def measure(samples: Iterable[Sample], classes: ClassTable, stride: int) -> dict[str, float]:
    """Return the figures of a data set, under the names in `REAL`.

    Args:
        samples: its images, at least one.
        classes: its classes.
        stride: image pixels per pixel of level 1.

    Raises:
        InputError: there is no image, or no instance, or one is a volume.
    """
    tables: list[pd.DataFrame] = []
    shares: list[float] = []
    matches: dict[str, list[Match]] = {name: [] for name in TRUTHS}
    for sample in samples:
        sample.expect_image()
        scale = sample.instances.size / FULL_SIZE
        table = instance_table(sample.instances, sample.semantic, 100 * scale)
        tables.append(table.assign(area=table["area"] / scale))
        shares.append(float((sample.instances > 0).mean()))
        for name, segmentation in reductions(sample, stride).items():
            matches[name].append(match(sample, segmentation))
    if not any(len(table) for table in tables):
        raise InputError(f"data set: expected an image with instances, got {len(tables)} images without")
    figures = _shape_figures(pd.concat(tables), shares)
    for name in TRUTHS:
        result = average_precision(matches[name], classes)
        figures |= {f"AP, {name}": 100 * result.ap, f"AP50, {name}": 100 * result.ap50}
    return figures


def _shape_figures(table: pd.DataFrame, shares: list[float]) -> dict[str, float]:
    pieces = table["pieces"] > 1
    return {
        "instances per image": len(table) / len(shares),
        "pixels of instances, %": 100 * float(np.mean(shares)),
        **{f"area, percentile {q}, px": float(np.percentile(table["area"], q)) for q in PERCENTILES},
        "touching one of their class, %": 100 * float(table["touching"].mean()),
        "in several pieces, %": 100 * float(pieces.mean()),
        "over 1000 px: in several pieces, %": 100 * float(pieces[table["area"] > 1000].mean()),
    }


def show(figures: dict[str, float], console: Console) -> None:
    """Print figures beside the real ones, and whether each is within a quarter of its real one."""
    table = Table(title="Instances, beside those of 23 real Cityscapes images")
    table.add_column("figure", overflow="fold")
    for head in ("real", "here", "ratio", "±25 %"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, real in REAL.items():
        ratio = figures[name] / real
        verdict = "yes" if abs(ratio - 1) <= 0.25 else "[bold red]no[/]"
        table.add_row(name, f"{real:,}", f"{figures[name]:,.{int(real < 100)}f}", f"{ratio:.2f}", verdict)
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("python -m bench.statistics", f"{__doc__}\n{NOTES}", EXAMPLES)
    cli.add(parser, "data", "street")
    cli.add(parser, "limit", help="read the first N images only")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Print the figures of a data set."""
    options = _parser().parse_args(argv)
    dataset = cli.open_dataset(options)
    count = len(dataset.names()[: options.limit])
    samples = tqdm(dataset.samples(options.limit), total=count, unit="image")
    show(measure(samples, dataset.classes, dataset.stride), Console(highlight=False))


if __name__ == "__main__":
    cli.run(main)
