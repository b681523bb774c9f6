"""Tiny data sets for all tests, written by hand in the layout of each reader."""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from boards import write_nuclei
from layouts import save, write_n5, write_scene

from affinity_models import Sample
from affinity_models.data import create, write_entry
from partitioners import AffinityPyramid, ClassTable, PyramidLevel

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell has it for what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which tests send, and children inherit what is ignored

SAVED_CLASSES = ClassTable(("ground", "cat", "dog"), (False, True, True))


SCENE = [
    [7, 7, 24001, 24001, 26, 26],  # road, a person, a group of cars
    [7, 7, 24001, 24001, 26, 26],
    [8, 8, 26000, 26003, 0, 29001],  # sidewalk, two cars, unlabelled, a caravan (not evaluated)
    [8, 8, 26000, 26003, 1, 29],
]


@pytest.fixture
def cityscapes_root(tmp_path: Path) -> Path:
    root = tmp_path / "cityscapes"
    write_scene(root, "bonn", "bonn_000000_000019", SCENE)
    write_scene(root, "aachen", "aachen_000001_000019", SCENE)
    return root


@pytest.fixture
def nuclei_root(tmp_path: Path) -> Path:
    root = tmp_path / "nuclei"
    save(root / "images/b.png", [[1, 2, 3], [4, 5, 6]])
    save(root / "masks/b.png", [[0, 300, 300], [7, 7, 0]], np.uint16)
    save(root / "images/a.bmp", np.full((2, 2, 3), (1, 2, 3)))
    save(root / "masks/a.tif", [[0, 1_000_000], [5, 0]], np.int32)
    return root


@pytest.fixture
def nuclei(tmp_path: Path) -> Path:
    return write_nuclei(tmp_path)


@pytest.fixture
def coco_root(tmp_path: Path) -> Path:
    """Void, a cat (1), a dog (300), a crowd of dogs (70000) and grass (2)."""
    root = tmp_path / "coco"
    numbers = np.array([[0, 1, 300], [70_000, 1, 2]])
    segments = [(1, 17, 0), (300, 18, 0), (70_000, 18, 1), (2, 193, 0)]
    keys = ("id", "category_id", "iscrowd")
    content = {
        "images": [{"id": 9, "file_name": "009.png"}, {"id": 5, "file_name": "005.png"}],
        "annotations": [
            {
                "image_id": number,
                "file_name": f"{number:03d}.png",
                "segments_info": [dict(zip(keys, segment, strict=True)) for segment in segments],
            }
            for number in (9, 5)
        ],
        "categories": [
            {"id": 193, "name": "grass", "isthing": 0},
            {"id": 17, "name": "cat", "isthing": 1},
            {"id": 18, "name": "dog", "isthing": 1},
        ],
    }
    for name in ("005", "009"):
        save(root / f"val2017/{name}.png", np.full((2, 3, 3), 9))
        colours = np.stack([numbers % 256, numbers // 256 % 256, numbers // 65_536], axis=-1)
        save(root / f"annotations/panoptic_val2017/{name}.png", colours)
    (root / "annotations/panoptic_val2017.json").write_text(json.dumps(content))
    return root


def saved_pair(name: str, stride: int = 2, classes: ClassTable = SAVED_CLASSES) -> tuple[Sample, AffinityPyramid]:
    """A sample of 3 × 4 pixels with void, a crowd and two instances, and a pyramid for it."""
    semantic = np.array([[0, 1, 1, -1], [0, 1, 1, 2], [0, 0, 2, 2]])
    instances = np.array([[0, 900, 900, 0], [0, 900, 900, 0], [0, 0, 5, 5]])
    image = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    shape = (-(-3 // stride), -(-4 // stride))
    level = PyramidLevel(np.full((2, *shape), 0.25), np.full((3, *shape), 1 / 3), np.zeros((1, *shape)))
    return Sample(name, image, semantic, instances, classes), AffinityPyramid((level,), classes, stride, (3, 4))


VOLUME = np.array([[[7, 7, 0], [0, 2**62, 2**62]], [[7, 7, 0], [0, 0, 2**62]], [[9, 9, 9], [0, 0, 0]]], np.uint64)


@pytest.fixture
def volumes_root(tmp_path: Path) -> Path:
    """Two volumes of three instances: with an image in a container, and in TIFF stacks."""
    from tifffile import imwrite

    root = tmp_path / "volumes"
    write_n5(root / "a.n5/volumes/labels/neuron_ids", VOLUME)
    write_n5(root / "a.n5/volumes/raw", np.arange(18, dtype=np.uint8).reshape(3, 2, 3))
    imwrite(root / "b-mask.tif", VOLUME.astype(np.uint16) + (VOLUME > 9).astype(np.uint16), photometric="minisblack")
    imwrite(root / "b-image.tif", 100 * np.arange(18, dtype=np.uint16).reshape(3, 2, 3), photometric="minisblack")
    return root


@pytest.fixture
def pyramids_root(tmp_path: Path) -> Path:
    root = tmp_path / "saved"
    for name in ("y", "x"):
        write_entry(root, *saved_pair(name))
    return root


@pytest.fixture(scope="session")
def street_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two street scenes, really generated, once for all tests."""
    root = tmp_path_factory.mktemp("street")
    create("street", root=root, count=2).read("street_000001_000019")
    return root


@pytest.fixture
def dataset_parameters(request: pytest.FixtureRequest) -> Callable[[str], dict]:
    """From a data set's name to parameters with which it has two images."""
    extra = {"coco-panoptic": {"split": "val2017"}, "street": {"count": 2}}
    fixtures = {"coco-panoptic": "coco_root"}

    def parameters(name: str) -> dict:
        return {"root": request.getfixturevalue(fixtures.get(name, f"{name}_root")), **extra.get(name, {})}

    return parameters


@pytest.fixture
def tiny() -> object:
    """The functions that write tiny files, for tests in other modules."""
    return type("Tiny", (), {function.__name__: staticmethod(function) for function in (save, write_scene, saved_pair)})


@pytest.fixture
def assert_left_out(caplog: pytest.LogCaptureFixture) -> Callable:
    """A check that the first image is refused with a message that names `file`, and that the others go on."""
    from partitioners import InputError

    def check(dataset: object, file: str, problem: str) -> None:
        first, *others = dataset.names()
        with pytest.raises(InputError) as refused:
            dataset.read(first)
        assert file in str(refused.value) and problem in str(refused.value)
        assert [sample.name for sample in dataset.samples()] == others != []
        assert f"left out: {refused.value}" in caplog.messages

    return check


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which In-Place ABN the tests used, if any did."""
    if abn := sys.modules.get("affinity_models.daffnet.abn"):
        terminalreporter.write_line(f"DaffNet's ABN: {abn.in_use()}")
