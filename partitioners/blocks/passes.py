"""Block-wise partitioning: blocks are cut into regions, the graph of all regions is cut, its parts are written.

After the domain decomposition of Pape et al., "Solving large multicut problems for connectomics via domain decomposition",
ICCV Workshops 2017: overlapping sub-problems are solved, what they join is contracted, and what is left is solved as a
whole. That edges between regions carry the exact sums and counts of the pixel edges behind them, wherever these lie, is as
in Lu, Zlateski and Seung, "Large-scale image segmentation based on distributed clustering algorithms", arXiv 2106.10795,
who also put off what may depend on other blocks, and so get the result of the whole image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partitioners import AffinityGraph, GraphPartitioner, checks, needs
from partitioners.blocks.state import State
from partitioners.blocks.windows import Blocks, Window
from partitioners.blocks.work import Work
from partitioners.errors import InputError
from partitioners.fingerprint import code_key, content_key
from partitioners.graph import Offsets, check_offsets
from partitioners.greedy.gaec import GAEC
from partitioners.summed_edges import SummedEdges

MOST_VALUES = 2**31 - 4  # that the native core takes in one image
SIDE, HALO = {2: 1024, 3: 128}, {2: 128, 3: 16}  # of images and of volumes
Task = Callable[[Window], Mapping[str, NDArray[Any]]]
Each = Callable[[str, Callable[[tuple[int, ...]], None]], None]
"""Runs something on all blocks, with a name for the pass."""


class Outcome(NamedTuple):
    """The result of a run.

    Fields:
        segments: the number of parts of the image.
        regions: the number of regions into which the blocks were cut, in all.
        edges: the number of edges between these, counted anew in each block that the first pixel of one is in.
    """

    segments: int
    regions: int
    edges: int


def partition_blocks(
    source: str | Path,
    target: str | Path,
    partitioner: GraphPartitioner,
    *,
    offsets: Offsets | None = None,
    side: int | Sequence[int] | None = None,
    halo: int | Sequence[int] | None = None,
    exact: bool = False,
    workers: int | None = None,
    progress: bool = False,
) -> Outcome:
    """Partition affinities in a zarr array, in memory for the blocks in work and the graph of regions.

    Three passes over the blocks: cut each into regions, list the edges between regions, write labels. Finished work is
    kept beside the target until all is done, and not computed again. The result is that of the whole image for
    `Components`, and where `exact`; the number of workers never changes it.

    A call that goes on, or finds the target finished, tells the input by a hash of its values, whatever the times of its
    files are; values that change while it works are noticed too. For that, all values are read once more at the start of
    each call: 0.2 s of processor time for 75 MB in 2 channels, of which average linkage takes 21 s and components 6 s.

    Args:
        source: a zarr array (A, h, w) or (A, d, h, w) of floats in [0, 1], as for `grid_graph`, in format 2 or, with
            zarr-python 3, format 3. N5 is to be converted first.
        target: the zarr array to be made: (h, w) or (d, h, w) uint32, parts from 1 on in the order of their first pixels,
            0 for pixels that belong to none. Its attribute "settings" says how it was made.
        partitioner: the partitioner of the blocks and of the graph of regions, which is no grid. Its repr should name its parameters, as a dataclass's does.
        offsets: A tuples (dy, dx) or (dz, dy, dx); default: the attribute "offsets" of the source, else one step along
            each axis, the last axis first.
        side: the side of blocks in pixels, one number or one per axis; default: 1024, of volumes 128.
        halo: the number of pixels around a block that are cut with it, so that it knows what is beyond its faces, or one
            number per axis; default: 128, of volumes 16.
        exact: True to put off what may depend on other blocks, for `GAEC` with average linkage only. The graph of regions is larger:
            many pixels near the faces wait for it.
        workers: blocks in work at the same time; default: one per core.
        progress: True for a progress bar.

    Raises:
        InputError: an argument is not as above, the target is there and was not made by the same call, or the input is
            not as it was when the target, or what is kept beside it, was begun; then it is to be removed.
    """
    if (reason := needs("dask", "tqdm", "zarr", extra="blocks")()) is not None:
        raise InputError(f"partition_blocks: {reason}")
    source, target = checks.path("source", source), checks.path("target", target)
    checks.instance("partitioner", partitioner, GraphPartitioner)
    try:  # the graph of regions, which comes last, is no grid
        partitioner.partition(AffinityGraph(2, np.array([[0, 1]]), np.array([0.5])))
    except InputError as error:
        raise InputError(f"partitioner: expected one that cuts any graph, got {partitioner!r}; {error}") from None
    if exact and not (isinstance(partitioner, GAEC) and partitioner.linkage == "average"):
        raise InputError(f"exact: expected GAEC with average linkage, got {partitioner!r}")
    affinity = _open(source)
    n_channels, *shape = affinity.shape
    rank, exact = len(shape), bool(exact)
    given = affinity.attrs.get("offsets", np.eye(rank, dtype=int)[::-1]) if offsets is None else offsets
    offsets = check_offsets(given, n_channels, rank)
    blocks = Blocks(tuple(shape), _per_axis("side", SIDE[rank] if side is None else side, rank, 1))
    halo = _per_axis("halo", HALO[rank] if halo is None else halo, rank, 0)
    sides = map(min, blocks.shape, (side + 2 * around for side, around in zip(blocks.side, halo, strict=True)))
    if (values := math.prod(sides) * n_channels) > MOST_VALUES:
        raise InputError(f"side: expected blocks of at most {MOST_VALUES} affinities with their halo, got {values}")
    settings = {
        "source": str(source.resolve()),
        "shape": list(affinity.shape),
        "partitioner": repr(partitioner),
        "offsets": [list(offset) for offset in offsets],
        "side": list(blocks.side),
        "halo": list(halo),
        "exact": exact,
        "code": code_key([Path(__file__).parents[1]]),
    }
    each = partial(_for_each_block, blocks, workers, progress)
    if target.exists():
        made_of, outcome = _made(target, settings)
        if made_of != _content(affinity, blocks, each):
            raise InputError(f"{target}: was made of an input that has changed since; remove it to make it anew")
        return outcome
    state = State(target, settings)
    state.begin(content := _content(affinity, blocks, each))
    arrays = affinity, state.array("regions", blocks, np.int64), state.array("labels", blocks, np.uint32)
    work = Work(*arrays, offsets, partitioner, blocks, halo, exact)
    return _run(work, state, {"settings": settings, "input": content}, each)


def _per_axis(name: str, value: int | Sequence[int], rank: int, low: int) -> tuple[int, ...]:
    """Return whole numbers of at least `low`, one per axis; a single one is for all."""
    values = value if isinstance(value, Sequence) else [value]
    if len(values) not in (1, rank):
        raise InputError(f"{name}: expected one number, or {rank}, one per axis, got {value!r}")
    return tuple(checks.integer(name, number, low) for number in values) * (rank // len(values))


def _open(source: Path) -> Any:
    import zarr

    if not source.exists():
        raise InputError(f"{source}: no such zarr array")
    try:
        array = zarr.open_array(str(source), mode="r")
    except Exception as error:  # of many kinds, and others in each version of zarr
        raise InputError(f"{source}: expected a zarr array, got {error!r}") from None
    if array.ndim not in (3, 4) or array.dtype.kind != "f" or 0 in array.shape[1:]:
        expected = "expected affinities (channels, height, width), or (channels, depth, height, width), of floats"
        raise InputError(f"{source}: {expected}, got shape {array.shape} of {array.dtype}")
    return array


def _content(affinity: Any, blocks: Blocks, each: Each) -> str:
    """Return a key that changes with any value of the affinities, all of which are read for it."""
    found = np.empty(blocks.counts, "U64")

    def add(block_id: tuple[int, ...]) -> None:
        found[block_id] = content_key(affinity[blocks.core(*block_id).in_all_channels])

    each("read", add)
    return content_key(found.ravel())


def _made(target: Path, settings: Mapping[str, Any]) -> tuple[str, Outcome]:
    """Return the key of the input that the target was made of, and what the run found."""
    import zarr

    try:
        attributes: dict[str, Any] = dict(zarr.open_array(str(target), mode="r").attrs)
        made_with, made_of = attributes["settings"], attributes.get("input", "")
        outcome = Outcome(**attributes["outcome"])
    except Exception:  # whatever it is, it is not touched
        raise InputError(f"{target}: is there, and was not made by this command; remove it or choose another") from None
    if made_with != settings:
        raise InputError(f"{target}: was made with other settings or code; remove it to make it anew")
    return made_of, outcome


def _run(work: Work, state: State, origin: Mapping[str, Any], each: Each) -> Outcome:
    def keep(name: str, task: Task) -> None:
        """Keep what a task returns for each block, under the name of the pass and the block's own."""
        each(name, lambda block_id: state.once(state.name(name, block_id), lambda: task(work.blocks.core(*block_id))))

    def merged() -> dict[str, NDArray[Any]]:
        edges = SummedEdges(*(state.load_all("edges", field, work.blocks) for field in SummedEdges._fields))
        return work.merge(state.load_all("cut", "numbers", work.blocks), edges)

    keep("cut", work.cut)
    keep("edges", work.list_edges)
    if content_key(state.load_all("edges", "content", work.blocks)) != origin["input"]:
        raise InputError(f"{state.folder}: the input changed while it was read; remove it to start anew")
    state.once("merged", merged)
    found = state.load("merged")
    numbers, parts = found["numbers"], found["parts"]
    keep("write", lambda core: work.write(core, numbers, parts))
    outcome = Outcome(int(parts.max(initial=-1)) + 1, len(numbers), int(found["n_edges"]))
    work.labels.attrs.update({**origin, "outcome": outcome._asdict()})
    state.finish("labels")
    return outcome


def _for_each_block(
    blocks: Blocks, workers: int | None, progress: bool, name: str, do: Callable[[tuple[int, ...]], None]
) -> None:
    import dask.array as da
    from tqdm import tqdm

    def run(block_id: tuple[int, ...]) -> NDArray[np.bool_]:
        try:
            do(block_id)
        except InputError as error:
            raise InputError(f"block at {blocks.core(*block_id).low}: {error}") from None
        bar.update()
        return np.ones((1,) * len(block_id), bool)

    chunks = tuple((1,) * count for count in blocks.counts)
    done = da.map_blocks(run, chunks=chunks, dtype=bool, meta=np.empty((0,) * len(chunks), bool), name=name)
    with tqdm(total=math.prod(blocks.counts), desc=name, unit="block", disable=not progress) as bar:
        done.compute(scheduler="threads", num_workers=workers)
