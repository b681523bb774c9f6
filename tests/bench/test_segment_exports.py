"""Labels, tables, outlines and masks that the command writes for images of one's own."""

import io
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import label
from segmenting import BLOBS, png, rows, run, tiff

from bench.segment import exports, outputs
from bench.segment.outlines import polygons
from bench.segment.pictures import PixelSize, read_picture


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


@pytest.mark.parametrize("axis", ["Z", "T"])
def test_stacks_stay_stacks_and_numbers_go_on(axis: str, by_threshold: None, tmp_path: Path) -> None:
    planes = np.stack([BLOBS, BLOBS[::-1]])
    tiff(
        tmp_path / "z.tif",
        planes,
        imagej=True,
        resolution=(2, 2),
        metadata={"unit": "um", "spacing": 3, "axes": f"{axis}YX"},
    )
    output = tmp_path / "out"
    assert run(tmp_path / "z.tif", "--planes", "all", "--weights", "nuclei", "--output", output, "--geojson") == 0
    with tifffile.TiffFile(output / "labels/z.tif") as file:
        assert file.series[0].axes == f"{axis}YX" and file.imagej_metadata["spacing"] == 3
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
    assert [feature["geometry"]["plane"][axis.lower()] for feature in features] == [0, 0, 1, 1]


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
