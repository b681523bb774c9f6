"""How much memory block-wise partitioning takes, beside that of the whole image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bench.blocks import partition_blocks
from bench.blocks.distance import INPUTS, affinities, read, write
from bench.publish.sections import Section
from bench.speed.peak import peak
from partitioners import NEIGHBOURS, grid_graph
from partitioners.greedy.gaec import GAEC

AVERAGE = GAEC("average")


class Settings(NamedTuple):
    """The sizes of a run.

    Fields:
        height: the height of the image that larger ones repeat, twice as wide, a power of two up to 1024.
        repeats: the numbers of repeats in each direction, one for each image.
        side: the side of blocks.
        halo: the halo around them.
    """

    height: int = 1024
    repeats: tuple[int, ...] = (1, 4)
    side: int = 1024
    halo: int = 128


QUICK = Settings(64, (1, 2), 32, 8)


def whole_image(settings: Settings, source: Path) -> NDArray[np.int64]:
    """Read all affinities and partition them; return the labels."""
    return AVERAGE.partition(grid_graph(read(source), NEIGHBOURS))


def in_blocks(settings: Settings, source: Path, exact: bool = False) -> NDArray[np.int64]:
    """Partition affinities block by block, one at a time; return the numbers of segments, regions and edges."""
    with TemporaryDirectory(dir=source.parent) as folder:
        target = Path(folder, "labels.zarr")
        side, halo = settings.side, settings.halo
        return np.array(partition_blocks(source, target, AVERAGE, side=side, halo=halo, exact=exact, workers=1))


WAYS: dict[str, Callable[[Settings, Path], NDArray[np.int64]]] = {
    "whole image": whole_image,
    "blocks": in_blocks,
    "blocks, exact": partial(in_blocks, exact=True),
}


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per input, size and way."""
    lines = []
    with TemporaryDirectory() as folder:
        runs = [(name, repeats) for name in INPUTS for repeats in settings.repeats]
        for name, repeats in tqdm(runs, desc="memory", unit="image"):
            source = write(affinities(name, 0, settings.height), Path(folder, f"{name}-{repeats}"), repeats)
            megapixels = 2 * (repeats * settings.height) ** 2 / 1e6
            for way, work in WAYS.items():
                result = peak(partial(work, settings), Path(folder, f"{name}-1"), source)
                sizes = {"megapixels": megapixels, "side": settings.side, "halo": settings.halo}
                usage = {"peak_megabytes": result.beyond_input / 1e6, "method": result.method}
                lines.append({"input": name, "way": way} | sizes | usage)
    return pd.DataFrame(lines)


SECTION = Section(
    "Memory",
    "Peak memory of average linkage, from a zarr array on disk to labels, in a process of its own and with one worker; larger"
    " images repeat the smallest. The whole image's labels are in memory too, those of blocks are not.",
    "input megapixels:.1f way side:d halo:d peak_megabytes:.0f",
    measure,
)
