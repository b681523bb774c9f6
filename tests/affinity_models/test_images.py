"""Pictures and labels, as all data sets and commands read them."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageFile

from affinity_models.data.coco_panoptic import read_numbers
from affinity_models.images import read_image, read_labels
from partitioners import InputError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
UPRIGHT = {
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels, 1),
}
"""From the pixels of a file to those that its EXIF orientation means."""


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def orientation(number):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = number
    return exif


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_pictures_of_8_bits_become_rgb(tmp_path, mode):
    Image.new("RGB", (3, 2), (255, 255, 255)).convert(mode).save(tmp_path / "image.png")
    image = read_image(tmp_path / "image.png")
    assert image.shape == (2, 3, 3) and image.dtype == np.uint8 and (image == 255).all()


def test_picture_of_16_bits_is_refused(tmp_path, tiny):
    tiny.save(tmp_path / "image.png", [[1000]], np.uint16)
    with pytest.raises(InputError, match=r"image.png: expected an image of 8 bits per channel, got PIL's mode"):
        read_image(tmp_path / "image.png")


@pytest.mark.parametrize(
    ("dtype", "end"), [(np.uint8, "png"), (np.uint16, "png"), (np.uint16, "tif"), (np.int32, "tif")]
)
def test_labels_are_read_exactly(tmp_path, tiny, dtype, end):
    labels = np.array([[0, 1, 2], [100, 200, np.iinfo(dtype).max]])
    tiny.save(tmp_path / f"labels.{end}", labels, dtype)
    assert read_labels(tmp_path / f"labels.{end}").tolist() == labels.tolist()


def test_labels_of_4_bits_are_refused_for_pil_would_stretch_them(tmp_path):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 4, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\x00\x12"))  # one row: 1, 2
    path = tmp_path / "labels.png"
    path.write_bytes(SIGNATURE + header + data + chunk(b"IEND", b""))
    assert read_image(path)[0, :, 0].tolist() == [17, 34]
    with pytest.raises(InputError, match=r"labels.png: expected grey labels .* 'L;4'"):
        read_labels(path)


def test_unsigned_labels_of_32_bits(tmp_path):
    tifffile.imwrite(tmp_path / "mask.tif", np.array([[0, 2**32 - 1], [2**31, 7]], np.uint32))
    assert read_labels(tmp_path / "mask.tif").tolist() == [[0, 2**32 - 1], [2**31, 7]]


@pytest.mark.parametrize("number", UPRIGHT)
@pytest.mark.parametrize("end", ["png", "tif", "webp"])
def test_pictures_are_upright(tmp_path, end, number):
    pixels = np.random.default_rng(0).integers(256, size=(4, 6, 3), dtype=np.uint8)
    path = tmp_path / f"image.{end}"
    options = {"lossless": True} if end == "webp" else {}
    Image.fromarray(pixels).save(path, exif=orientation(number), **options)
    assert read_image(path).tolist() == UPRIGHT[number](pixels).tolist()


@pytest.mark.parametrize("number", UPRIGHT)
def test_photographs_are_upright(tmp_path, number):
    pixels = np.kron(np.arange(0, 240, 40, dtype=np.uint8).reshape(2, 3), np.ones((8, 8), np.uint8))
    Image.fromarray(pixels).save(tmp_path / "image.jpg", exif=orientation(number), quality=100)
    found = read_image(tmp_path / "image.jpg")[..., 0]
    expected = UPRIGHT[number](pixels)
    assert found.shape == expected.shape and abs(found.astype(int) - expected).max() <= 2


@pytest.mark.parametrize("number", UPRIGHT)
@pytest.mark.parametrize(
    ("dtype", "end"), [(np.uint8, "png"), (np.uint16, "png"), (np.uint8, "tif"), (np.uint16, "tif"), (np.int32, "tif")]
)
def test_labels_are_upright(tmp_path, dtype, end, number):
    labels = np.arange(6, dtype=dtype).reshape(2, 3)
    expected = UPRIGHT[number](labels)
    Image.fromarray(labels).save(tmp_path / f"labels.{end}", exif=orientation(number))
    assert read_labels(tmp_path / f"labels.{end}", expected.shape).tolist() == expected.tolist()
    if expected.shape != labels.shape:
        with pytest.raises(InputError, match="expected 2 × 3 pixels like the image, got 3 × 2"):
            read_labels(tmp_path / f"labels.{end}", labels.shape)


def test_segment_numbers_are_upright(tmp_path):
    Image.fromarray(np.array([[[1, 0, 0], [0, 1, 0]]], np.uint8)).save(tmp_path / "mask.png", exif=orientation(8))
    assert read_numbers(tmp_path / "mask.png", (2, 1)).tolist() == [[256], [1]]


def test_orientation_behind_the_pixels_counts(tmp_path):
    path = tmp_path / "labels.png"
    Image.fromarray(np.array([[1, 2]], np.uint8)).save(path)
    end = chunk(b"IEND", b"")
    exif = orientation(3).tobytes().removeprefix(b"Exif\0\0")
    path.write_bytes(path.read_bytes().removesuffix(end) + chunk(b"eXIf", exif) + end)
    assert read_labels(path).tolist() == [[2, 1]]


@pytest.mark.parametrize("end", ["png", "jpg"])
def test_exif_that_makes_no_sense_turns_nothing(tmp_path, end):
    Image.new("L", (3, 2), 7).save(tmp_path / f"image.{end}", exif=b"Exif\0\0no header of a TIFF")
    assert (read_image(tmp_path / f"image.{end}") == np.full((2, 3, 3), 7)).all()


def with_size(data, height, width, is_sealed):
    """Return a PNG that claims another size, with the checksum of its header renewed where `is_sealed`."""
    header = struct.pack(">II", width, height) + data[24:29]
    sealed = chunk(b"IHDR", header)
    return data[:8] + (sealed if is_sealed else sealed[:-4] + data[29:33]) + data[33:]


def damaged(data, rng):
    """Return a PNG of 20 × 30 pixels with a few other bytes, cut off, or of another size by its header."""
    kind = rng.choice(["bytes", "end", "size"])
    if kind == "end":
        return data[: rng.integers(len(data))]
    if kind == "size":
        height, width = ((19, 30), (20, 29), (30, 20), (10, 60), (0, 30), (5000, 4000), (60000, 60000))[rng.integers(7)]
        return with_size(data, height, width, bool(rng.integers(2)))
    changed = np.frombuffer(data, np.uint8).copy()
    changed[rng.integers(len(data), size=rng.integers(1, 4))] ^= rng.integers(1, 256, dtype=np.uint8)
    return changed.tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_damaged_labels_are_refused_or_read_exactly(tmp_path, dtype):
    rng = np.random.default_rng(0)
    labels = rng.integers(200, size=(20, 30)).astype(dtype)
    path = tmp_path / "labels.png"
    Image.fromarray(labels).save(path)
    data = path.read_bytes()
    n_refused = 0
    for _ in range(300):
        path.write_bytes(damaged(data, rng))
        try:
            found = read_labels(path, labels.shape)
        except InputError as error:
            assert str(error).startswith(f"{path}: expected")
            n_refused += 1
        else:
            assert found.dtype == dtype and found.tolist() == labels.tolist()
    assert n_refused > 270


@pytest.mark.parametrize("end", ["png", "tif"])
@pytest.mark.parametrize("read", [read_labels, read_numbers])
def test_file_of_another_size_is_refused_before_it_takes_memory(tmp_path, monkeypatch, end, read):
    path = tmp_path / f"mask.{end}"
    Image.new("L" if read is read_labels else "RGB", (400, 900)).save(path)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(InputError, match="expected 40 × 60 pixels like the image, got 900 × 400"):
        read(path, (40, 60, 3))


def test_png_that_claims_a_huge_size_is_refused_before_it_takes_memory(tmp_path, monkeypatch):
    path = tmp_path / "labels.png"
    Image.new("L", (60, 40)).save(path)
    path.write_bytes(with_size(path.read_bytes(), 9000, 9000, is_sealed=True))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(InputError, match="expected 40 × 60 pixels like the image, got 9000 × 9000"):
        read_labels(path, (40, 60))
    path.write_bytes(with_size(path.read_bytes(), 60000, 60000, is_sealed=True))
    with pytest.raises(InputError, match=r"labels.png: expected grey labels .* cannot be read"):
        read_labels(path)


def test_missing_file_tells_of_others_of_its_name(tmp_path):
    for name in ("a[1].npy", "a[1].txt", "a1.npy"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"a\[1\].png: no such file; there, but not read: a\[1\].npy, a\[1\].txt$"):
        read_labels(tmp_path / "a[1].png")
    with pytest.raises(InputError, match=r"b.png: no such file$"):
        read_image(tmp_path / "b.png")
