"""Backbones by name: what a network sees an image with, below its feature pyramid.

To add one, write a subclass of `Backbone` in a file of its own, and register a function that imports and makes it. Of
the options of a network it is given those that it has as parameters: `stride`, and `depth` and `width` if it can be had
in several sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioners import needs
from partitioners.registry import Registry

if TYPE_CHECKING:
    from affinity_models.daffnet.backbones.base import Backbone

BACKBONES: Registry[Backbone] = Registry("backbone", "affinity_bench.backbones")
"""All backbones by name; other packages add theirs through the group `affinity_bench.backbones`."""


@BACKBONES.register("resnet", unavailable=needs("torch", extra="models"))
def resnet(stride: int, depth: int, width: int) -> Backbone:
    """Return the paper's backbone: ResNet-18, 34, 50 or 101 of any width, dilated in its last layer."""
    from affinity_models.daffnet.backbones.resnet import ResNet

    return ResNet(depth, width, stride)


@BACKBONES.register(
    "efficientnet-lite0", unavailable=needs("torch", "efficientnet_lite_pytorch", extra="models,efficientnet")
)
def efficientnet_lite0(stride: int) -> Backbone:
    """EfficientNet-Lite0 of the package efficientnet-lite-pytorch, which begins with ImageNet weights."""
    from affinity_models.daffnet.backbones.efficientnet import EfficientNetLite0

    return EfficientNetLite0(stride)
