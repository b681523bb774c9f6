"""What holds for every data set. A new one needs a tiny example of itself in conftest.py."""

import inspect
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from affinity_models.data import DATASETS, Dataset
from bench.check.datasets import CHECKS, perfect
from bench.check.promises import Broken, title
from partitioners import InputError

ENTRIES = {name: DATASETS.entry(name) for name in DATASETS.names()}
NAMES = [name for name, entry in ENTRIES.items() if entry.factory.__module__.startswith("affinity_models.data.")]


@pytest.fixture(params=NAMES)
def dataset(request, dataset_parameters):
    return DATASETS.create(request.param, **dataset_parameters(request.param))


def test_all_are_registered():
    assert NAMES == ["cityscapes", "coco-panoptic", "nuclei", "pyramids", "street", "volumes"]
    assert all(DATASETS.unavailable(name) is None for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_promise(check, name, dataset_parameters):
    parameters = dataset_parameters(name)
    check(lambda: DATASETS.create(name, **parameters), limit=2)


def test_names_are_sorted(dataset):
    names = dataset.names()
    assert len(names) == 2
    assert names == sorted(names)


def test_images_are_read_only_and_show_several_instances(dataset):
    for sample in dataset.samples():
        arrays = (sample.image, sample.semantic, sample.instances, sample.instance_classes)
        assert not any(array.flags.writeable for array in arrays)
        assert sample.instances.max() > 1


def test_some_have_figures_of_merit_and_distances(dataset):
    name = type(dataset).__name__
    sample = dataset.read(dataset.names()[0])
    figures = dataset.figures_of_merit([(sample, perfect(sample))])
    expected = {"Cityscapes": ["AP", "AP50"], "Street": ["AP", "AP50"], "Nuclei": ["CSI", "CSI50"]}
    assert list(figures) == expected.get(name, [])
    assert (dataset.distance(sample.name) is not None) == (name in ("Cityscapes", "Street"))


@pytest.mark.parametrize(
    ("name", "file", "pixel", "value"),
    [
        ("cityscapes", "leftImg8bit/val/bonn/bonn_000000_000019_leftImg8bit.png", (0, 0), 99),
        ("cityscapes", "gtFine/val/bonn/bonn_000000_000019_gtFine_instanceIds.png", (2, 3), 26_000),
        ("cityscapes", "disparity/val/bonn/bonn_000000_000019_disparity.png", (0, 0), 99),
        ("coco-panoptic", "val2017/009.png", (0, 0), 99),
        ("coco-panoptic", "annotations/panoptic_val2017/009.png", (0, 0), (1, 0, 0)),
        ("nuclei", "images/b.png", (0, 0), 99),
        ("nuclei", "masks/b.png", (0, 0), 300),
        ("pyramids", "images/y.png", (0, 0), 99),
        ("pyramids", "instances/y.png", (1, 2), 0),
        ("pyramids", "semantic/y.png", (0, 0), 255),
    ],
)
def test_a_revision_changes_with_a_pixel_of_the_image_or_its_truth(name, file, pixel, value, dataset_parameters):
    """Even where the file keeps its time."""
    parameters = dataset_parameters(name)
    path, image = parameters["root"] / file, DATASETS.create(name, **parameters).names()[1]
    revisions = [DATASETS.create(name, **parameters).revision(image) for _ in range(2)]
    with Image.open(path) as opened:
        pixels = np.array(opened)
    pixels[pixel], status = value, path.stat()
    Image.fromarray(pixels).save(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    revisions.append(DATASETS.create(name, **parameters).revision(image))
    assert revisions[0] == revisions[1] != revisions[2]


def test_a_revision_changes_with_a_segment_in_json(coco_root):
    def revision():
        return DATASETS.create("coco-panoptic", root=coco_root, split="val2017").revision("009")

    before, path = revision(), coco_root / "annotations/panoptic_val2017.json"
    path.write_text(path.read_text().replace('"iscrowd": 1', '"iscrowd": 0'))
    assert revision() != before


def test_unknown_image_is_refused(dataset):
    with pytest.raises(InputError, match="no image 'nowhere'"):
        dataset.read("nowhere")


def test_pickles_for_worker_processes(dataset):
    assert pickle.loads(pickle.dumps(dataset)) == dataset


@pytest.mark.parametrize("name", [name for name in NAMES if "stride" in ENTRIES[name].parameters])
@pytest.mark.parametrize("stride", [0, 1.5, "2", True])
def test_stride_must_be_a_whole_number(name, stride, dataset_parameters):
    with pytest.raises(InputError, match="stride: expected a whole number"):
        DATASETS.create(name, **dataset_parameters(name), stride=stride)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"street", "volumes"}))
class TestRoot:
    def refused(self, name, root):
        split = {"split": "val2017"} if name == "coco-panoptic" else {}
        with pytest.raises(InputError) as error:
            DATASETS.create(name, root=root, **split)
        return str(error.value)

    def test_missing_root_tells_the_layout(self, name, tmp_path):
        layout = inspect.getmodule(DATASETS.entry(name).factory).LAYOUT
        message = self.refused(name, tmp_path / "nowhere")
        assert layout in message and f"'{tmp_path / 'nowhere'}' does not exist" in message

    def test_empty_root_tells_the_layout(self, name, tmp_path):
        assert inspect.getmodule(DATASETS.entry(name).factory).LAYOUT in self.refused(name, tmp_path)

    def test_file_as_root(self, name, tmp_path):
        (tmp_path / "file").touch()
        assert "is a file" in self.refused(name, tmp_path / "file")

    @pytest.mark.parametrize("root", [None, 3, ""])
    def test_no_path_as_root(self, name, root):
        assert self.refused(name, root) == f"root: expected a folder, got {root!r}"


def test_import_is_light_and_loads_nothing_above():
    code = "import sys, affinity_models.data as data; data.names(); print([name for name in ('PIL', 'cityscapesscripts', 'torch', 'bench') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


class Spoilt(Dataset):
    """A data set of which one member is replaced."""

    def __init__(self, whole, **members):
        self.whole, self.classes, self.stride = whole, whole.classes, whole.stride
        vars(self).update(members)

    def names(self):
        return self.whole.names()

    def read(self, name):
        return self.whole.read(name)

    def __reduce__(self):
        return Spoilt, (self.whole,)


def spoil(whole, **layers):
    """Return a `read` that replaces layers of samples."""
    return lambda name: replace(whole.read(name), **layers)


SPOILT = [
    ("names", lambda whole: {"names": lambda: ["one", "one"]}),
    ("names", lambda whole: {"names": list}),
    ("names", lambda whole: {"names": lambda: [1, 2]}),
    ("names", lambda whole: {"names": iter([["a"], ["b"], ["c"]]).__next__}),
    ("classes and stride", lambda whole: {"stride": 0.5}),
    ("classes and stride", lambda whole: {"classes": ("background", "nucleus")}),
    ("samples", lambda whole: {"read": lambda name: name}),
    ("samples", lambda whole: {"read": spoil(whole, name="other")}),
    ("samples", lambda whole: {"read": spoil(whole, image=np.zeros((2, 2, 3), int))}),
    ("samples", lambda whole: {"read": spoil(whole, instances=np.full((2, 2), 2), semantic=np.ones((2, 2), int))}),
    ("samples", lambda whole: {"read": spoil(whole, instances=np.ones((2, 2), int), semantic=np.zeros((2, 2), int))}),
    ("deterministic", lambda whole: {"read": lambda name: spoil(whole, image=noise())(name)}),
    ("iteration", lambda whole: {"samples": lambda limit: iter([whole.read("b")])}),
    ("unknown image", lambda whole: {"read": lambda name: whole.read("b")}),
    ("pickle", lambda whole: {"names": lambda: ["b"]}),
    ("distance", lambda whole: {"distance": lambda name: np.zeros((2, 2), np.float32)}),
    ("distance", lambda whole: {"distance": lambda name: np.ones((2, 2))}),
    ("figures of merit", lambda whole: {"figures_of_merit": lambda found: {"AP": 0.5}}),
]


def noise():
    return np.random.default_rng().integers(256, size=(2, 2, 3), dtype=np.uint8)


def test_every_check_is_put_to_the_test():
    assert {name for name, _ in SPOILT} == {title(check) for check in CHECKS}


@pytest.mark.parametrize(("name", "members"), SPOILT, ids=[name for name, _ in SPOILT])
def test_checks_notice_a_broken_promise(name, members, nuclei_root):
    whole = DATASETS.create("nuclei", root=nuclei_root)
    (check,) = (check for check in CHECKS if title(check) == name)
    with pytest.raises(Broken):
        check(lambda: Spoilt(whole, **members(whole)), limit=2)
