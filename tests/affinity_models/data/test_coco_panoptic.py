"""COCO's panoptic format."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from affinity_models.data import CocoPanoptic
from partitioners import InputError


def read(root):
    return CocoPanoptic(root, "val2017")


def edit(root, change):
    """Change the content of the JSON; annotation 1 is that of the first image, 005."""
    path = root / "annotations/panoptic_val2017.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_ground_truth_by_hand(coco_root):
    dataset = read(coco_root)
    assert dataset.names() == ["005", "009"]
    assert dataset.classes.names == ("grass", "cat", "dog") and dataset.classes.is_thing == (False, True, True)
    sample = dataset.read("005")
    assert sample.semantic.tolist() == [[-1, 1, 2], [2, 1, 0]]
    assert sample.instances.tolist() == [[0, 1, 2], [0, 1, 0]]
    assert sample.crowd.tolist() == [[False] * 3, [True, False, False]]
    assert (sample.image == 9).all()


def test_pngs_may_lie_beside_the_annotations(coco_root):
    before = read(coco_root).read("005").semantic
    shutil.move(coco_root / "annotations/panoptic_val2017", coco_root / "panoptic_val2017")
    assert (read(coco_root).read("005").semantic == before).all()


@pytest.mark.parametrize("folder", ["val2017", "annotations/panoptic_val2017"])
def test_missing_folder_is_named(coco_root, folder):
    shutil.rmtree(coco_root / folder)
    with pytest.raises(InputError, match=f"root: expected SPLIT.*found no folder {coco_root / folder}"):
        read(coco_root)


def test_unknown_split_lists_those_there_are(coco_root):
    with pytest.raises(InputError, match="split: expected one of val2017, got 'val'"):
        CocoPanoptic(coco_root, "val")


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", "null", '{"images": [], "annotations": [], "categories": []}', '{"categories": [{"id": 1}]}'],
)
def test_broken_json_is_named(coco_root, content):
    (coco_root / "annotations/panoptic_val2017.json").write_text(content)
    with pytest.raises(InputError, match=r"panoptic_val2017.json: "):
        read(coco_root)


def test_categories_of_one_name_are_refused(coco_root):
    edit(coco_root, lambda content: content["categories"][0].update(name="cat"))
    with pytest.raises(InputError, match=r"panoptic_val2017.json: classes: expected unique names"):
        read(coco_root)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda content: content["categories"][2].update(id=17), "categories: expected unique ids, got 17 more"),
        (lambda content: content["images"][1].update(id=9), "images: expected unique ids, got 9 more"),
        (
            lambda content: content["images"][1].update(file_name="009.png"),
            "images: expected unique file names, got '009.png' more",
        ),
        (
            lambda content: content["annotations"][0].update(file_name="005.jpg"),
            "annotations: expected unique file names, got '005' more",
        ),
        (lambda content: content["annotations"][0].update(image_id=5), "annotations: expected unique image ids, got 5"),
        (lambda content: content["annotations"].clear(), "annotations: expected at least one, got none"),
    ],
)
def test_entries_of_one_name_are_refused(coco_root, change, problem):
    edit(coco_root, change)
    with pytest.raises(InputError, match=f"panoptic_val2017.json: {problem}"):
        read(coco_root)


@pytest.mark.parametrize(
    ("change", "file", "problem"),
    [
        (lambda entry: entry["segments_info"].pop(0), "panoptic_val2017/005.png", "[1] are only in the PNG"),
        (lambda entry: entry["segments_info"].append({"id": 4, "category_id": 17}), "005.png", "[4] only in the JSON"),
        (lambda entry: entry["segments_info"][0].update(category_id=99), "panoptic_val2017.json", "KeyError(99)"),
        (
            lambda entry: entry["segments_info"].append({"id": 1, "category_id": 18}),
            "panoptic_val2017.json",
            "annotation of 005: segments_info: expected unique ids, got 1 more than once",
        ),
        (lambda entry: entry["segments_info"][0].pop("id"), "panoptic_val2017.json", "KeyError('id')"),
        (lambda entry: entry.pop("segments_info"), "panoptic_val2017.json", "annotation of 005"),
        (lambda entry: entry.update(segments_info=[3]), "panoptic_val2017.json", "annotation of 005"),
        (lambda entry: entry.update(image_id=77), "panoptic_val2017.json", "KeyError(77)"),
    ],
)
def test_annotation_that_does_not_fit_is_left_out(coco_root, assert_left_out, change, file, problem):
    edit(coco_root, lambda content: change(content["annotations"][1]))
    assert_left_out(read(coco_root), file, problem)


@pytest.mark.parametrize(
    ("file", "damage", "problem"),
    [
        ("annotations/panoptic_val2017/005.png", lambda path: path.unlink(), "no such file"),
        (
            "annotations/panoptic_val2017/005.png",
            lambda path: path.write_bytes(path.read_bytes()[:50]),
            "cannot be read",
        ),
        ("annotations/panoptic_val2017/005.png", lambda path: Image.new("L", (3, 2)).save(path), "got PIL's mode 'L'"),
        ("annotations/panoptic_val2017/005.png", lambda path: Image.new("RGB", (3, 1)).save(path), "got 1 × 3"),
        ("val2017/005.png", lambda path: path.unlink(), "no such file"),
    ],
)
def test_damaged_file_is_left_out(coco_root, assert_left_out, file, damage, problem):
    damage(coco_root / file)
    assert_left_out(read(coco_root), str(coco_root / file), problem)


def test_stuff_and_crowd_only_have_no_instances(coco_root, tiny):
    tiny.save(coco_root / "annotations/panoptic_val2017/005.png", np.full((2, 3, 3), (2, 0, 0)))
    edit(coco_root, lambda content: content["annotations"][1].update(segments_info=[{"id": 2, "category_id": 193}]))
    assert not read(coco_root).read("005").instances.any()
