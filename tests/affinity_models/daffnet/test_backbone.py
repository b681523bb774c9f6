"""ResNets: torchvision's keys and numbers of parameters, sizes, dilation."""

import pytest
import torch

from affinity_models.daffnet.backbone import ResNet
from partitioners import InputError

PARAMETERS = {18: 11_176_512, 34: 21_284_672, 50: 23_508_032, 101: 42_500_160}  # torchvision's without `fc`
TENSORS = {18: 120, 34: 216, 50: 318, 101: 624}


@pytest.mark.parametrize("depth", PARAMETERS)
def test_parameters_are_those_of_torchvision(depth: int) -> None:
    with torch.device("meta"):
        network = ResNet(depth)
    assert sum(parameter.numel() for parameter in network.parameters()) == PARAMETERS[depth]
    state = network.state_dict()
    assert len(state) == TENSORS[depth]
    last = 2 if depth < 50 else 3
    assert {"conv1.weight", "bn1.num_batches_tracked", f"layer4.1.bn{last}.running_var"} <= state.keys()
    assert {"layer2.0.downsample.0.weight", "layer2.0.downsample.1.bias"} <= state.keys()
    assert ("layer1.0.downsample.0.weight" in state) == (depth >= 50)
    assert state["layer3.0.conv2.weight"].shape == (256, 256, 3, 3)


def test_only_layer4_is_dilated_and_keeps_its_stride() -> None:
    with torch.device("meta"):
        network = ResNet(50)
    convolutions = {name: module for name, module in network.named_modules() if isinstance(module, torch.nn.Conv2d)}
    dilated = {name for name, module in convolutions.items() if module.dilation != (1, 1)}
    assert dilated == {f"layer4.{block}.conv2" for block in range(3)}
    assert convolutions["layer4.0.conv2"].stride == (2, 2) and convolutions["layer4.0.conv2"].dilation == (4, 4)


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("depth", [18, 50])
def test_sizes_are_rounded_up(depth: int, stride: int) -> None:
    network = ResNet(depth, width=4, stride=stride)
    height, width = 45, 70
    for number, features in enumerate(network(torch.randn(1, 3, height, width))):
        side = stride << number
        assert features.shape == (1, network.channels[number], -(-height // side), -(-width // side))


def test_weights_of_torchvision_load_without_the_classifier() -> None:
    state = ResNet(18).state_dict()
    network = ResNet(18)
    network.load_imagenet(state | {"fc.weight": torch.ones(1000, 512), "fc.bias": torch.ones(1000)})
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
    with pytest.raises(InputError, match="do not fit"):
        ResNet(34).load_imagenet(state)
