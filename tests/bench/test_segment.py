"""The command that segments images of one's own, but for the files of affinities, which test_segment_affinities.py reads."""

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import label

from affinity_models import Segmenter, as_rgb
from bench.segment import exports, napari, outputs
from bench.segment.__main__ import main
from bench.segment.outlines import polygons
from bench.segment.pictures import PixelSize, read_picture
from partitioners import InputError, Segmentation

GREY = np.random.default_rng(0).integers(0, 256, (12, 10), dtype=np.uint8)
GREY[0, :2] = 0, 255
DEEP = GREY.astype(np.uint16) * 20 + 100
COLOURS = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])
BLOBS = np.zeros((12, 10), np.uint8)
BLOBS[1:4, 1:5], BLOBS[6:11, 4:8] = 200, 250


@pytest.fixture
def by_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bright pieces be the instances, in place of a network's."""

    def find(self: Segmenter, image: np.ndarray) -> tuple[Segmentation, int]:
        labels, number = label(image[..., 0] > 127)
        return Segmentation(labels, [1] * number, [0.5] * number), 0

    monkeypatch.setattr(Segmenter, "find", find)


def run(*arguments: object) -> int:
    """Exit code of the command."""
    try:
        main(list(map(str, arguments)))
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a table."""
    return list(csv.DictReader(io.StringIO(path.read_text())))


def png(path: Path, image: Image.Image, **options: object) -> None:
    image.save(path, **options)


def tiff(path: Path, values: np.ndarray, **options: object) -> None:
    tifffile.imwrite(path, values, **options)


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


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"imagej": True, "resolution": (4, 2), "metadata": {"unit": "um", "axes": "YX"}}, PixelSize(0.25, 0.5, "um")),
        (
            {"imagej": True, "resolution": (4, 2), "metadata": {"unit": "\\u00B5m", "axes": "YX"}},
            PixelSize(0.25, 0.5, "um"),
        ),
        (
            {"ome": True, "metadata": {"PhysicalSizeX": 0.25, "PhysicalSizeY": 0.5, "axes": "YX"}},
            PixelSize(0.25, 0.5, "um"),
        ),
        ({"resolution": (300, 300), "resolutionunit": "INCH"}, PixelSize(1 / 300, 1 / 300, "inch")),
        ({}, None),
    ],
)
def test_labels_have_the_size_of_the_images_pixels(
    options: dict, size: PixelSize | None, by_threshold: None, tmp_path: Path
) -> None:
    tiff(tmp_path / "cells.tif", BLOBS.astype(np.uint16), **options)
    assert run(tmp_path / "cells.tif", "--weights", "nuclei", "--output", tmp_path / "out") == 0
    with tifffile.TiffFile(tmp_path / "out/labels/cells.tif") as file:
        assert file.is_imagej and file.pages[0].dtype == np.uint16
        np.testing.assert_array_equal(file.asarray(), label(BLOBS)[0])
        assert (file.imagej_metadata or {}).get("unit") == (size and size.unit)
        density = [file.pages[0].tags[name].value for name in ("XResolution", "YResolution")]
    if size is not None:
        assert [parts / whole for whole, parts in density] == pytest.approx([size.width, size.height])
        assert read_picture(tmp_path / "out/labels/cells.tif").pixel == pytest.approx(size)


def test_stacks_stay_stacks_and_numbers_go_on(by_threshold: None, tmp_path: Path) -> None:
    planes = np.stack([BLOBS, BLOBS[::-1]])
    tiff(
        tmp_path / "z.tif", planes, imagej=True, resolution=(2, 2), metadata={"unit": "um", "spacing": 3, "axes": "ZYX"}
    )
    output = tmp_path / "out"
    assert run(tmp_path / "z.tif", "--planes", "all", "--weights", "nuclei", "--output", output, "--geojson") == 0
    with tifffile.TiffFile(output / "labels/z.tif") as file:
        assert file.series[0].axes == "ZYX" and file.imagej_metadata["spacing"] == 3
        labels = file.asarray()
    assert [np.unique(plane).tolist() for plane in labels] == [[0, 1, 2], [0, 3, 4]]
    table = rows(output / "tables/z.csv")
    assert [(row["label"], row["front"], row["depth"], row["z"]) for row in table] == [
        ("1", "0", "1", "0.00"),
        ("2", "0", "1", "0.00"),
        ("3", "1", "1", "1.00"),
        ("4", "1", "1", "1.00"),
    ]
    assert tifffile.imread(output / "overlays/z.tif").shape == (2, 12, 10, 3)
    features = json.loads((output / "geojson/z.geojson").read_text())["features"]
    assert [feature["geometry"]["plane"]["z"] for feature in features] == [0, 0, 1, 1]


def test_more_labels_than_16_bits_hold_are_written_with_32() -> None:
    labels = np.arange(1, 70_001, dtype=np.int32).reshape(1, 200, 350)
    found = outputs.Found(labels, ("a",) * 70_000, None, pixel=PixelSize(0.5, 0.5, "um"))
    with tifffile.TiffFile(io.BytesIO(outputs.label_image(found))) as file:
        assert file.pages[0].dtype == np.uint32 and file.imagej_metadata["unit"] == "um"
        np.testing.assert_array_equal(file.asarray(), labels[0])


def test_all_outputs_say_the_same(by_threshold: None, tmp_path: Path) -> None:
    png(tmp_path / "cells.png", Image.fromarray(BLOBS))
    output = tmp_path / "out"
    assert run(tmp_path, "--weights", "nuclei", "--output", output, "--geojson", "--coco") == 0
    first, second = rows(output / "tables/cells.csv")
    assert list(first.values()) == ["1", "nucleus", "0.5000", "12", "1", "1", "4", "3", "2.50", "2.00"]
    assert [second[name] for name in ("left", "top", "width", "height", "area")] == ["4", "6", "4", "5", "20"]
    assert np.asarray(Image.open(output / "overlays/cells.png")).shape == (12, 10, 3)
    feature = json.loads((output / "geojson/cells.geojson").read_text())["features"][0]
    assert feature["geometry"] == {"type": "Polygon", "coordinates": [[[1, 1], [5, 1], [5, 4], [1, 4], [1, 1]]]}
    assert feature["properties"]["classification"] == {"name": "nucleus"}
    coco = json.loads((output / "coco.json").read_text())
    assert coco["categories"] == [{"id": 1, "name": "nucleus"}]
    assert [annotation["bbox"] for annotation in coco["annotations"]] == [[1, 1, 4, 3], [4, 6, 4, 5]]
    for annotation in coco["annotations"]:
        counts = annotation["segmentation"]["counts"]
        mask = np.repeat(np.arange(len(counts)) % 2, counts).reshape(10, 12).T
        np.testing.assert_array_equal(mask, label(BLOBS)[0] == annotation["label"])
        assert annotation["area"] == mask.sum() and annotation["score"] == 0.5


@pytest.mark.parametrize("density", [0.3, 0.5, 0.8])
def test_outlines_enclose_their_pixels_and_no_others(density: float) -> None:
    mask = np.random.default_rng(0).random((30, 40)) < density
    inside = np.zeros(mask.shape, int)
    for outer, *holes in polygons(mask, left=5, top=7):
        for ring in (outer, *holes):
            assert ring[0] == ring[-1] and max(Counter(map(tuple, ring[1:])).values()) == 1
            for (x, y), (next_x, next_y) in pairwise(ring):
                if x == next_x:  # a side from y to y: crossing it to the left goes in, or out
                    rows = slice(min(y, next_y) - 7, max(y, next_y) - 7)
                    inside[rows, x - 5 :] += 1 if next_y < y else -1
    np.testing.assert_array_equal(inside, mask)


def test_run_lengths_hold_for_any_mask() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (7, 9))
    coco = exports.Coco()
    coco.add("x.png", labels, ["a", "b"], [None, 0.25])
    for annotation in json.loads(coco.content())["annotations"]:
        counts = annotation["segmentation"]["counts"]
        mask = np.repeat(np.arange(len(counts)) % 2, counts).reshape(9, 7).T
        np.testing.assert_array_equal(mask, labels == annotation["label"])


def test_one_bad_file_stops_no_other_and_what_is_done_stays(
    by_threshold: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, output = tmp_path / "images", tmp_path / "images/out"
    (folder / "deeper").mkdir(parents=True)
    for name in ("a.png", "deeper/a.png", "b.png"):
        png(folder / name, Image.fromarray(BLOBS))
    (folder / "bad.png").write_bytes((folder / "a.png").read_bytes()[:60])
    (folder / "notes.txt").write_text("no image")
    command = (folder, "--weights", "nuclei", "--output", output)
    assert run(*command) == 1
    captured = capsys.readouterr()
    assert "3 files with 6 objects" in captured.out and "before" not in captured.out
    assert f"error: {folder / 'bad.png'}: " in captured.err and "1 of 4 files failed" in captured.err
    assert {path.relative_to(output / "labels").as_posix() for path in (output / "labels").rglob("*.tif")} == {
        "a.tif",
        "b.tif",
        "deeper/a.tif",
    }
    png(folder / "bad.png", Image.fromarray(BLOBS))
    png(folder / "b.png", Image.fromarray(BLOBS[::-1]))
    (output / "tables/deeper/a.csv").unlink()
    assert run(*command) == 0
    out = capsys.readouterr().out
    assert "3 files with 6 objects" in out and "1 files were done before" in out and "\na:" not in out
    assert run(*command, "--scale", 2) == 0
    assert "before" not in capsys.readouterr().out


def test_an_error_of_one_image_is_told_with_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(self: Segmenter, image: np.ndarray) -> None:
        raise RuntimeError("not enough memory")

    monkeypatch.setattr(Segmenter, "find", find)
    png(tmp_path / "a.png", Image.fromarray(BLOBS))
    assert run(tmp_path / "a.png", "--weights", "nuclei", "--output", tmp_path / "out") == 1
    assert f"error: {tmp_path / 'a.png'}: RuntimeError: not enough memory" in capsys.readouterr().err


def test_files_that_share_a_stem_keep_their_extension(by_threshold: None, tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp", "b.png"):
        png(tmp_path / name, Image.fromarray(BLOBS))
    assert run(tmp_path, "--weights", "nuclei", "--output", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out/labels").iterdir()) == ["a.bmp.tif", "a.png.tif", "b.tif"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "PATH, --affinities: expected one of the two"),
        (["a.png", "--affinities", "a.npy"], "PATH, --affinities: expected one of the two"),
        (["a.png"], "--weights: expected"),
        (["a.png", "--weights", "nuclei", "--offsets", "forward"], "--offsets: expected with --affinities only"),
        (["--affinities", "a.npy", "--channel", "1"], "--channel: expected with images only"),
        (["nothing.png", "--weights", "nuclei"], "nothing.png: no such file or folder"),
        (["empty", "--weights", "nuclei"], "empty: expected images"),
        (["a.png", "other/a.png", "--weights", "nuclei"], "expected files of different names"),
        (["a.png", "--weights", "nuclei", "--output", "a.png/out"], "--output a.png/out: cannot be written to"),
    ],
)
def test_mistakes_are_told_before_the_work(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (Path("empty"), Path("other")):
        folder.mkdir()
    for path in (Path("a.png"), Path("other/a.png")):
        png(path, Image.fromarray(BLOBS))
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        main(arguments)


def test_a_colour_image_is_remarked_on_where_the_network_knows_grey(
    by_threshold: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    png(tmp_path / "a.png", Image.fromarray(COLOURS))
    assert run(tmp_path / "a.png", "--weights", "nuclei", "--output", tmp_path / "out") == 0
    assert "trained on grey: --channel 0, 1 or 2" in capsys.readouterr().out


def test_neither_asv_nor_evaluators_are_needed(tmp_path: Path) -> None:
    png(tmp_path / "a.png", Image.fromarray(BLOBS))
    hidden = (
        "asv",
        "cityscapesscripts",
        "jinja2",
        "matplotlib",
        "pandas",
        "rich",
        "skimage",
        "tabulate",
        "imagecodecs",
    )
    code = f"""\
import sys
sys.modules.update(dict.fromkeys({hidden}))
from bench.__main__ import main
main(["segment", {str(tmp_path)!r}, "--weights", "nuclei", "--coco", "--output", {str(tmp_path / "out")!r}])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 files with" in done.stdout and (tmp_path / "out/labels/a.tif").exists()


def test_a_missing_package_is_one_line_with_its_extra() -> None:
    code = "import sys; sys.modules['tifffile'] = None; from bench.__main__ import main; main(['segment', '.', '--weights', 'nuclei'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: segment needs tifffile: pip install 'affinity-bench[segment]'\n"


def layer(data: np.ndarray, rgb: bool = False) -> SimpleNamespace:
    rank = data.ndim - rgb
    return SimpleNamespace(
        name="cells", data=data, rgb=rgb, multiscale=False, scale=np.arange(1, rank + 1), translate=np.zeros(rank)
    )


def test_napari_gets_labels_where_the_image_lies(by_threshold: None) -> None:
    for data, rgb in ((BLOBS, False), (np.dstack([BLOBS] * 3), True), (np.stack([BLOBS, BLOBS]), False)):
        labels, options, kind = napari.segment_image(layer(data, rgb))
        assert kind == "labels" and labels.shape == (data.shape[:2] if rgb else data.shape)
        assert len(options["features"]["class"]) == labels.max() == (4 if data.ndim > 2 and not rgb else 2)
        assert len(options["scale"]) == labels.ndim
    with pytest.raises(InputError, match="expected a plane or a stack"):
        napari.segment_image(layer(BLOBS[None, None]))


def test_napari_cuts_affinities() -> None:
    joined = np.broadcast_to(BLOBS > 0, (2, 12, 10)).astype(np.float32)
    labels, options, kind = napari.partition_affinities(layer(joined), offsets="backward", min_size=2)
    assert kind == "labels" and labels.shape == (12, 10) and labels.max() == 2
    assert options["scale"].tolist() == [2, 3]


def test_the_manifest_of_the_plug_in_names_functions_that_there_are() -> None:
    manifest = Path(napari.__file__).with_suffix(".yaml")
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'affinity-bench = "bench.segment:{manifest.name}"' in project
    found = re.findall(r"python_name: bench\.segment\.napari:(\w+)", manifest.read_text())
    assert found == ["segment_image", "partition_affinities"] and all(hasattr(napari, name) for name in found)


def test_napari_can_read_the_manifest() -> None:
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_file(Path(napari.__file__).with_suffix(".yaml"))
    manifest.validate_imports()
    widgets = [(widget.command, widget.autogenerate) for widget in manifest.contributions.widgets]
    assert widgets == [("affinity-bench.segment", True), ("affinity-bench.partition", True)]


@pytest.mark.skipif(find_spec("napari") is None, reason="needs napari")
def test_napari_itself_takes_the_layers(by_threshold: None) -> None:
    from napari.components import ViewerModel
    from napari.layers import Layer

    viewer = ViewerModel()
    image = viewer.add_image(BLOBS, scale=(2, 3), translate=(4, 5))
    made = Layer.create(*napari.segment_image(image))
    viewer.add_layer(made)
    assert made.data.max() == 2 and made.scale.tolist() == [2, 3] and made.translate.tolist() == [4, 5]
    assert made.features["class"].tolist() == ["nucleus", "nucleus"]
