"""Pictures of all formats, as the command that segments images of one's own reads them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from segmenting import COLOURS, GREY, png, tiff

from affinity_models import as_rgb
from bench.segment.pictures import read_picture
from partitioners import InputError

DEEP = GREY.astype(np.uint16) * 20 + 100


def turned(path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6  # to be turned by a quarter clockwise, which this undoes
    Image.fromarray(np.rot90(GREY)).save(path, exif=exif)


PLAIN = {
    "grey.png": lambda path: png(path, Image.fromarray(GREY)),
    "grey.bmp": lambda path: png(path, Image.fromarray(GREY)),
    "alpha.png": lambda path: png(path, Image.fromarray(np.dstack([GREY] * 3 + [GREY // 2]))),
    "palette.png": lambda path: png(path, Image.fromarray(np.dstack([GREY] * 3)).quantize(256)),
    "turned.png": turned,
    "deep.png": lambda path: png(path, Image.fromarray(DEEP)),
    "deep.tif": lambda path: tiff(path, DEEP),
    "big.tif": lambda path: tiff(path, DEEP, bigtiff=True, byteorder=">"),
    "float.tif": lambda path: tiff(path, GREY.astype(np.float32) / 255, compression="zlib"),
    "tiled.tif": lambda path: tiff(path, GREY, tile=(16, 16)),
    "green.tif": lambda path: tiff(
        path,
        GREY,
        photometric="palette",
        colormap=np.stack([np.zeros(256), np.arange(256) * 257, np.zeros(256)]).astype(np.uint16),
    ),
    "dark.tif": lambda path: tiff(path, 255 - GREY, photometric="miniswhite"),
    "image.ome.tif": lambda path: tiff(path, DEEP[None, None], metadata={"axes": "ZCYX"}),
}
COLOURED = {
    "rgb.png": lambda path: png(path, Image.fromarray(COLOURS)),
    "rgba.tif": lambda path: tiff(path, np.dstack([COLOURS, GREY]), photometric="rgb", extrasamples=["unassalpha"]),
    "planar.tif": lambda path: tiff(path, np.moveaxis(COLOURS, -1, 0), photometric="rgb", planarconfig="separate"),
    "deep.tif": lambda path: tiff(path, COLOURS.astype(np.uint16) * 20, photometric="rgb"),
    "rgb.webp": lambda path: png(path, Image.fromarray(COLOURS), lossless=True),
}


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        *((name, write, np.dstack([GREY] * 3)) for name, write in PLAIN.items()),
        *((name, write, COLOURS) for name, write in COLOURED.items()),
    ],
)
def test_one_image_is_the_same_in_all_formats(
    name: str, write: Callable[[Path], None], expected: np.ndarray, tmp_path: Path
) -> None:
    write(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert len(picture.planes) == 1 and not picture.axis
    np.testing.assert_array_equal(as_rgb(picture.planes[0])[0], expected)


def test_16_bits_of_colours_in_a_png_are_all_read(tmp_path: Path) -> None:
    codecs = pytest.importorskip("imagecodecs")
    (tmp_path / "deep.png").write_bytes(codecs.png_encode(COLOURS.astype(np.uint16) * 3 + 1))
    np.testing.assert_array_equal(read_picture(tmp_path / "deep.png").planes[0], COLOURS.astype(np.uint16) * 3 + 1)


STACK = np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]])


@pytest.mark.parametrize(
    "options",
    [
        {"photometric": "minisblack"},
        {"imagej": True, "metadata": {"axes": "ZYX"}},
        {"photometric": "minisblack", "metadata": {"axes": "TYX"}},
    ],
)
def test_which_planes_of_a_stack_are_meant_is_asked(options: dict, tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    tiff(path, STACK, **options)
    for planes in (None, "3", "-1", "first"):
        with pytest.raises(InputError, match=r"stack\.tif: 3 planes, .*say --planes all, max, or one of 0…2"):
            read_picture(path, planes)
    found = read_picture(path, "all")
    np.testing.assert_array_equal(found.planes, STACK)
    assert found.axis == ("T" if options.get("metadata", {}).get("axes") == "TYX" else "Z")
    np.testing.assert_array_equal(read_picture(path, "2").planes, STACK[2:])
    np.testing.assert_array_equal(read_picture(path, "max").planes[0], STACK.max(axis=0))


def test_frames_of_a_gif_are_a_stack(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.dstack([grey] * 3)) for grey in (GREY, GREY[::-1])]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="2 planes"):
        read_picture(tmp_path / "film.gif")


def test_which_channel_is_meant_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "stained.tif"
    tiff(path, STACK[:2], imagej=True, metadata={"axes": "CYX"})
    with pytest.raises(InputError, match="2 channels, and none is chosen: say --channel, one of 0…1"):
        read_picture(path)
    np.testing.assert_array_equal(read_picture(path, channel=1).planes, STACK[1:2])
    with pytest.raises(InputError, match="--channel: expected one of its 2, counted from 0, got 2"):
        read_picture(path, channel=2)
    png(tmp_path / "rgb.png", Image.fromarray(COLOURS))
    np.testing.assert_array_equal(read_picture(tmp_path / "rgb.png", channel=2).planes[0], COLOURS[..., 2])


def broken(path: Path) -> None:
    tiff(path, DEEP)
    path.write_bytes(path.read_bytes()[:-50])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_bytes(b"hello"), "of no kind that PIL or tifffile reads"),
        (broken, "cannot be read"),
        (lambda path: tiff(path, np.zeros((2, 2, 5, 5)), metadata={"axes": "TZYX"}), "got axes TZYX"),
        (lambda path: tifffile.imwrite(path, np.zeros((4, 5, 4), np.uint8), photometric="separated"), "got SEPARATED"),
        (lambda path: None, "No such file"),
    ],
)
def test_files_that_cannot_be_read_are_named(write: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    write(tmp_path / "image.tif")
    with pytest.raises(InputError, match=f"image.tif: .*{said}"):
        read_picture(tmp_path / "image.tif")


def test_pages_of_different_sizes_are_not_one_image(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "image.tif") as file:
        file.write(GREY)
        file.write(GREY[:5])
    with pytest.raises(InputError, match="expected one image or stack, got 2"):
        read_picture(tmp_path / "image.tif")
