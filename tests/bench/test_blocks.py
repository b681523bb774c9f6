"""Block-wise partitioning of files: by any number of workers, and that it goes on where it was stopped."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_block_partitions import whole

from affinity_models import cli
from affinity_models.data.street.dataset import CACHE_VARIABLE
from bench.blocks import __main__ as command
from bench.blocks import compare, memory, partition_blocks
from partitioners import PARTITIONERS, GraphPartitioner, GridGraph, InputError, create, expressions
from partitioners.peers.grid import GridPartitioner

pytestmark = pytest.mark.slow

zarr = pytest.importorskip("zarr")


def write(path: Path, affinity: np.ndarray, chunk: int = 3, **attributes: Any) -> Path:
    chunks = (chunk,) * affinity.ndim
    made = zarr.open_array(str(path), mode="w", shape=affinity.shape, chunks=chunks, dtype=affinity.dtype)
    made[:] = affinity
    made.attrs.update(attributes)
    return path


def read(path: Path) -> np.ndarray:
    return zarr.open_array(str(path), mode="r")[:]


@pytest.fixture
def source(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    shape = getattr(request, "param", (20, 30))
    affinity = np.random.default_rng(0).random((len(shape), *shape), np.float32)
    return write(tmp_path / "affinities.zarr", affinity, offsets=np.eye(len(shape), dtype=int).tolist())


@pytest.mark.parametrize("name", ["gaec(linkage=wpgma)", "gaec(linkage=average)", "components"])
def test_results_do_not_depend_on_the_number_of_workers(name: str, source: Path, tmp_path: Path) -> None:
    partitioner = expressions.parse(name).create(PARTITIONERS)
    for workers in (1, 3):
        partition_blocks(source, tmp_path / str(workers), partitioner, side=9, halo=2, workers=workers)
    assert np.array_equal(read(tmp_path / "1"), read(tmp_path / "3"))


@pytest.mark.parametrize("name", ["gaec(linkage=average)", "components(threshold=0.9)"])
def test_volumes_are_cut_as_a_whole_by_any_number_of_workers(name: str, tmp_path: Path) -> None:
    offsets = [(0, 0, 1), (0, 1, 0), (1, 0, 0), (-2, 3, -1)]
    affinity = np.random.default_rng(0).random((4, 5, 20, 30), np.float32)
    source = write(tmp_path / "affinities.zarr", affinity, chunk=16, offsets=offsets)
    partitioner = expressions.parse(name).create(PARTITIONERS)
    expected = whole(affinity, partitioner, offsets)
    assert 99 < expected.max() < 2999
    for workers in (1, 3):
        shared = {"side": (3, 10, 16), "halo": 1, "exact": name.startswith("gaec"), "workers": workers}
        partition_blocks(source, tmp_path / str(workers), partitioner, **shared)
        assert np.array_equal(read(tmp_path / str(workers)), expected)


@pytest.mark.parametrize("name", ["networkit-louvain", "igraph-multilevel"])
def test_a_package_with_one_seed_for_all_threads_cuts_blocks_as_one_thread_does(name: str, tmp_path: Path) -> None:
    if (reason := PARTITIONERS.unavailable(name)) is not None:
        pytest.skip(reason)
    source = write(tmp_path / "a", np.full((2, 96, 96), 0.5, np.float32), chunk=32)
    for workers in (1, 4):
        partition_blocks(source, tmp_path / str(workers), create(name), side=32, halo=16, workers=workers)
    assert np.array_equal(read(tmp_path / "1"), read(tmp_path / "4"))


@dataclass
class Failing(GraphPartitioner):
    """Connected components, of a limited number of graphs."""

    left: int

    def __repr__(self) -> str:
        return "Failing()"

    def _cut(self, graph: Any, labelled: np.ndarray) -> np.ndarray:
        self.left -= 1
        if self.left < 0:
            raise MemoryError
        return create("components").partition(graph)


@pytest.mark.parametrize(("calls", "source"), [(0, (20, 30)), (4, (5, 20, 30)), (6, (20, 30))], indirect=["source"])
def test_a_stopped_run_goes_on(calls: int, source: Path, tmp_path: Path) -> None:
    """An example, six blocks and the graph of regions are cut, in all; at the next call the example alone once more."""
    target, expected = tmp_path / "labels.zarr", tmp_path / "expected"
    partition_blocks(source, expected, Failing(8), side=10, halo=1)
    with pytest.raises(MemoryError):
        partition_blocks(source, target, Failing(1 + calls), side=10, halo=1, workers=1)
    with pytest.raises(InputError, match=r"labels.zarr.unfinished: .*side: \[10, .*, now \[9, "):
        partition_blocks(source, target, Failing(99), side=9, halo=1)
    assert not target.exists()
    outcome = partition_blocks(source, target, Failing(8 - calls), side=10, halo=1)
    assert np.array_equal(read(target), read(expected))
    assert sorted(tmp_path.iterdir()) == [source, expected, target]
    assert partition_blocks(source, target, Failing(1), side=10, halo=1) == outcome


def rewrite(path: Path, affinity: np.ndarray) -> None:
    """Write an array anew, in files of the times that they had."""
    before = {file: file.stat() for file in path.rglob("*")}
    write(path, affinity, chunk=16)
    for file, status in before.items():
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_stopped_run_does_not_go_on_with_another_input(tmp_path: Path) -> None:
    first, second = np.random.default_rng(0).random((2, 2, 64, 64), np.float32)
    source, target = write(tmp_path / "a.zarr", first, chunk=16), tmp_path / "labels.zarr"
    with pytest.raises(MemoryError):
        partition_blocks(source, target, Failing(9), side=16, halo=1, workers=1)
    rewrite(source, second)
    for _ in range(2):
        with pytest.raises(InputError, match=r"labels.zarr.unfinished: was begun with an input that has changed since"):
            partition_blocks(source, target, Failing(99), side=16, halo=1)
    shutil.rmtree(source)
    write(source, first, chunk=32)  # other files of the same values
    partition_blocks(
        source, target, Failing(10), side=16, halo=1
    )  # the example, 8 blocks that are left, the graph of regions


def test_a_finished_run_tells_that_its_input_has_changed(tmp_path: Path) -> None:
    source, target = write(tmp_path / "a.zarr", np.full((2, 64, 64), 0.9, np.float32), chunk=16), tmp_path / "labels"
    components = create("components")
    assert partition_blocks(source, target, components, side=16).segments == 1
    rewrite(source, np.full((2, 64, 64), 0.1, np.float32))
    with pytest.raises(InputError, match=r"labels: was made of an input that has changed since; remove it"):
        partition_blocks(source, target, components, side=16)
    shutil.rmtree(target)
    assert partition_blocks(source, target, components, side=16).segments == 4096


@dataclass
class Rewriting(GraphPartitioner):
    """Connected components, of which the input is written anew while one is cut."""

    source: Path
    left: int

    def _cut(self, graph: Any, labelled: np.ndarray) -> np.ndarray:
        self.left -= 1
        if self.left == 0:
            rewrite(self.source, np.full((2, 64, 64), 0.1, np.float32))
        return create("components").partition(graph)


@pytest.mark.parametrize("calls", [2, 10, 17])
def test_an_input_that_changes_under_a_run_is_noticed(calls: int, tmp_path: Path) -> None:
    """While the first, a middle or the last block is cut, after the example."""
    source, target = write(tmp_path / "a.zarr", np.full((2, 64, 64), 0.9, np.float32), chunk=16), tmp_path / "labels"
    with pytest.raises(InputError, match=r"labels.unfinished: the input changed while it was read; remove it"):
        partition_blocks(source, target, Rewriting(source, calls), side=16, workers=1)
    assert not target.exists()


def run(*words: object) -> None:
    cli.run(lambda: command.main([str(word) for word in words]))


def test_the_command_line_does_what_the_function_does(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "labels.zarr"
    with pytest.raises(SystemExit) as stopped:
        run(source, target, "--partitioners", "components(threshold=0.75)", "--block", 8, "--workers", 2)
    assert stopped.value.code == 0
    labels = read(target)
    assert labels.dtype == np.uint32
    assert np.array_equal(labels, whole(read(source), create("components", threshold=0.75), [(1, 0), (0, 1)]))
    assert f"{labels.max()} segments" in capsys.readouterr().out


def test_a_volume_on_the_command_line(tmp_path: Path) -> None:
    affinity = np.random.default_rng(0).random((3, 5, 20, 30), np.float32)
    source, target = write(tmp_path / "a", affinity), tmp_path / "labels"
    with pytest.raises(SystemExit) as stopped:
        run(source, target, "--partitioners", "components(threshold=0.75)", "--side", 2, 8, 9, "--halo", 1)
    assert stopped.value.code == 0
    expected = whole(affinity, create("components", threshold=0.75), [(0, 0, 1), (0, 1, 0), (1, 0, 0)])
    assert np.array_equal(read(target), expected)
    assert zarr.open_array(str(target), mode="r").chunks == (2, 8, 9)


def test_a_thin_volume_in_blocks_of_any_side(tmp_path: Path) -> None:
    """They take no more room than they have pixels."""
    source = write(tmp_path / "a", np.ones((3, 2, 8, 8), np.float32))
    assert partition_blocks(source, tmp_path / "labels", create("components"), side=2**20).segments == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--partitioners", "gaecc"], "did you mean 'gaec'"),
        (["--partitioners", "gaec(linkage)"], "expected KEY=VALUE"),
        (["--partitioners", "gaec(linkage=mean)"], "linkage: expected one of"),
        (["--partitioners", "pa-gaec"], "partitioner: expected one that cuts any graph, got PositionAwareGAEC("),
        (["--partitioners", "cascade-gaec"], "partitioner: expected a GraphPartitioner, got a CascadeGAEC"),
        (["--offsets", "[[0, 1]]"], "offsets: expected shape (2, 2)"),
        (["--offsets", "right"], "--offsets: expected steps"),
        (["--partitioners", "gaec(linkage=sum)", "--exact"], "exact: expected GAEC with average linkage"),
        (["--side", "0"], "expected a whole number of at least 1"),
        (["--side", "8", "8", "8"], "side: expected one number, or 2, one per axis, got [8, 8, 8]"),
    ],
)
def test_mistakes_end_with_one_line(
    options: list[str], message: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(source, tmp_path / "labels.zarr", *options)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("affinity", "message"),
    [
        (
            np.zeros((4, 4)),
            "(channels, height, width), or (channels, depth, height, width), of floats, got shape (4, 4)",
        ),
        (np.zeros((2, 4, 4), np.uint8), "of uint8"),
        (np.zeros((2, 0, 4)), "got shape (2, 0, 4)"),
        (np.zeros((3, 4, 4)), "offsets: expected shape (3, 2)"),
        (np.zeros((2, 4, 4, 4)), "offsets: expected shape (2, 3)"),
        (np.full((2, 4, 4), np.nan), "block at (0, 0): affinity: expected values in [0, 1]"),
        (np.full((3, 4, 4, 4), np.nan), "block at (0, 0, 0): affinity: expected values in [0, 1]"),
    ],
)
def test_input_that_is_none(affinity: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        partition_blocks(write(tmp_path / "a", affinity), tmp_path / "labels.zarr", create("gaec"))
    assert message in str(refused.value)


@dataclass(frozen=True)
class OfGrids(GridPartitioner):
    """A partitioner that cuts grids alone, each into its pixels."""

    def _cut_grid(self, grid: GridGraph, start: np.ndarray) -> np.ndarray:
        return start


def test_partitioners_of_grids_alone_are_refused_before_any_work(source: Path, tmp_path: Path) -> None:
    said = r"partitioner: expected one that cuts any graph, got OfGrids\(\); problem: expected a grid"
    with pytest.raises(InputError, match=said):
        partition_blocks(source, tmp_path / "labels.zarr", OfGrids())
    assert list(tmp_path.iterdir()) == [source]


def test_blocks_that_are_too_large(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    zarr.open_array(path, mode="w", shape=(2, 40_000, 40_000), chunks=(2, 999, 999), dtype="f4")  # nothing is written
    with pytest.raises(
        InputError, match=r"side: expected blocks of at most 2147483644 affinities with their halo, got 21"
    ):
        partition_blocks(Path(path), tmp_path / "labels.zarr", create("gaec"), side=32_768, halo=5)


@pytest.mark.parametrize("source", [(20, 30), (5, 20, 30)], indirect=True)
def test_pixels_that_belong_to_no_part(source: Path, tmp_path: Path) -> None:
    nothing = partition_blocks(source, tmp_path / "labels.zarr", create("gas"), side=9)
    assert nothing == (0, 0, 0)
    assert not read(tmp_path / "labels.zarr").any()


def test_files_in_the_way(source: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no zarr array")
    gaec = create("gaec")
    with pytest.raises(InputError, match="nothing: no such zarr array"):
        partition_blocks(tmp_path / "nothing", tmp_path / "labels.zarr", gaec)
    with pytest.raises(InputError, match="text: expected a zarr array"):
        partition_blocks(tmp_path / "text", tmp_path / "labels.zarr", gaec)
    with pytest.raises(InputError, match="text: is there, and was not made"):
        partition_blocks(source, tmp_path / "text", gaec)
    with pytest.raises(InputError, match=r"affinities.zarr: is there, and was not made"):
        partition_blocks(source, source, gaec)
    partition_blocks(source, tmp_path / "labels.zarr", gaec)
    partition_blocks(source, tmp_path / "labels.zarr", gaec, halo=np.int64(128), exact=np.bool_(False))  # the same
    with pytest.raises(InputError, match=r"labels.zarr: was made with other settings"):
        partition_blocks(source, tmp_path / "labels.zarr", gaec, halo=1)


def test_a_quick_comparison_writes_tables_whose_columns_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setitem(compare.QUICK, "memory", memory.Settings(32, (1,), 16, 4))
    output = tmp_path / "output"
    compare.main(["--quick", "--output", str(output)])
    tables = {name: pd.read_csv(output / f"{name}.csv") for name in compare.SECTIONS}
    written = {"distance.csv", "distance.png", "memory.csv", "blocks.md", "origin.json"}
    assert {path.name for path in output.iterdir()} == written
    explained = (Path(__file__).parents[2] / "results/README.md").read_text()
    explained = explained[explained.index("## Files of a comparison of blocks") :]
    for table in tables.values():
        assert table.notna().all(axis=None)
        assert [column for column in table.columns if f"`{column}`" not in explained] == []
    lines = tables["distance"]
    equal = lines[lines["exact"] | (lines["partitioner"] == "components")]
    assert len(equal) == 6
    assert (equal["identical"] == equal["images"]).all()
    assert (equal[["ARE_high", "VI_high"]] == 0).all(axis=None)
