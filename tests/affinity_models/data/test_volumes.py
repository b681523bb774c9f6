"""Volumes: generated ones, and those in files, against what was written."""

from contextlib import nullcontext

import numpy as np
import pytest
from layouts import write_n5

from affinity_models.data import Volumes, create
from affinity_models.data.targets import connected_pieces
from partitioners import InputError

LABELS = np.array([[[7, 7, 0], [0, 9, 9]], [[7, 7, 0], [0, 0, 9]]], np.int64)
INSTANCES = [[[1, 1, 0], [0, 2, 2]], [[1, 1, 0], [0, 0, 2]]]


def grey(sample):
    assert (sample.image == sample.image[..., :1]).all()
    return sample.image[..., 0]


def test_what_is_in_files(volumes_root):
    dataset = Volumes(volumes_root, kind="neurites")
    assert dataset.names() == ["a", "b"] and dataset.classes.names == ("background", "neurite")
    of_n5, of_tiff = map(dataset.read, "ab")
    assert of_n5.instances.tolist()[0] == [[1, 1, 0], [0, 3, 3]] and of_n5.instances.tolist()[2] == [[2] * 3, [0] * 3]
    assert (grey(of_n5).ravel() == np.arange(18)).all()
    assert (grey(of_tiff).ravel() == 255 * np.arange(18) // 17).all()
    assert of_n5.size == (3, 2, 3) and of_n5.is_volume and (of_n5.semantic == (of_n5.instances > 0)).all()


def test_there_need_be_no_image(tmp_path):
    write_n5(tmp_path / "a.n5/cells", LABELS.astype(np.uint32), (1, 2, 3))
    sample = Volumes(tmp_path, labels="cells").read("a")
    assert sample.instances.tolist() == INSTANCES and (sample.image == 128).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.uint64])
@pytest.mark.parametrize("layout", [("volumes/labels/neuron_ids", "volumes/raw"), ("label", "raw")])
@pytest.mark.parametrize("suffix", ["h5", "hdf", "zarr"])
def test_containers(tmp_path, dtype, layout, suffix):
    package = pytest.importorskip("zarr" if suffix == "zarr" else "h5py")
    path = tmp_path / f"a.{suffix}"
    group = nullcontext(package.open_group(str(path), mode="w")) if suffix == "zarr" else package.File(path, "w")
    with group as file:
        for name, values in zip(layout, (LABELS.astype(dtype), LABELS.astype(np.uint8)), strict=True):
            if suffix == "zarr":
                options = {"shape": values.shape, "dtype": values.dtype, "chunks": (1, 2, 2)}
                package.open_array(str(path / name), mode="w", **options)[...] = values
            else:
                file[name] = values
    sample = Volumes(tmp_path).read("a")
    assert sample.instances.tolist() == INSTANCES and (grey(sample) == LABELS).all()
    with pytest.raises(
        InputError, match=rf"a.{suffix}: expected labels under other, found none: name them, as in labels="
    ):
        Volumes(tmp_path, labels="other").read("a")


@pytest.mark.parametrize(
    ("labels", "image", "problem"),
    [
        (LABELS[0], None, r"labels: expected shape \(any, any, any\), got \(2, 3\)"),
        (LABELS - 1, None, "labels: expected values in"),
        (LABELS.astype(float), None, "labels: expected integer values"),
        (LABELS, LABELS[:1], r"image: expected \(2, 2, 3\) voxels as of the labels, got \(1, 2, 3\)"),
    ],
)
def test_files_that_do_not_fit(tmp_path, labels, image, problem):
    from tifffile import imwrite

    (tmp_path / "masks").mkdir()
    imwrite(tmp_path / "masks/a.tif", labels, photometric="minisblack")
    if image is not None:
        (tmp_path / "images").mkdir()
        imwrite(tmp_path / "images/a.tif", image, photometric="minisblack")
    with pytest.raises(InputError, match=f"a.tif: {problem}"):
        Volumes(tmp_path).read("a")


@pytest.mark.parametrize(("offset", "fits"), [((80, 8, 4), True), ((120, 8, 4), False), ((-40, 8, 4), False)])
def test_a_padded_image_is_cropped_to_its_labels(tmp_path, offset, fits):
    padded = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
    with pytest.importorskip("h5py").File(tmp_path / "a.hdf", "w") as file:
        file["volumes/raw"], file["volumes/labels/neuron_ids"] = padded, LABELS
        file["volumes/labels/neuron_ids"].attrs.update(offset=offset, resolution=(40, 4, 4))
    with nullcontext() if fits else pytest.raises(InputError, match=r"image: expected \(2, 2, 3\) voxels.*\(4, 5, 6\)"):
        assert (grey(Volumes(tmp_path).read("a")) == padded[2:4, 2:4, 1:4]).all()


def test_damaged_files_are_named(tmp_path, volumes_root):
    block = volumes_root / "a.n5/volumes/labels/neuron_ids/0/0/0"
    block.write_bytes(block.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"a.n5: cannot be read: "):
        Volumes(volumes_root).read("a")


def test_n5_may_be_compressed_by_blosc(tmp_path):
    tensorstore = pytest.importorskip("tensorstore")
    blosc = {"type": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1}
    store = {"driver": "n5", "kvstore": {"driver": "file", "path": str(tmp_path / "a.n5/label")}}
    metadata = {"dimensions": [3, 2, 2], "blockSize": [2, 2, 2], "dataType": "uint64", "compression": blosc}
    array = tensorstore.open({**store, "metadata": metadata}, create=True).result()
    array.write(LABELS.astype(np.uint64).T).result()
    assert Volumes(tmp_path).read("a").instances.tolist() == INSTANCES


@pytest.mark.parametrize(
    ("suffix", "package"), [("h5", "h5py"), ("n5", "tensorstore"), ("zarr", "tensorstore"), ("tif", "tifffile")]
)
def test_missing_package_names_the_extra(tmp_path, monkeypatch, suffix, package):
    (tmp_path / f"mask.{suffix}").touch()
    monkeypatch.setattr("partitioners.registry.find_spec", lambda name: None)
    dataset = Volumes(tmp_path)
    with pytest.raises(InputError, match=rf"mask.{suffix}: needs {package}: pip install 'affinity-bench\[volumes\]'"):
        dataset.read(dataset.names()[0])


def test_root_without_volumes(tmp_path):
    with pytest.raises(InputError, match=r"root: expected NAME.h5, .*, found none in"):
        Volumes(tmp_path)


class TestGenerated:
    @pytest.mark.parametrize("kind", ["cells", "neurites"])
    def test_instances_are_whole_and_many(self, kind):
        sample = create("volumes", kind=kind, shape=(12, 40, 40)).read(f"{kind}_val_000")
        count, pieces = int(sample.instances.max()), connected_pieces(sample.instances)
        sizes = np.bincount(sample.instances.ravel())
        assert sample.size == (12, 40, 40) and count > 8 and sizes[1:].min() >= 30
        owners = {pieces[sample.instances == number][0] for number in range(1, count + 1)}
        assert len(np.unique(pieces[sample.instances > 0])) == len(owners) == count

    def test_depends_on_seed_split_and_number_alone(self):
        def read(name="cells_val_000", **parameters):
            return create("volumes", shape=(8, 24, 24), **parameters).read(name).instances

        assert np.array_equal(read(), read(count=2))
        others = [
            read(seed=1),
            read("cells_val_001"),
            read("cells_train_000", split="train"),
            read("neurites_val_000", kind="neurites"),
        ]
        assert not any(np.array_equal(read(), other) for other in others)

    def test_neurites_run_through_and_cells_are_compact(self):
        extents = {}
        for kind in ("cells", "neurites"):
            instances = create("volumes", kind=kind, shape=(16, 48, 48)).read(f"{kind}_val_000").instances
            boxes = [np.ptp(np.argwhere(instances == number), axis=0).max() for number in range(1, instances.max() + 1)]
            extents[kind] = np.median(boxes)
        assert extents["neurites"] > 1.5 * extents["cells"]

    def test_only_generated_ones_tell_which_are_for_training(self, volumes_root):
        assert Volumes().train == {"split": "train"} and Volumes(volumes_root).train == {}

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"kind": "nuclei"}, "kind: expected one of cells, neurites, got 'nuclei'"),
            ({"split": "test"}, "split: expected one of train, val"),
            ({"shape": (8, 8)}, r"shape: expected shape \(3\), got \(2,\)"),
            ({"shape": (8, 0, 8)}, "shape: expected values in"),
            ({"count": 0}, "count: expected a whole number of at least 1"),
        ],
    )
    def test_errors_name_the_parameter(self, parameters, message):
        with pytest.raises(InputError, match=message):
            Volumes(**parameters)
