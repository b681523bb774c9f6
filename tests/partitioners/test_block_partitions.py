"""Partitions by blocks beside those of the whole image, without files: all blocks in turn, in one process."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioners import NEIGHBOURS, PARTITIONERS, GraphPartitioner, create, expressions, grid_graph
from partitioners.blocks.regions import MEAN_LOG_ODDS, cut_edges, join_for, number_regions, region_graph
from partitioners.blocks.windows import Blocks
from partitioners.blocks.work import Work
from partitioners.linkage import LINKAGES, SCALE
from partitioners.summed_edges import SummedEdges

pytestmark = pytest.mark.slow

LINKAGE = st.sampled_from(sorted(LINKAGES))


def blockwise(
    affinity: np.ndarray,
    partitioner: GraphPartitioner,
    side: tuple[int, ...],
    halo: tuple[int, ...] = (0, 0, 0),
    offsets: Any = NEIGHBOURS,
    exact: bool = False,
) -> np.ndarray:
    """Return what `partition_blocks` writes, without files and threads; an image takes the first two of side and halo."""
    blocks = Blocks(affinity.shape[1:], side[: affinity.ndim - 1])
    cores = [blocks.core(*block_id) for block_id in np.ndindex(*blocks.counts)]
    regions, labels = np.zeros(blocks.shape, np.int64), np.zeros(blocks.shape, np.uint32)
    work = Work(affinity, regions, labels, offsets, partitioner, blocks, halo, exact)
    numbers = np.concatenate([work.cut(core)["numbers"] for core in cores])
    listed = map(work.list_edges, cores)
    merged = work.merge(
        numbers,
        SummedEdges.concatenated(SummedEdges(*(kept[field] for field in SummedEdges._fields)) for kept in listed),
    )
    for core in cores:
        work.write(core, merged["numbers"], merged["parts"])
    return labels


def whole(affinity: np.ndarray, partitioner: GraphPartitioner, offsets: Any = NEIGHBOURS) -> np.ndarray:
    return partitioner.partition(grid_graph(affinity, offsets)).reshape(affinity.shape[1:]) + 1


@st.composite
def images(draw: Any, largest: int = 7) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Affinities, half of them tied, and any offsets: parallel, opposite, longer than blocks or the image."""
    shape = draw(st.lists(st.integers(1, largest), min_size=2, max_size=3))
    offset = st.tuples(*[st.integers(-4, 4)] * len(shape)).filter(any)
    offsets = draw(st.lists(offset, min_size=1, max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    affinity = rng.random((len(offsets), *shape), dtype=draw(st.sampled_from([np.float32, np.float64])))
    return (affinity * 8).round() / 8 if draw(st.booleans()) else affinity, offsets


def per_axis(low: int, high: int) -> Any:
    return st.tuples(*[st.integers(low, high)] * 3)


@given(images(), per_axis(1, 5), per_axis(0, 3), st.sampled_from([0, 0.3, 0.5, 0.9, 1]))
@settings(deadline=None, max_examples=1000)
def test_components_are_those_of_the_whole_image(image: Any, side: Any, halo: Any, threshold: float) -> None:
    affinity, offsets = image
    components = create("components", threshold=threshold)
    found = blockwise(affinity, components, offsets=offsets, side=side, halo=halo)
    assert np.array_equal(found, whole(affinity, components, offsets))


@given(images(), per_axis(1, 5), st.sampled_from([0.2, 0.5, 0.75]))
@settings(deadline=None, max_examples=100)
def test_exact_averages_are_those_of_the_whole_image(image: Any, side: Any, threshold: float) -> None:
    affinity, offsets = image
    average = create("gaec", linkage="average", threshold=threshold)
    found = blockwise(affinity, average, side, offsets=offsets, exact=True)
    assert np.array_equal(found, whole(affinity, average, offsets))


@given(images(5), LINKAGE, st.sampled_from(["gaec", "gaec-reference"]))
@settings(deadline=None, max_examples=100)
def test_regions_of_single_pixels_lose_nothing(image: Any, linkage: str, name: str) -> None:
    """Sums, counts and ties are then up to the graph of regions alone."""
    affinity, offsets = image
    gaec = create(name, linkage=linkage)
    assert np.array_equal(blockwise(affinity, gaec, (1, 1, 1), offsets=offsets), whole(affinity, gaec, offsets))


@given(images(), LINKAGE, per_axis(0, 3))
@settings(deadline=None, max_examples=100)
def test_one_block_is_the_whole_image(image: Any, linkage: str, halo: Any) -> None:
    affinity, offsets = image
    gaec = create("gaec", linkage=linkage)
    assert np.array_equal(blockwise(affinity, gaec, (7, 7, 7), halo, offsets), whole(affinity, gaec, offsets))


@pytest.mark.parametrize("name", ["gaec(linkage=wpgma)", "gaec(linkage=average)", "gaec(linkage=sum)", "components"])
def test_segments_are_made_whole_over_many_blocks(name: str) -> None:
    truth = np.add.outer(np.arange(39) // 13, 5 * (np.arange(51) // 17)) % 7
    same = [truth == np.roll(truth, -1, axis) for axis in (1, 0)]
    errors = np.random.default_rng(0).uniform(-0.2, 0.2, (2, 39, 51))
    affinity = np.where(same, 0.8, 0.2) + errors
    partitioner = expressions.parse(name).create(PARTITIONERS)
    found = blockwise(affinity, partitioner, side=(7, 7), halo=(2, 2))
    assert np.array_equal(found, whole(affinity, partitioner))
    assert found.max() == 9


@given(st.lists(st.integers(-round(13.8155 * SCALE), round(13.8155 * SCALE)), min_size=1))
def test_mean_log_odds_survive_being_affinities(values: list[int]) -> None:
    affinities = MEAN_LOG_ODDS.affinity(np.array(values))
    assert MEAN_LOG_ODDS.value(affinities).tolist() == values


def test_regions_and_their_edges_by_hand() -> None:
    """An image of 2 × 4 pixels in two blocks: regions a, b | a' (reaching around the corner), c, and no region."""
    blocks = Blocks((2, 4), (2, 2))
    left = number_regions(np.array([[7, 7], [7, 3]]), blocks.core(0, 0), blocks)
    right = number_regions(np.array([[1, 1], [-1, 0]]), blocks.core(0, 1), blocks)
    assert left.tolist() == [[0, 0], [0, 5]]
    assert right.tolist() == [[2, 2], [-1, 7]]
    affinity = np.array([[[0, 0.5, 0, 0], [0.25, 0, 0, 0]], [[0, 0.75, 0, 1], [0, 0, 0, 0]]])
    join = join_for(create("gaec", linkage="average"))
    regions = np.hstack([left, right])
    found = [
        cut_edges(affinity[:, :, columns], seen, blocks.core(0, number), blocks, NEIGHBOURS, join)
        for number, columns, seen in ((0, slice(0, 2), regions[:, :3]), (1, slice(2, 4), regions[:, 1:]))
    ]
    assert found[0].ends.tolist() == [[0, 2], [0, 5]]
    assert (found[0].totals / SCALE).tolist() == [0.5, 1.0]
    assert found[0].sizes.tolist() == [1, 2]
    assert found[0].order.tolist() == [1, 4]
    assert [part.tolist() for part in found[1]] == [[[2, 7]], [SCALE], [1], [11]]


def test_edges_between_regions_hold_exact_sums_and_come_in_order() -> None:
    edges = SummedEdges(np.array([[3, 9], [3, 5]]), np.array([7, 8]), np.array([3, 4]), np.array([20, 10]))
    graph = region_graph(np.array([3, 5, 9]), edges, join_for(create("gaec", linkage="average")))
    assert graph.edges.tolist() == [[0, 1], [0, 2], [0, 2]]
    assert (graph.weights * SCALE).tolist() == [2, 2, 3]
    assert graph.sizes is not None and graph.sizes.tolist() == [4, 2, 1]  # 8 = 4 · 2, and 7 = 2 · 2 + 1 · 3
