"""The street generator: the same scenes everywhere, in the layout of Cityscapes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label
from PIL import Image

from affinity_models.data.street.camera import Camera
from affinity_models.data.street.raster import polygon_mask
from affinity_models.data.street.writer import DIGEST, SPLITS, digest, frame, generate
from bench.statistics import instance_table
from partitioners import InputError

pytestmark = pytest.mark.slow

THINGS = {"person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"}
STUFF = {"road", "sidewalk", "building", "vegetation", "sky", "pole", "terrain", "traffic sign", "traffic light"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("street")
    generate(folder, "val", 12, progress=False, workers=2)
    return folder


def pixels(root: Path, kind: str) -> list[np.ndarray]:
    return [np.asarray(Image.open(path)) for path in sorted(root.glob(f"*/val/street/*_{kind}.png"))]


def test_the_first_images_are_the_committed_ones() -> None:
    assert digest("val") == DIGEST


def test_an_image_depends_on_seed_split_and_number_only(root: Path, tmp_path: Path) -> None:
    generate(tmp_path, "val", 2, progress=False)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert len(made) == 2 * 5 + 1
    assert all((tmp_path / path).read_bytes() == (root / path).read_bytes() for path in made)
    first = frame("val", 0).image
    for other in (frame("train", 0), frame("val", 1), frame("val", 0, seed=1)):
        assert (first != other.image).any()


def test_only_missing_images_are_written(tmp_path: Path) -> None:
    generate(tmp_path, "train", 1, progress=False)
    (image,) = tmp_path.rglob("*_leftImg8bit.png")
    image.write_bytes(b"kept")
    generate(tmp_path, "train", 2, progress=False)
    assert image.read_bytes() == b"kept"
    assert len(list(tmp_path.rglob("*_leftImg8bit.png"))) == 2


@pytest.mark.parametrize(
    ("folder", "kind", "mode"),
    [
        ("leftImg8bit", "leftImg8bit", "RGB"),
        ("gtFine", "gtFine_instanceIds", "I;16"),
        ("gtFine", "gtFine_labelIds", "L"),
        ("disparity", "disparity", "I;16"),
    ],
)
def test_images_are_of_the_types_of_cityscapes(root: Path, folder: str, kind: str, mode: str) -> None:
    with Image.open(root / folder / f"val/street/street_000003_000019_{kind}.png") as image:
        assert (image.mode, image.size) == (mode, (1024, 512))


def test_instance_ids_and_label_ids_agree(root: Path) -> None:
    for instances, labels in zip(pixels(root, "instanceIds"), pixels(root, "labelIds"), strict=True):
        of_instance = np.where(instances >= 1000, instances // 1000, instances)
        assert (of_instance == labels).all()
        assert all(id2label[value // 1000].hasInstances for value in np.unique(instances) if value >= 1000)


def test_all_things_groups_void_and_most_stuff_occur(root: Path) -> None:
    ids = set(np.unique(np.concatenate(pixels(root, "instanceIds"))).tolist())
    labels = {id2label[value] for value in ids if value < 1000}
    assert {id2label[value // 1000].name for value in ids if value >= 1000} == THINGS
    names = {label.name for label in labels}
    assert names >= STUFF | {"ego vehicle", "static", "dynamic"}
    assert names & THINGS  # groups


def test_occluders_split_instances_and_crowds_touch(root: Path) -> None:
    tables = [
        instance_table(np.where(ids >= 1000, ids, 0), np.where(ids >= 1000, ids // 1000, ids), 25)
        for ids in (layer.astype(np.int64) for layer in pixels(root, "instanceIds"))
    ]
    assert any((table["pieces"] > 1).any() for table in tables)
    assert any(table["touching"].any() for table in tables)


def test_every_rider_comes_with_a_cycle(root: Path) -> None:
    for labels in pixels(root, "labelIds"):
        assert 25 not in labels or {32, 33} & set(np.unique(labels).tolist())


def test_disparity_gives_the_distance_of_the_road(root: Path) -> None:
    camera = json.loads((root / "camera/val/street/street_000000_000019_camera.json").read_text())
    assert camera["extrinsic"]["baseline"] == 0.209313
    disparity, labels = pixels(root, "disparity")[0], pixels(root, "labelIds")[0]
    rows, columns = np.nonzero(labels == 7)
    disparities = (disparity[rows, columns] - 1.0) / 256
    distance = camera["extrinsic"]["baseline"] * camera["intrinsic"]["fx"] / disparities
    below_horizon = rows + 0.5 - camera["intrinsic"]["v0"]
    expected = camera["intrinsic"]["fy"] * camera["extrinsic"]["z"] / below_horizon
    near = expected < 50
    np.testing.assert_allclose(distance[near], expected[near], rtol=0.01)
    assert (disparity[np.isin(labels, [1, 23])] == 0).all()  # neither the hood nor the sky has one


def test_camera_projects_and_its_ground_comes_back() -> None:
    camera = Camera(height=1.5, horizon=200.0, yaw=0.1)
    first, x, z, depth = camera.ground()
    position, again = camera.project(np.array([[x[50, 300], 0.0, z[50, 300]]]))
    np.testing.assert_allclose(position, [[300.5, first + 50.5]])
    np.testing.assert_allclose(again, depth[50, 300])


def test_polygon_mask_follows_the_even_odd_rule_at_pixel_centres() -> None:
    outer = np.array([[1, 1], [5, 1], [5, 5], [1, 5], [1, 1]], float)
    inner = np.array([[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]], float)
    found = polygon_mask(np.concatenate([outer, inner]))
    assert found is not None
    window, mask = found
    assert window == (slice(1, 5), slice(1, 5))
    assert mask.tolist() == [[True] * 4, [True, False, False, True], [True, False, False, True], [True] * 4]
    assert polygon_mask(outer - 20) is None


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    generate(tmp_path, "val", 1, progress=False)
    with pytest.raises(InputError, match=r"root: expected scenes of version 1 and seed 1, got .*'seed': 0"):
        generate(tmp_path, "val", 1, seed=1, progress=False)
    (tmp_path / "street.json").write_text("{")
    with pytest.raises(InputError, match=r"expected JSON in .*street\.json"):
        generate(tmp_path, "val", 1, progress=False)
    (tmp_path / "street.json").unlink()
    with pytest.raises(InputError, match=r"root: expected an empty folder or one with street\.json"):
        generate(tmp_path, "val", 1, progress=False)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"split": "test"}, "split: expected"), ({"count": 0}, "count: expected"), ({"workers": 0}, "workers: expected")],
)
def test_wrong_arguments_are_named(tmp_path: Path, wrong: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate(**{"root": tmp_path / "new", "split": SPLITS[0], "count": 1, "progress": False} | wrong)
    assert not (tmp_path / "new").exists()


def test_the_command_line_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "bench.street", "--output", str(tmp_path / "file"), "--count", "1"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert run.returncode == 2
    assert (
        run.stderr.startswith(f"error: --output {tmp_path / 'file'}: cannot be written to")
        and run.stderr.count("\n") == 1
    )
