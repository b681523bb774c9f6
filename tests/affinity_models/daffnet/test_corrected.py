"""The control that takes parts of a prediction from the truth."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from affinity_models import Sample, create
from affinity_models.daffnet.checkpoint import Checkpoint, load
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import NetworkOptions
from partitioners import ClassTable, InputError, partitioner_for
from partitioners import create as make

CLASSES = ClassTable(("background", "nucleus"), (False, True))
OPTIONS = NetworkOptions(depth=18, width=4, features=4, channels=32, stride=2)


@pytest.fixture
def sample() -> Sample:
    instances = np.zeros((64, 96), int)
    instances[10:30, 10:40], instances[30:60, 30:70] = 1, 2
    image = np.random.default_rng(0).integers(256, size=(64, 96, 3), dtype=np.uint8)
    return Sample("cells", image, (instances > 0).astype(int), instances, CLASSES)


@pytest.fixture
def weights(tmp_path):
    """A function from options of a random network to the file that holds it."""

    def write(**changes):
        options = replace(OPTIONS, **changes)
        state = DaffNet(options, 2).state_dict()
        path = tmp_path / "weights.safetensors"
        Checkpoint(options, CLASSES, {f"network.{name}": tensor for name, tensor in state.items()}).save(path)
        return path

    torch.manual_seed(0)
    return write


@pytest.mark.parametrize("position_unit", [0.0, 8.0])
@pytest.mark.parametrize("truth", ["semantic", "affinity", "embedding", "semantic+embedding"])
def test_the_parts_named_are_the_truths_and_the_others_the_networks(truth, position_unit, sample, weights) -> None:
    path = weights(position_unit=position_unit)
    found = create("corrected", weights=path, truth=truth).predict(sample, 4)
    predicted, true = create("daffnet", weights=path).predict(sample, 4), create("oracle").predict(sample, 2)
    assert found.stride == 2
    for mine, network, oracle in zip(found.levels, predicted.levels, true.levels, strict=True):
        for part in ("semantic", "affinity", "embedding"):
            source = oracle if part in truth.split("+") else network
            np.testing.assert_array_equal(getattr(mine, part), getattr(source, part))


def test_what_suits_the_network_is_said_by_its_pyramids(sample, weights) -> None:
    path = weights()
    assert create("daffnet", weights=path).partitioner == ""
    replace(load(path), record={"partitioner": "gaec(threshold=0.7)", "min_size": 3}).save(path)
    model = create("daffnet", weights=path)
    for pyramid in (
        model.predict(sample, 4),
        model.predict(sample.image),
        create("corrected", weights=path, truth="semantic").predict(sample, 4),
    ):
        assert partitioner_for(pyramid) == make("gaec", threshold=0.7) and pyramid.min_size == 3
    assert model.partitioner == create("corrected", weights=path, truth="semantic").partitioner == "gaec(threshold=0.7)"
    with pytest.raises(InputError, match="image: expected shape"):
        model.predict(sample.image[..., 0])


def test_an_unknown_part_and_other_offsets_are_refused(sample, weights) -> None:
    with pytest.raises(InputError, match="truth: part"):
        create("corrected", weights=weights(), truth="semantic+colour")
    model = create("corrected", weights=weights(neighbourhood="gmis", offsets=()), truth="affinity")
    with pytest.raises(InputError, match="truth"):
        model.predict(sample, 4)
