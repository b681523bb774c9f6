"""How far block-wise partitions are from those of the whole image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tqdm import tqdm

from affinity_models.metrics.partition import label_error
from bench.blocks import partition_blocks
from bench.publish.sections import Section
from bench.speed import figures
from bench.speed.inputs import make
from bench.speed.jitter import AMOUNT, jittered
from bench.speed.pyramids import NOISE, street
from partitioners import NEIGHBOURS, GraphPartitioner, grid_graph
from partitioners.arrays import FloatArray
from partitioners.greedy.components import Components
from partitioners.greedy.gaec import GAEC

INPUTS = ("street", "smooth-128")
PARTITIONERS: dict[str, GraphPartitioner] = {
    "components": Components(),
    "average": GAEC("average"),
    "sum": GAEC("sum"),
    "wpgma": GAEC("wpgma"),
}


class Settings(NamedTuple):
    """The sizes of a run.

    Fields:
        images: number of images of each input, with seeds from 0 on.
        height: the height of the images, which are twice as wide, a power of two up to 1024.
        blocks: pairs of the side of blocks and the halo.
    """

    images: int = 4
    height: int = 1024
    blocks: tuple[tuple[int, int], ...] = ((512, 0), (512, 128))


QUICK = Settings(1, 64, ((32, 0), (32, 8)))


def affinities(name: str, number: int, height: int) -> NDArray[np.float32]:
    """Return the affinities (2, height, 2 height) of an image of an input."""
    if name == "street":
        return street(number, height).levels[0].affinity
    return make(name, (height, 2 * height), number).affinity


def write(affinity: FloatArray, path: Path, repeats: int = 1) -> Path:
    """Write affinities (2, h, w) into a new zarr array, `repeats` times in each direction; return its path."""
    import zarr

    _, height, width = affinity.shape
    shape = (2, repeats * height, repeats * width)
    array = zarr.open_array(str(path), mode="w", shape=shape, chunks=(2, 256, 256), dtype=affinity.dtype)
    for top, left in np.ndindex(repeats, repeats):
        array[:, top * height : (top + 1) * height, left * width : (left + 1) * width] = affinity
    return path


def read(path: Path) -> NDArray[Any]:
    """Return all of a zarr array."""
    import zarr

    return np.asarray(zarr.open_array(str(path), mode="r")[:])


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per input, partitioner and size of blocks."""
    images = [(name, number) for name in INPUTS for number in range(settings.images)]
    lines: list[dict[str, Any]] = []
    for name, number in tqdm(images, desc="distance", unit="image"):
        affinity = affinities(name, number, settings.height)
        lines += ({"input": name} | line for line in _lines(affinity, settings))
    keys = ["input", "partitioner", "exact", "side", "halo"]
    groups = pd.DataFrame(lines).groupby(keys, sort=False)
    highest = groups[["ARE", "VI", "ARE_jitter", "VI_jitter"]].max().add_suffix("_high")
    mean = groups.mean().drop(columns="identical")
    return mean.join(highest).assign(images=groups.size(), identical=groups["identical"].sum()).reset_index()


def _lines(affinity: FloatArray, settings: Settings) -> Iterator[dict[str, Any]]:
    with TemporaryDirectory() as folder:
        source = write(affinity, Path(folder, "affinities.zarr"))
        for name, partitioner in PARTITIONERS.items():
            whole_labels = _labels(partitioner, affinity)
            moved = label_error(whole_labels, _labels(partitioner, jittered(affinity, seed=0)))
            jitter = {"ARE_jitter": moved.are, "VI_jitter": moved.vi, "segments": int(whole_labels.max()) + 1}
            for side, halo in settings.blocks:
                yield {"partitioner": name} | _distance(source, partitioner, whole_labels, side, halo) | jitter
            if name == "average":
                for side in sorted({side for side, _ in settings.blocks}, reverse=True):
                    yield (
                        {"partitioner": name}
                        | _distance(source, partitioner, whole_labels, side, 0, exact=True)
                        | jitter
                    )


def _labels(partitioner: GraphPartitioner, affinity: FloatArray) -> NDArray[np.int64]:
    return partitioner.partition(grid_graph(affinity, NEIGHBOURS)).reshape(affinity.shape[1:])


def _distance(
    source: Path,
    partitioner: GraphPartitioner,
    whole_labels: NDArray[np.int64],
    side: int,
    halo: int,
    exact: bool = False,
) -> dict[str, Any]:
    """Return the columns of one run of `partition_blocks`."""
    with TemporaryDirectory() as folder:
        target = Path(folder, "labels.zarr")
        outcome = partition_blocks(source, target, partitioner, side=side, halo=halo, exact=exact)
        labels = read(target).astype(np.int64) - 1
    error = label_error(whole_labels, labels)
    return {
        "exact": exact,
        "side": side,
        "halo": halo,
        "identical": np.array_equal(labels, whole_labels),
        "ARE": error.are,
        "VI": error.vi,
        "regions_per_kilopixel": 1000 * outcome.regions / whole_labels.size,
        "edges_per_kilopixel": 1000 * outcome.edges / whole_labels.size,
    }


def draw(rows: pd.DataFrame) -> Figure:
    """Return the figure of distances, beside those after tiny errors."""
    way = rows["exact"].map({True: "exact, ", False: ""}) + "halo " + rows["halo"].astype(str)
    blocks = rows.assign(way=way)
    errors = rows.assign(way="errors of 1e-6", ARE=rows["ARE_jitter"])
    table = pd.concat([blocks, errors.drop_duplicates(["input", "partitioner"])])
    return figures.points(table, ("input", "partitioner"), "way", "ARE", "ARE to the partition of the whole image")


SECTION = Section(
    "Distance",
    f"Block-wise partitions compared with those of the whole image, both by the same partitioner: means over the images,"
    f" high: the largest. jitter: the same between the whole image's partition and that after errors of up to {AMOUNT:g} in"
    f" all affinities. street: scenes with the oracle's errors of size {NOISE}; smooth-128: as in results/speed.",
    "input partitioner exact side:d halo:d identical:d images:d ARE:.5f ARE_high:.5f VI:.4f VI_high:.4f"
    " ARE_jitter:.5f VI_jitter:.4f segments:.0f regions_per_kilopixel:.2f",
    measure,
    ("input", "partitioner", "exact", "halo", "ARE", "ARE_jitter"),
    draw,
)
