"""Nuclei in images/ and masks/."""

import numpy as np
import pytest
from PIL import ExifTags, Image

from affinity_models.data import Nuclei
from partitioners import InputError


def test_ground_truth_by_hand(nuclei_root):
    dataset = Nuclei(nuclei_root)
    assert dataset.names() == ["a", "b"]
    assert dataset.classes.names == ("background", "nucleus") and dataset.classes.is_thing == (False, True)
    a, b = dataset.samples()
    assert a.image.tolist() == [[[1, 2, 3]] * 2] * 2
    assert a.instances.tolist() == [[0, 2], [1, 0]]
    assert b.image.tolist() == [[[value] * 3 for value in row] for row in ([1, 2, 3], [4, 5, 6])]
    assert b.instances.tolist() == [[0, 2, 2], [1, 1, 0]]
    assert b.semantic.tolist() == [[0, 1, 1], [1, 1, 0]]


def test_other_files_are_no_images(nuclei_root):
    for name in ("README.md", ".hidden.png", "notes.txt"):
        (nuclei_root / "images" / name).write_text("not an image")
    assert Nuclei(nuclei_root).names() == ["a", "b"]


def test_two_files_of_one_name_are_refused(nuclei_root, tiny):
    tiny.save(nuclei_root / "images/a.png", [[1]])
    with pytest.raises(InputError, match=r"a.png: expected a unique name"):
        Nuclei(nuclei_root)


def _truncate(path):
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    ("file", "damage", "problem"),
    [
        ("images/a.bmp", _truncate, "cannot be read"),
        ("masks/a.tif", _truncate, "cannot be read"),
        ("masks/a.tif", lambda path: path.write_text("text"), "cannot be read"),
        ("masks/a.tif", lambda path: Image.new("RGB", (2, 2)).save(path), "got PIL's mode 'RGB'"),
        ("masks/a.tif", lambda path: Image.new("P", (2, 2)).save(path), "got PIL's mode 'P'"),
        ("masks/a.tif", lambda path: Image.new("F", (2, 2)).save(path), "got PIL's mode 'F'"),
        ("masks/a.tif", lambda path: Image.new("I", (2, 2), -5).save(path), "expected labels of at least 0, got -5"),
        (
            "masks/a.tif",
            lambda path: Image.new("L", (3, 2)).save(path),
            "expected 2 × 2 pixels like the image, got 2 × 3",
        ),
    ],
)
def test_damaged_file_is_left_out(nuclei_root, assert_left_out, file, damage, problem):
    damage(nuclei_root / file)
    assert_left_out(Nuclei(nuclei_root), str(nuclei_root / file), problem)


def test_missing_mask_is_left_out(nuclei_root, assert_left_out):
    (nuclei_root / "masks/a.tif").unlink()
    assert_left_out(Nuclei(nuclei_root), str(nuclei_root / "masks/a.*"), "no such file of a kind that PIL reads")


def test_mask_of_a_kind_that_is_not_read_is_named(nuclei_root, assert_left_out):
    (nuclei_root / "masks/a.tif").unlink()
    np.save(nuclei_root / "masks/a.npy", np.zeros((2, 2), int))
    problem = "no such file of a kind that PIL reads, such as .png, .tif or .bmp; there, but not read: a.npy"
    assert_left_out(Nuclei(nuclei_root), str(nuclei_root / "masks/a.*"), problem)


def test_image_and_mask_lie_as_viewers_show_them(nuclei_root):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # a quarter turn clockwise
    labels = np.arange(6, dtype=np.uint16).reshape(2, 3)
    Image.fromarray(labels.astype(np.uint8)).save(nuclei_root / "images/c.webp", exif=exif, lossless=True)
    Image.fromarray(np.rot90(labels, -1).copy()).save(nuclei_root / "masks/c.png")
    sample = Nuclei(nuclei_root).read("c")
    assert sample.image[..., 0].tolist() == sample.instances.tolist() == [[3, 0], [4, 1], [5, 2]]
