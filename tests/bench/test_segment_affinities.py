"""Cutting affinities that other frameworks wrote."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from bench.segment.__main__ import main
from bench.segment.affinities import partition, read_array, read_offsets
from partitioners import NEIGHBOURS, InputError, create, grid_graph

TRUTH = np.zeros((20, 30), int)
TRUTH[2:9, 3:12], TRUTH[2:9, 12:25], TRUTH[12:18, 5:28] = 1, 2, 3
RIGHT_DOWN = np.stack([np.roll(TRUTH, -1, 1) == TRUTH, np.roll(TRUTH, -1, 0) == TRUTH]).astype(np.float32)
OFFSETS = [[0, 1], [1, 0]]


def hdf5(path: Path, values: np.ndarray, name: str = "volumes/affinities") -> None:
    with pytest.importorskip("h5py").File(path, "w") as file:
        file["raw"] = TRUTH
        file[name] = values
        file[name].attrs["offsets"] = OFFSETS


def zarr(path: Path, values: np.ndarray) -> None:
    library = pytest.importorskip("zarr")
    for folder in (path, path / "volumes"):
        library.open_group(str(folder), mode="a")
    array = library.open_array(str(path / "volumes/affinities"), mode="w", shape=values.shape, dtype=values.dtype)
    array[:] = values
    array.attrs["offsets"] = OFFSETS


def zarr_2(path: Path, values: np.ndarray) -> None:
    store = {"driver": "zarr", "kvstore": {"driver": "file", "path": str(path / "volumes/affinities")}}
    metadata = {"shape": values.shape, "chunks": [1, 16, 16], "dtype": values.dtype.str}
    array = pytest.importorskip("tensorstore").open({**store, "metadata": metadata}, create=True).result()
    array.write(values).result()
    (path / "volumes/affinities/.zattrs").write_text(json.dumps({"offsets": OFFSETS}))


def n5(path: Path, values: np.ndarray) -> None:
    tensorstore = pytest.importorskip("tensorstore")
    kind = {"dataType": values.dtype.name, "blockSize": [16, 16, 2], "compression": {"type": "gzip"}}
    store = {"driver": "n5", "kvstore": {"driver": "file", "path": str(path / "volumes/affinities")}}
    metadata = {"dimensions": values.shape[::-1], **kind}
    tensorstore.open({**store, "metadata": metadata}, create=True).result().write(values.T).result()
    attributes = path / "volumes/affinities/attributes.json"
    attributes.write_text(json.dumps({**json.loads(attributes.read_text()), "offsets": OFFSETS}))


WRITERS: dict[str, Callable[[Path, np.ndarray], None]] = {
    "a.npy": np.save,
    "a.npz": lambda path, values: np.savez(path, values, offsets=OFFSETS),
    "a.h5": hdf5,
    "a.zarr": zarr,
    "of-format-2.zarr": zarr_2,
    "a.n5": n5,
    "a.tif": lambda path, values: tifffile.imwrite(path, values, photometric="minisblack"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_files_of_all_frameworks_are_cut_alike(name: str, kind: type, tmp_path: Path) -> None:
    values = (RIGHT_DOWN * 255).astype(kind) if kind is np.uint8 else RIGHT_DOWN
    WRITERS[name](tmp_path / name, values)
    read, offsets = read_array(str(tmp_path / name))
    np.testing.assert_array_equal(read, values)
    assert (offsets is None) == (name in ("a.npy", "a.tif"))
    labels = partition(
        read, read_offsets("daffnet" if offsets is None else None, offsets, 2), create("gaec"), TRUTH > 0
    )
    np.testing.assert_array_equal(labels, TRUTH)


@pytest.mark.parametrize(
    ("text", "rank", "expected"),
    [
        ("forward", 2, [[1, 0], [0, 1]]),
        ("backward", 3, [[-1, 0, 0], [0, -1, 0], [0, 0, -1]]),
        ("daffnet", 2, [list(offset) for offset in NEIGHBOURS]),
        ("[[0, 1], [3, 0]]", 2, [[0, 1], [3, 0]]),
    ],
)
def test_offsets_are_named_or_written(text: str, rank: int, expected: list) -> None:
    assert read_offsets(text, None, rank) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "the file names no offsets: say --offsets"),
        ("forwrd", "did you mean 'forward'"),
        ("[[0, 1]", "expected JSON"),
    ],
)
def test_offsets_that_mean_nothing_are_refused(text: str | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_offsets(text, None, 2)
    with pytest.raises(InputError, match="offsets: expected one of backward, forward, got 'daffnet'"):
        read_offsets("daffnet", None, 3)


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("a.mat", lambda path: path.write_text(""), "expected one of .npy, .npz, .h5"),
        ("a.npy", lambda path: path.write_text("x"), "cannot be read"),
        ("a.npy", lambda path: np.save(path, TRUTH), r"expected one array of 3 or 4 dimensions.*\(20, 30\)"),
        ("a.npz", lambda path: np.savez(path, x=RIGHT_DOWN, y=RIGHT_DOWN), r"FILE:NAME; there: x \(2, 20, 30\), y"),
        ("b.npy", lambda path: None, "no such file"),
    ],
)
def test_files_without_one_array_are_refused(
    name: str, write: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    write(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: .*{said}"):
        read_array(str(tmp_path / name))


def test_one_of_several_arrays_is_chosen_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=RIGHT_DOWN, y=RIGHT_DOWN[::-1])
    np.testing.assert_array_equal(read_array(f"{tmp_path / 'a.npz'}:y")[0], RIGHT_DOWN[::-1])
    with pytest.raises(InputError, match="there: x"):
        read_array(f"{tmp_path / 'a.npz'}:z")


def test_arrays_that_are_not_chosen_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, path = [], tmp_path / "a.npz"
    np.savez_compressed(path, x=RIGHT_DOWN, y=RIGHT_DOWN[::-1], offsets=OFFSETS)
    load = np.lib.npyio.NpzFile.__getitem__
    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", lambda file, name: read.append(name) or load(file, name))
    with pytest.raises(InputError, match=r"there: x \(2, 20, 30\), y \(2, 20, 30\), offsets \(2, 2\)"):
        read_array(str(path))
    assert read == []
    assert read_array(f"{path}:x")[1].tolist() == OFFSETS
    assert [name.removesuffix(".npy") for name in read] == ["x", "offsets"]


def test_the_command_writes_segments_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "a.npz", affinities=RIGHT_DOWN, offsets=OFFSETS)
    np.save(tmp_path / "bad.npy", 3 * RIGHT_DOWN)
    np.save(tmp_path / "mask.npy", TRUTH > 0)
    files, output = [str(tmp_path / name) for name in ("bad.npy", "a.npz:affinities")], tmp_path / "out"
    command = ["--affinities", *files, "--mask", str(tmp_path / "mask.npy"), "--output", str(output), "--coco"]
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code == 1
    captured = capsys.readouterr()
    assert "bad.npy: the file names no offsets" in captured.err and "a-affinities: 3 objects" in captured.out
    np.testing.assert_array_equal(tifffile.imread(output / "labels/a-affinities.tif"), TRUTH)
    rows = list(csv.DictReader(io.StringIO((output / "tables/a-affinities.csv").read_text())))
    assert [(row["class"], row["score"], row["area"]) for row in rows] == [
        ("", "", "63"),
        ("", "", "91"),
        ("", "", "138"),
    ]
    assert len(json.loads((output / "coco.json").read_text())["annotations"]) == 3
    main([*command[:1], *command[2:], "--offsets", "[[0, 1], [1, 0]]", "--min-size", "70"])
    assert tifffile.imread(output / "labels/a-affinities.tif").max() == 2
    main([*command[:1], *command[2:], "--offsets", "[[0, 1], [1, 0]]", "--min-size", "70"])
    assert "1 file done before" in capsys.readouterr().out


def test_partitioners_of_pyramids_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", RIGHT_DOWN)
    with pytest.raises(InputError, match="expected one of graphs, got cascade-gaec"):
        main(["--affinities", str(tmp_path / "a.npy"), "--partitioners", "cascade-gaec"])


def _takes_volumes() -> bool:
    try:
        grid_graph(np.zeros((1, 2, 2, 2), np.float32), ((0, 0, 1),))  # type: ignore[arg-type]
    except InputError:
        return False
    return True


@pytest.mark.skipif(not _takes_volumes(), reason="grid_graph takes images only")
def test_volumes_are_cut_and_written_as_stacks(tmp_path: Path) -> None:
    truth = np.stack([TRUTH, TRUTH, np.where(TRUTH == 3, 4, 0)])
    forward = [np.roll(truth, -1, axis) == truth for axis in range(3)]
    np.save(tmp_path / "v.npy", np.stack(forward).astype(np.float32))
    np.save(tmp_path / "mask.npy", truth > 0)
    files = {"--affinities": "v.npy", "--mask": "mask.npy", "--output": "out"}
    paths = [text for option, name in files.items() for text in (option, str(tmp_path / name))]
    main([*paths, "--offsets", "forward", "--geojson"])
    with tifffile.TiffFile(tmp_path / "out/labels/v.tif") as file:
        assert file.series[0].axes == "ZYX"
        np.testing.assert_array_equal(file.asarray(), truth)
    row = next(csv.DictReader(io.StringIO((tmp_path / "out/tables/v.csv").read_text())))
    assert (row["front"], row["depth"], row["z"], row["area"]) == ("0", "2", "0.50", "126")
