"""Nuclei, and the reading of pictures and labels that all data sets share."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from affinity_models.data import Nuclei, files
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
    assert_left_out(Nuclei(nuclei_root), str(nuclei_root / "masks/a.png"), "no such file")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_pictures_of_8_bits_become_rgb(tmp_path, mode):
    Image.new("RGB", (3, 2), (255, 255, 255)).convert(mode).save(tmp_path / "image.png")
    image = files.read_image(tmp_path / "image.png")
    assert image.shape == (2, 3, 3) and image.dtype == np.uint8 and (image == 255).all()


def test_picture_of_16_bits_is_refused(tmp_path, tiny):
    tiny.save(tmp_path / "image.png", [[1000]], np.uint16)
    with pytest.raises(InputError, match=r"image.png: expected an image of 8 bits per channel, got PIL's mode"):
        files.read_image(tmp_path / "image.png")


@pytest.mark.parametrize(
    ("dtype", "end"), [(np.uint8, "png"), (np.uint16, "png"), (np.uint16, "tif"), (np.int32, "tif")]
)
def test_labels_are_read_exactly(tmp_path, tiny, dtype, end):
    labels = np.array([[0, 1, 2], [100, 200, np.iinfo(dtype).max]])
    tiny.save(tmp_path / f"labels.{end}", labels, dtype)
    assert files.read_labels(tmp_path / f"labels.{end}").tolist() == labels.tolist()


def test_labels_of_4_bits_are_refused_for_pil_would_stretch_them(tmp_path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 4, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\x00\x12"))  # one row: 1, 2
    path = tmp_path / "labels.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b""))
    assert files.read_image(path)[0, :, 0].tolist() == [17, 34]
    with pytest.raises(InputError, match=r"labels.png: expected grey labels .* 'L;4'"):
        files.read_labels(path)


def test_unsigned_labels_of_32_bits(tmp_path):
    tifffile.imwrite(tmp_path / "mask.tif", np.array([[0, 2**32 - 1], [2**31, 7]], np.uint32))
    assert files.read_labels(tmp_path / "mask.tif").tolist() == [[0, 2**32 - 1], [2**31, 7]]
