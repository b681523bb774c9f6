"""What holds for every data set. A new one needs a tiny example of itself in conftest.py."""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

from affinity_models import Sample
from bench.datasets import DATASETS
from partitioners import InputError, Segmentation

ENTRIES = {name: DATASETS.entry(name) for name in DATASETS.names()}
NAMES = [name for name, entry in ENTRIES.items() if entry.factory.__module__.startswith("bench.datasets.")]


@pytest.fixture(params=NAMES)
def dataset(request, dataset_parameters):
    return DATASETS.create(request.param, **dataset_parameters(request.param))


def test_all_are_registered():
    assert NAMES == ["cityscapes", "coco-panoptic", "nuclei", "pyramids", "street"]
    assert all(DATASETS.unavailable(name) is None for name in NAMES)


def test_names_are_sorted_and_unique(dataset):
    names = dataset.names()
    assert len(names) == 2
    assert names == sorted(set(names))


def test_samples_fit_the_contract(dataset):
    samples = list(dataset.samples())
    assert [sample.name for sample in samples] == dataset.names()
    for sample in samples:
        assert isinstance(sample, Sample)
        assert sample.image.dtype == np.uint8 and sample.image.flags.writeable
        assert sample.classes == dataset.classes
        numbers = np.unique(sample.instances[sample.instances > 0])
        assert len(numbers) > 1 and numbers.tolist() == list(range(1, len(numbers) + 1))
        assert np.array(sample.classes.is_thing)[sample.semantic[sample.instances > 0]].all()


def test_limit_takes_the_first_names(dataset):
    assert [sample.name for sample in dataset.samples(1)] == dataset.names()[:1]
    assert list(dataset.samples(0)) == []


def test_the_truth_has_the_best_average_precision(dataset):
    def truth(sample):
        classes = sample.instance_classes[1:]
        return Segmentation(sample.instances, classes, np.ones(len(classes)))

    figures = dataset.average_precision([(sample, truth(sample)) for sample in dataset.samples()])
    judged = type(dataset).__name__ in ("Cityscapes", "Street", "Nuclei")
    assert figures == ({"AP": pytest.approx(1), "AP50": pytest.approx(1)} if judged else {})


def test_distance_has_the_size_of_the_image_where_there_is_one(dataset):
    name = dataset.names()[0]
    distance = dataset.distance(name)
    if type(dataset).__name__ in ("Cityscapes", "Street"):
        assert distance.shape == dataset.read(name).size and distance.dtype == np.float32
        assert np.nanmin(distance) > 0
    else:
        assert distance is None


def test_unknown_image_is_refused(dataset):
    with pytest.raises(InputError, match="no image 'nowhere'"):
        dataset.read("nowhere")


def test_pickles_for_worker_processes(dataset):
    copy = pickle.loads(pickle.dumps(dataset))
    assert copy == dataset and copy.names() == dataset.names()


@pytest.mark.parametrize("name", [name for name in NAMES if "stride" in ENTRIES[name].parameters])
@pytest.mark.parametrize("stride", [0, 1.5, "2", True])
def test_stride_must_be_a_whole_number(name, stride, dataset_parameters):
    with pytest.raises(InputError, match="stride: expected a whole number"):
        DATASETS.create(name, **dataset_parameters(name), stride=stride)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"street"}))
class TestRoot:
    def refused(self, name, root):
        split = {"split": "val2017"} if name == "coco-panoptic" else {}
        with pytest.raises(InputError) as error:
            DATASETS.create(name, root=root, **split)
        return str(error.value)

    def test_missing_root_tells_the_layout(self, name, tmp_path):
        layout = inspect.getmodule(DATASETS.entry(name).factory).LAYOUT
        message = self.refused(name, tmp_path / "nowhere")
        assert layout in message and f"{tmp_path / 'nowhere'} does not exist" in message

    def test_empty_root_tells_the_layout(self, name, tmp_path):
        assert inspect.getmodule(DATASETS.entry(name).factory).LAYOUT in self.refused(name, tmp_path)

    def test_file_as_root(self, name, tmp_path):
        (tmp_path / "file").touch()
        assert "is a file" in self.refused(name, tmp_path / "file")

    @pytest.mark.parametrize("root", [None, 3, ""])
    def test_no_path_as_root(self, name, root):
        assert self.refused(name, root) == f"root: expected a folder, got {root!r}"


def test_import_is_light():
    code = "import sys, bench.datasets; print([name for name in ('PIL', 'cityscapesscripts', 'torch') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
