import io
import json
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioners import NEIGHBOURS, AffinityPyramid, ClassTable, InputError, PyramidLevel
from partitioners.graph import overlap
from partitioners.pyramid import neighbours

CLASSES = ClassTable(("road", "car", "person"), (False, True, True))


def level_of(height, width, seed=0, offsets=NEIGHBOURS, n_embedding=2):
    rng = np.random.default_rng(seed)
    semantic = rng.random((3, height, width)) + 0.01
    return PyramidLevel(
        rng.random((len(offsets), height, width)),
        semantic / semantic.sum(axis=0),
        rng.normal(size=(n_embedding, height, width)),
        offsets,
    )


def volume_of(depth, height, width, offsets=((0, 0, 1), (0, 1, 0), (1, 0, 0))):
    """A level whose slices are those of an image of `depth` times the height."""
    image = level_of(depth * height, width, offsets=((0, 1),) * len(offsets))
    layers = {
        name: getattr(image, name).reshape(-1, depth, height, width) for name in ("affinity", "semantic", "embedding")
    }
    return PyramidLevel(**layers, offsets=offsets)


def pyramid_of(height=13, width=18, stride=2, n_levels=3, **options):
    levels, size = [], (-(-height // stride), -(-width // stride))
    for seed in range(n_levels):
        levels.append(level_of(*size, seed, **options))
        size = (-(-size[0] // 2), -(-size[1] // 2))
    return AffinityPyramid(tuple(levels), CLASSES, stride, (height, width))


def assert_equal(first, second):
    """Refuse pyramids that differ in a bit."""
    for field in ("classes", "stride", "image_size", "partitioner", "min_size"):
        assert getattr(first, field) == getattr(second, field)
    for one, other in zip(first.levels, second.levels, strict=True):
        assert one.offsets == other.offsets
        for field in ("affinity", "semantic", "embedding"):
            a, b = getattr(one, field), getattr(other, field)
            assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a saved pyramid."""
    path = tmp_path_factory.mktemp("saved") / "pyramid.npz"
    pyramid_of(5, 6, n_levels=2).save(path)
    return path.read_bytes()


def arrays_of(data):
    with np.load(io.BytesIO(data)) as arrays:
        return dict(arrays)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 5), st.integers(1, 5))
def test_any_size_halves_rounding_up(height, width, stride, n_levels):
    pyramid = pyramid_of(height, width, stride, n_levels)
    for number, level in enumerate(pyramid.levels):
        step = stride * 2**number
        assert level.shape == (-(-height // step), -(-width // step))


@pytest.mark.parametrize(
    ("sizes", "image_size", "message"),
    [
        ([(4, 5)], (8, 11), r"level 1: expected \(4, 6\) pixels \(stride 2\), got \(4, 5\)"),
        ([(4, 5), (2, 2)], (8, 9), r"level 2: expected \(2, 3\) pixels \(stride 4\), got \(2, 2\)"),
        ([(4, 5), (2, 3), (2, 2)], (8, 9), r"level 3: expected \(1, 2\) pixels \(stride 8\), got \(2, 2\)"),
        ([], (8, 9), "levels: expected at least one"),
        ([(4, 5)], (8, 9, 3), r"image_size: expected shape \(2\), got \(3,\)"),
        ([(4, 5)], 8, r"image_size: expected shape \(2\)"),
        ([(4, 5)], (8.0, 9.0), "image_size: expected integer values"),
        ([(4, 5)], (0, 9), "image_size: expected values in"),
    ],
)
def test_sizes_that_do_not_fit(sizes, image_size, message):
    with pytest.raises(InputError, match=message):
        AffinityPyramid([level_of(*size) for size in sizes], CLASSES, 2, image_size)


def test_stride_and_classes_that_do_not_fit():
    with pytest.raises(InputError, match="stride: expected a whole number of at least 1, got 0"):
        AffinityPyramid((level_of(4, 5),), CLASSES, 0, (4, 5))
    with pytest.raises(InputError, match="level 1: expected 2 classes, got 3"):
        AffinityPyramid((level_of(4, 5),), ClassTable(("a", "b"), (True, False)), 1, (4, 5))


@pytest.mark.parametrize("offsets", [neighbours(3), ((0, -2, 1),)])
def test_volume_is_one_level(offsets, tmp_path):
    level = volume_of(2, 3, 4, offsets)
    pyramid = AffinityPyramid((level,), CLASSES, 1, (2, 3, 4))
    pyramid.save(tmp_path / "volume.npz")
    assert_equal(AffinityPyramid.load(tmp_path / "volume.npz"), pyramid)
    assert pyramid.is_volume and not pyramid_of().is_volume
    best = level.semantic.argmax(axis=0)
    assert np.array_equal(pyramid.is_thing(1), np.array(CLASSES.is_thing)[best])


@pytest.mark.parametrize(
    ("levels", "stride", "size", "message"),
    [
        (1, 2, (4, 6, 8), "levels: expected one at a stride of 1 for a volume, got 1 at a stride of 2"),
        (2, 1, (2, 3, 4), "levels: expected one at a stride of 1 for a volume, got 2"),
        (1, 1, (3, 4), r"image_size: expected shape \(3\), got \(2,\)"),
        (1, 1, (2, 3, 5), r"level 1: expected \(2, 3, 5\) pixels \(stride 1\), got \(2, 3, 4\)"),
    ],
)
def test_volumes_that_do_not_fit(levels, stride, size, message):
    with pytest.raises(InputError, match=message):
        AffinityPyramid((volume_of(2, 3, 4),) * levels, CLASSES, stride, size)


def test_class_table():
    assert len(CLASSES) == 3 and CLASSES.things.tolist() == [1, 2]
    assert ClassTable(["a", "b"], [1, 0]) == ClassTable(("a", "b"), (True, False))
    for names, is_thing in (((), ()), (("a", "a"), (True, True)), (("a",), (True, False))):
        with pytest.raises(InputError):
            ClassTable(names, is_thing)


def test_is_thing_by_hand():
    semantic = np.array([[[0.8, 0.2, 0.4]], [[0.1, 0.7, 0.3]], [[0.1, 0.1, 0.3]]])
    level = PyramidLevel(np.zeros((2, 1, 3)), semantic, np.zeros((0, 1, 3)))
    assert AffinityPyramid((level,), CLASSES, 1, (1, 3)).is_thing(1).tolist() == [[False, True, False]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"affinity": np.zeros((2, 3))}, r"affinity: expected shape \(any, any, any\)"),
        ({"affinity": np.full((2, 2, 3), 1.1)}, r"affinity: expected values in \[0, 1\]"),
        ({"affinity": np.full((2, 2, 3), np.nan)}, r"affinity: expected values in \[0, 1\], got nan"),
        ({"affinity": np.zeros((2, 2, 3), int)}, "affinity: expected float values"),
        ({"affinity": np.zeros((1, 2, 3))}, r"offsets: expected shape \(1, 2\), got \(2, 2\)"),
        ({"semantic": np.ones((2, 2, 3))}, "sum of semantic over the classes: expected values in"),
        ({"semantic": np.zeros((0, 2, 3))}, "sum of semantic over the classes: expected values in"),
        ({"semantic": np.full((2, 2, 3), -0.5)}, r"semantic: expected values in \[0, 1\]"),
        ({"semantic": np.ones((1, 3, 2))}, r"semantic: expected shape \(any, 2, 3\), got \(1, 3, 2\)"),
        ({"embedding": np.full((1, 2, 3), np.inf)}, "embedding: expected values in"),
        ({"embedding": np.zeros((2, 3))}, r"embedding: expected shape \(any, 2, 3\)"),
        ({"offsets": ((0, 1), (0, 0))}, "offsets: expected others than"),
    ],
)
def test_level_errors_name_the_argument(change, message):
    good = {"affinity": np.zeros((2, 2, 3)), "semantic": np.ones((1, 2, 3)), "embedding": np.zeros((0, 2, 3))}
    with pytest.raises(InputError, match=message):
        PyramidLevel(**{**good, **change})


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 9.0])
@pytest.mark.parametrize("offset", [(0, 1), (1, 0), (0, -1), (-2, 1), (5, 0)])
def test_affinities_without_a_second_pixel_are_ignored(tmp_path, value, offset):
    affinity = np.full((1, 3, 4), value)
    affinity[0][overlap(*offset)[0]] = 0.5
    level = PyramidLevel(affinity, np.ones((1, 3, 4)), np.zeros((0, 3, 4)), (offset,))
    assert np.array_equal(level.affinity, affinity, equal_nan=True)
    pyramid = AffinityPyramid((level,), ClassTable(("cell",), (True,)), 1, (3, 4))
    for half in (False, True):
        pyramid.save(tmp_path / "pyramid.npz", half=half)
        assert_equal(AffinityPyramid.load(tmp_path / "pyramid.npz"), pyramid)
    assert_equal(pyramid.halved(), pyramid)


@pytest.mark.parametrize("offset", [(0, 1), (1, 0), (0, -1), (-2, 1)])
def test_affinities_with_a_second_pixel_are_checked(offset):
    affinity = np.full((1, 3, 4), 0.5)
    affinity[0][overlap(*offset)[0]] = np.nan
    with pytest.raises(InputError, match=r"affinity: expected values in \[0, 1\], got nan"):
        PyramidLevel(affinity, np.ones((1, 3, 4)), np.zeros((0, 3, 4)), (offset,))


def test_level_without_pixels():
    with pytest.raises(InputError, match="affinity: expected at least one pixel"):
        PyramidLevel(np.zeros((2, 0, 3)), np.ones((1, 0, 3)), np.zeros((0, 0, 3)))


@pytest.mark.parametrize(
    "options",
    [{}, {"n_embedding": 0}, {"offsets": ((0, 1), (1, 0), (-4, 9))}, {"offsets": ()}, {"stride": np.int64(2)}],
)
def test_save_and_load_keep_every_bit(tmp_path, options):
    pyramid = pyramid_of(**options)
    pyramid.save(tmp_path / "pyramid.npz")
    assert_equal(AffinityPyramid.load(tmp_path / "pyramid.npz"), pyramid)
    assert [path.name for path in tmp_path.iterdir()] == ["pyramid.npz"]


def test_what_suits_the_network_is_kept(tmp_path):
    # no expression at all, for a file that is loaded is not trusted: it is not even read before it is used
    pyramid = replace(pyramid_of(), partitioner="gaec(\ud800", min_size=3).halved()
    pyramid.save(tmp_path / "pyramid.npz", half=True)
    assert_equal(AffinityPyramid.load(tmp_path / "pyramid.npz"), pyramid)
    assert (pyramid.partitioner, pyramid.min_size) == ("gaec(\ud800", 3)


def test_older_files_say_nothing_of_what_suits(tmp_path, saved):
    arrays = arrays_of(saved)
    meta = json.loads(arrays["meta"].tobytes())
    del meta["partitioner"], meta["min_size"]
    np.savez(tmp_path / "old.npz", **arrays | {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)})
    assert_equal(AffinityPyramid.load(tmp_path / "old.npz"), pyramid_of(5, 6, n_levels=2))


def test_embeddings_may_be_left_out(tmp_path):
    expected = pyramid_of(n_embedding=0)
    levels = tuple(PyramidLevel(level.affinity, level.semantic) for level in expected.levels)
    assert_equal(replace(expected, levels=levels), expected)
    expected.save(tmp_path / "pyramid.npz")
    arrays = arrays_of((tmp_path / "pyramid.npz").read_bytes())
    np.savez(tmp_path / "less.npz", **{name: array for name, array in arrays.items() if "embedding" not in name})
    assert_equal(AffinityPyramid.load(tmp_path / "less.npz"), expected)


def test_save_takes_any_name_and_overwrites(tmp_path):
    path = str(tmp_path / "street.affinities")
    pyramid_of().save(path)
    smaller = pyramid_of(5, 6)
    smaller.save(path)
    assert_equal(AffinityPyramid.load(path), smaller)


def test_load_takes_what_other_programs_write(tmp_path, saved):
    arrays = arrays_of(saved)
    alike = {name: value if name == "meta" else np.asfortranarray(value, ">f8") for name, value in arrays.items()}
    np.savez(tmp_path / "foreign.npz", **alike, remark=np.array("not read"))
    (tmp_path / "own.npz").write_bytes(saved)
    assert_equal(AffinityPyramid.load(tmp_path / "foreign.npz"), AffinityPyramid.load(tmp_path / "own.npz"))


class Bomb:
    """A pickle of it creates a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_load_executes_nothing(tmp_path, saved):
    exploded = tmp_path / "exploded"
    bomb = np.empty(1, object)
    bomb[0] = Bomb(exploded)
    arrays = arrays_of(saved)
    np.savez(tmp_path / "meta.npz", **{**arrays, "meta": bomb})
    np.savez(tmp_path / "affinity.npz", **{**arrays, "level1_affinity": bomb})
    np.save(tmp_path / "array.npy", bomb)
    (tmp_path / "plain.pickle").write_bytes(pickle.dumps(Bomb(exploded)))
    for name in ("meta.npz", "affinity.npz", "array.npy", "plain.pickle"):
        with pytest.raises(InputError, match=name):
            AffinityPyramid.load(tmp_path / name)
    assert not exploded.exists()


def test_load_names_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "missing.npz", tmp_path):
        with pytest.raises(InputError, match=f"{path.name}: not a readable affinity pyramid"):
            AffinityPyramid.load(path)


def test_load_refuses_what_is_no_pyramid(tmp_path):
    path = tmp_path / "other.npz"
    for content in (b"", b"PK\x03\x04", b"hello, world", bytes(1000)):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"other.npz: not a readable"):
            AffinityPyramid.load(path)
    np.savez(path, something=np.zeros(3))
    with pytest.raises(InputError, match=r"other.npz: not a readable"):
        AffinityPyramid.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "affinity-pyramid-0"},
        {"format": None},
        {"names": ["road"]},
        {"names": 5},
        {"is_thing": [True]},
        {"stride": 1.5},
        {"stride": "2"},
        {"image_size": [5]},
        {"image_size": None},
        {"offsets": [[[0, 1], [1, 0]]] * 3},
        {"offsets": [[[0, 1]], [[0, 1], [1, 0]]]},
        {"offsets": {}},
        {"offsets": []},
        {"partitioner": None},
        {"partitioner": ["gaec"]},
        {"partitioner": "-" * 1001},
        {"min_size": -1},
        {"min_size": "5"},
        {"min_size": None},
    ],
)
def test_load_refuses_wrong_meta_data(tmp_path, saved, change):
    arrays = arrays_of(saved)
    meta = {**json.loads(arrays["meta"].tobytes()), **change}
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    np.savez(tmp_path / "wrong.npz", **arrays)
    with pytest.raises(InputError, match=r"wrong.npz: not a readable affinity pyramid: "):
        AffinityPyramid.load(tmp_path / "wrong.npz")


@pytest.mark.parametrize("meta", [b"", b"[]", b"\xff", b"[" * 100_000, b"{}", b"5", b"null"])
def test_load_refuses_broken_meta_data(tmp_path, saved, meta):
    np.savez(tmp_path / "wrong.npz", **{**arrays_of(saved), "meta": np.frombuffer(meta, np.uint8)})
    with pytest.raises(InputError, match=r"wrong.npz: not a readable"):
        AffinityPyramid.load(tmp_path / "wrong.npz")


@given(st.data())
@settings(max_examples=60)
def test_load_refuses_truncated_files(tmp_path_factory, saved, data):
    path = tmp_path_factory.getbasetemp() / "truncated.npz"
    path.write_bytes(saved[: data.draw(st.integers(0, len(saved) - 1))])
    with pytest.raises(InputError, match=r"truncated.npz"):
        AffinityPyramid.load(path)


@given(st.data(), st.booleans())
@settings(max_examples=300)
def test_flipped_bytes_are_refused_or_harmless(tmp_path_factory, saved, data, stored):
    """Compressed members show damage by their checksum; in stored ones it also reaches numpy's headers."""
    original = repack(saved) if stored else saved
    damaged = bytearray(original)
    position = st.integers(0, len(damaged) - 1)
    for place, value in data.draw(st.lists(st.tuples(position, st.integers(1, 255)), min_size=1, max_size=3)):
        damaged[place] ^= value
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(damaged)
    try:
        assert isinstance(AffinityPyramid.load(path), AffinityPyramid)
    except InputError as error:
        assert str(error).startswith(f"{path}: not a readable affinity pyramid")


def repack(data):
    """Return the archive with its members uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AffinityPyramid(5, CLASSES, 1, (2, 3)), "levels: expected a sequence of PyramidLevel, got 5"),
        (
            lambda: AffinityPyramid((1,), CLASSES, 1, (2, 3)),
            "levels: expected a sequence of PyramidLevel, got one with 1",
        ),
        (lambda: ClassTable(None, None), "names: expected a sequence of str, got None"),
        (lambda: ClassTable("road", (True,)), "names: expected a sequence of str, got 'road'"),
        (lambda: ClassTable(("road",), 1), "is_thing: expected a sequence of object, got 1"),
    ],
)
def test_what_is_no_sequence_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
