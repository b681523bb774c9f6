"""Example images: what is wrong with an instance, and the file that keeps them."""

import base64
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from published import merged, perfect, scene, split

from bench import examples
from bench.examples import Example
from partitioners import Segmentation


def test_instances_say_what_is_wrong_with_them() -> None:
    sample = scene("first")
    assert [one["state"] for one in examples.states(sample, perfect(sample))] == ["right"] * 4
    found = examples.states(sample, split(sample))
    assert [one["state"] for one in found] == ["right", "class", "part", "part", "unscored", "false"]
    assert [one["true"] for one in found] == [1, 2, 3, 3, 0, 0]
    assert examples.states(sample, merged(sample))[1] == {"state": "merged", "true": 1, "iou": 0.5}


def test_an_image_without_instances_has_none_that_are_right() -> None:
    sample = scene("first")
    labels = np.zeros(sample.size, np.int32)
    nothing = Segmentation(labels, np.empty(0, np.int32), np.empty(0, np.float32))
    assert examples.states(sample, nothing) == []


def test_names_are_spread_evenly() -> None:
    names = list("abcdefg")
    assert examples.spread(names, 3) == ["a", "d", "g"]
    assert examples.spread(names, 2) == ["a", "g"]
    assert examples.spread(["a"], 2) == ["a"] and examples.spread([], 2) == []


def test_labels_above_255_and_large_images_are_kept(tmp_path: Path) -> None:
    sample = scene("first")
    labels = np.arange(80 * 120, dtype=np.int32).reshape(80, 120)
    many = Segmentation(labels, np.ones(80 * 120 - 1, np.int32), np.ones(80 * 120 - 1, np.float32))
    path = tmp_path / examples.FILE
    examples.write(path, [Example("title", sample, {"many": many})])
    (one,) = examples.read(path)
    assert (one["title"], one["name"], one["found"][0]["name"]) == ("title", "first", "many")
    assert one["image"].startswith("data:image/jpeg;base64,")
    content = base64.b64decode(one["found"][0]["labels"].removeprefix("data:image/png;base64,"))
    stored = np.asarray(Image.open(io.BytesIO(content))).astype(int)
    np.testing.assert_array_equal(stored[..., 0] + 256 * stored[..., 1], labels)
    first = path.read_bytes()
    examples.write(path, [Example("title", sample, {"many": many})])
    assert path.read_bytes() == first
    assert len(zipfile.ZipFile(path).namelist()) == 4


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert examples.read(tmp_path / examples.FILE) == []
