"""Saved pyramids with ground truth."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

import affinity_models
from affinity_models.data import Pyramids, write_entry
from partitioners import ClassTable, InputError


def test_what_is_written_is_read(pyramids_root, tiny):
    written, pyramid = tiny.saved_pair("x")
    dataset = Pyramids(pyramids_root)
    assert dataset.names() == ["x", "y"]
    assert dataset.classes == written.classes and dataset.stride == 2
    sample = dataset.read("x")
    assert (sample.image == written.image).all()
    assert (sample.semantic == written.semantic).all()
    assert sample.instances.tolist() == [[0, 2, 2, 0], [0, 2, 2, 0], [0, 0, 1, 1]]
    assert (sample.crowd == written.crowd).all() and sample.crowd.sum() == 1
    (read,), (expected,) = dataset.pyramid("x").levels, pyramid.levels
    assert (read.affinity == expected.affinity).all() and (read.semantic == expected.semantic).all()


def test_the_model_saved_takes_its_pyramids(pyramids_root):
    dataset = Pyramids(pyramids_root)
    model = affinity_models.create("saved", root=pyramids_root)
    pyramid = model.predict(dataset.read("x"), dataset.stride)
    assert (pyramid.levels[0].affinity == dataset.pyramid("x").levels[0].affinity).all()


def test_the_version_of_saved_changes_with_what_a_file_holds_and_not_with_its_time(pyramids_root, tmp_path):
    def version(root):
        return affinity_models.create("saved", root=root).version

    before, copied = (
        version(pyramids_root),
        shutil.copytree(pyramids_root, tmp_path / "copy", copy_function=shutil.copyfile),
    )
    assert version(copied) == before
    path = pyramids_root / "pyramids/x.npz"
    content, status = path.read_bytes(), path.stat()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert version(pyramids_root) != before
    path.write_bytes(content)
    assert version(pyramids_root) == before


def test_without_an_image_it_is_grey(pyramids_root):
    (pyramids_root / "images/x.png").unlink()
    image = Pyramids(pyramids_root).read("x").image
    assert image.shape == (3, 4, 3) and (image == 128).all()


def test_many_classes_take_16_bits(tmp_path, tiny):
    classes = ClassTable(tuple(map(str, range(300))), (True,) * 300)
    sample, pyramid = tiny.saved_pair("x")
    level = replace(pyramid.levels[0], semantic=np.full((300, 2, 2), 1 / 300))
    semantic = np.where(sample.semantic == 2, 255, sample.semantic)
    write_entry(
        tmp_path,
        replace(sample, semantic=semantic, classes=classes),
        replace(pyramid, levels=(level,), classes=classes),
    )
    read = Pyramids(tmp_path).read("x")
    assert (read.semantic == semantic).all() and {-1, 255} <= set(read.semantic.ravel().tolist())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda sample, pyramid: (replace(sample, name="../x"), pyramid),
            "sample: expected a name that can be a file's",
        ),
        (lambda sample, pyramid: (sample, replace(pyramid, image_size=(4, 4))), "pyramid: expected one for"),
        (
            lambda sample, pyramid: (
                replace(sample, classes=ClassTable(("a", "b", "c"), (False, True, True))),
                pyramid,
            ),
            "pyramid: expected the classes",
        ),
    ],
)
def test_entry_that_does_not_fit_is_not_written(tmp_path, tiny, change, message):
    with pytest.raises(InputError, match=message):
        write_entry(tmp_path, *change(*tiny.saved_pair("x")))
    assert not list(tmp_path.iterdir())


def test_more_instances_than_16_bits_are_refused(tmp_path, tiny):
    sample, pyramid = tiny.saved_pair("x")
    size = (256, 257)
    instances = np.arange(1, 256 * 257 + 1).reshape(size)
    large = replace(sample, image=np.zeros((*size, 3), np.uint8), semantic=np.ones(size, int), instances=instances)
    level = replace(
        pyramid.levels[0],
        affinity=np.zeros((2, *size)),
        semantic=np.full((3, *size), 1 / 3),
        embedding=np.zeros((0, *size)),
    )
    with pytest.raises(InputError, match="at most 65535 instances, got 65792"):
        write_entry(tmp_path, large, replace(pyramid, levels=(level,), stride=1, image_size=size))


def test_classes_come_from_the_first_pyramid_that_can_be_read(pyramids_root, tiny):
    (pyramids_root / "pyramids/x.npz").write_bytes(b"damaged")
    dataset = Pyramids(pyramids_root)
    assert dataset.classes == tiny.saved_pair("x")[0].classes
    with pytest.raises(InputError, match=r"x.npz: not a readable affinity pyramid"):
        dataset.pyramid("x")
    (pyramids_root / "pyramids/y.npz").unlink()
    with pytest.raises(InputError, match=r"x.npz: not a readable affinity pyramid"):
        Pyramids(pyramids_root)


@pytest.mark.parametrize(
    "other",
    [{"stride": 1}, {"classes": ClassTable(("ground", "cat", "dog"), (True, True, True))}],
    ids=["stride", "classes"],
)
def test_pyramid_unlike_the_first_is_refused(pyramids_root, tiny, other):
    write_entry(pyramids_root, *tiny.saved_pair("y", **other))
    with pytest.raises(InputError, match=r"y.npz: expected stride 2 and"):
        Pyramids(pyramids_root).pyramid("y")


GROUND = [[0] * 4] * 3


@pytest.mark.parametrize(
    ("file", "pixels", "problem"),
    [
        ("semantic/x.png", [[0] * 4], "expected 3 × 4 pixels like the image, got 1 × 4"),
        ("instances/x.png", [[0] * 4], "expected 3 × 4 pixels like the image, got 1 × 4"),
        ("semantic/x.png", [[3] * 4] * 3, "expected class indices up to 2, or 255 for void, got 3"),
        ("semantic/x.png", GROUND, "says otherwise"),
        ("instances/x.png", [[1] * 4] * 3, "expected instances of things only"),
        ("instances/x.png", [[0, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]], "got an instance of two classes"),
        ("semantic/x.png", None, "no such file"),
        ("instances/x.png", None, "no such file"),
    ],
)
def test_ground_truth_that_does_not_fit_is_left_out(pyramids_root, assert_left_out, tiny, file, pixels, problem):
    (pyramids_root / file).unlink()
    if pixels is not None:
        tiny.save(pyramids_root / file, pixels)
    assert_left_out(Pyramids(pyramids_root), file, problem)
