"""Every affinity model keeps every promise of the contract, and every check notices a broken one."""

from dataclasses import replace

import numpy as np
import pytest

from affinity_models import AFFINITY_MODELS, Sample, create
from affinity_models.daffnet.backbones import BACKBONES
from bench.check.affinity_models import CHECKS, EXEMPT
from bench.check.promises import Broken, title
from partitioners import AffinityPyramid, ClassTable, InputError, PyramidLevel

pytestmark = pytest.mark.slow

CLASSES = ClassTable(("background", "nucleus"), (False, True))
STRIDE = 2


@pytest.fixture(scope="module")
def sample():
    instances = np.zeros((70, 90), int)
    instances[10:30, 10:40], instances[40:60, 30:70] = 1, 2
    image = np.random.default_rng(0).integers(256, size=(70, 90, 3), dtype=np.uint8)
    return Sample("cells", image, (instances > 0).astype(int), instances, CLASSES)


@pytest.fixture(scope="module")
def parameters(sample, tmp_path_factory):
    """A function from the name of a model to parameters with which it predicts the sample."""
    folder = tmp_path_factory.mktemp("models")

    def find(name):
        if name == "saved":
            create("oracle").predict(sample, STRIDE).save(folder / "pyramids/cells.npz")
            return {"root": folder}
        if name in ("daffnet", "corrected"):
            weights = folder / "tiny.safetensors"
            tiny_network().save(weights)
            return {"weights": weights} | ({"truth": "semantic"} if name == "corrected" else {})
        return {}

    return find


def tiny_network(backbone="resnet"):
    torch = pytest.importorskip("torch")
    from affinity_models.daffnet.checkpoint import Checkpoint
    from affinity_models.daffnet.network import DaffNet
    from affinity_models.daffnet.options import NetworkOptions, with_changes

    torch.manual_seed(0)
    options = NetworkOptions(depth=18, width=4, features=4, channels=3, stride=STRIDE)
    if backbone != "resnet":
        options = with_changes(options, {"backbone": backbone})
    state = DaffNet(options, len(CLASSES)).state_dict()
    return Checkpoint(options, CLASSES, {f"network.{name}": tensor for name, tensor in state.items()})


@pytest.mark.parametrize("name", AFFINITY_MODELS.names())
@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_promise(check, name, sample, parameters):
    if (reason := AFFINITY_MODELS.unavailable(name)) is not None:
        pytest.skip(reason)
    given = parameters(name)
    if title(check) in EXEMPT.get(name, ()):
        with pytest.raises((Broken, InputError)):
            check(lambda: create(name, **given), sample, STRIDE)
    else:
        check(lambda: create(name, **given), sample, STRIDE)


@pytest.mark.parametrize("backbone", [name for name in BACKBONES.names() if name != "resnet"])
@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_promise_with_another_backbone(check, backbone, sample, tmp_path):
    if (reason := BACKBONES.unavailable(backbone)) is not None:
        pytest.skip(reason)
    weights = tmp_path / "other.safetensors"
    tiny_network(backbone).save(weights)
    check(lambda: create("daffnet", weights=weights), sample, STRIDE)


class Flat:
    """A model that sees nothing, of which one member is replaced."""

    version = ""

    def __init__(self, **members):
        vars(self).update(members)

    def predict(self, sample, stride):
        return flat(sample.size, stride, sample.classes)


def flat(size, stride, classes, value=0.5):
    shape = tuple(-(-length // stride) for length in size)
    level = PyramidLevel(np.full((2, *shape), value), np.full((2, *shape), 0.5), np.zeros((1, *shape)))
    return AffinityPyramid((level,), classes, stride, size)


def write(sample):
    """Change the image, even where it should be read only."""
    sample.image.setflags(write=True)
    sample.image[:] = 0
    return flat(sample.size, STRIDE, sample.classes)


BROKEN = [
    ("predict", lambda sample, stride: np.zeros((2, 35, 45))),
    ("predict", lambda sample, stride: flat((64, 64), stride, sample.classes)),
    ("predict", lambda sample, stride: flat(sample.size, stride, ClassTable(("a", "b"), (False, True)))),
    ("any size", lambda sample, stride: flat((70, 90), stride, sample.classes)),
    (
        "deterministic",
        lambda sample, stride: flat(sample.size, stride, sample.classes, np.random.default_rng().random()),
    ),
    ("image alone", lambda sample, stride: flat(sample.size, stride, sample.classes, sample.instances.mean())),
    ("input unchanged", lambda sample, stride: write(sample)),
    ("partition", lambda sample, stride: flat((64, 64), stride, sample.classes)),
]


def test_every_check_is_put_to_the_test():
    assert {name for name, _ in BROKEN} | {"version"} == {title(check) for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=title)
def test_a_model_that_sees_nothing_keeps_all_promises(check, sample):
    check(Flat, sample, STRIDE)


@pytest.mark.parametrize(("name", "predict"), BROKEN, ids=[name for name, _ in BROKEN])
def test_checks_notice_a_broken_promise(name, predict, sample):
    copy = replace(sample, image=sample.image.copy(), instances=sample.instances // 2)
    (check,) = (check for check in CHECKS if title(check) == name)
    with pytest.raises(Broken):
        check(lambda: Flat(predict=predict), copy, STRIDE)


@pytest.mark.parametrize("versions", [[None, None], ["a", "b"]])
def test_a_wrong_version_is_noticed(versions, sample):
    numbers = iter(versions)
    (check,) = (check for check in CHECKS if title(check) == "version")
    with pytest.raises(Broken):
        check(lambda: Flat(version=next(numbers)), sample, STRIDE)
