"""ResNet backbones with the state-dict keys of torchvision's, whose ImageNet weights load as they are.

He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016; like torchvision's, bottlenecks stride
in their 3×3 convolution. DaffNet differs in the dilation of `layer4` and in leaky ReLU (section 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional as F

from affinity_models.daffnet.abn import SLOPE
from affinity_models.daffnet.backbones.base import Backbone

DILATION = 4
"""Of the 3×3 convolutions of `layer4`, which keeps its stride of 2."""


def conv3x3(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    """Return a 3×3 convolution without bias whose output has ceil(n / stride) pixels in each direction."""
    return nn.Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation, bias=False)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(inputs, width, stride, dilation)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, 1, dilation)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(inputs, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, width, ceil(h / stride), ceil(w / stride))."""
        y = _leaky(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return _leaky(y + self.downsample(x))


class Bottleneck(nn.Module):
    """A 3×3 convolution between two of 1×1, beside a shortcut."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int, dilation: int) -> None:
        super().__init__()
        outputs = self.expansion * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, stride, dilation)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, 4 · width, ceil(h / stride), ceil(w / stride))."""
        y = _leaky(self.bn1(self.conv1(x)))
        y = _leaky(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return _leaky(y + self.downsample(x))


Block = type[BasicBlock] | type[Bottleneck]
LAYOUTS: dict[int, tuple[Block, tuple[int, int, int, int]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
}


class ResNet(Backbone):
    """Four feature maps of an image, at strides s, 2 s, 4 s and 8 s.

    Args:
        depth: 18, 34, 50 or 101.
        width: channels of the first convolution.
        stride: s. At 4 all is as in torchvision; at 2 without its max pooling, at 1 also without the first stride.
    """

    stem = "conv1"
    stem_start = -3

    def __init__(self, depth: int, width: int = 64, stride: int = 4) -> None:
        super().__init__()
        block, counts = LAYOUTS[depth]
        self.channels = [block.expansion * width << number for number in range(4)]
        self.conv1 = nn.Conv2d(3, width, 7, stride=min(stride, 2), padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1) if stride == 4 else nn.Identity()
        inputs = [width, *self.channels]
        self.layer1 = _layer(block, inputs[0], width, counts[0], stride=1)
        self.layer2 = _layer(block, inputs[1], width * 2, counts[1], stride=2)
        self.layer3 = _layer(block, inputs[2], width * 4, counts[2], stride=2)
        self.layer4 = _layer(block, inputs[3], width * 8, counts[3], stride=2, dilation=DILATION)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, SLOPE, mode="fan_out")

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the maps of (B, 3, H, W), finest first; each has ceil(n / 2) of the pixels of the one before."""
        x = self.maxpool(_leaky(self.bn1(self.conv1(image))))
        maps = []
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            maps.append(x)
        return maps

    def load_imagenet(self, state: Mapping[str, Tensor]) -> None:
        """Load a state dict of torchvision's ResNet; its classifier is left out.

        Raises:
            InputError: it is of another depth or width.
        """
        super().load_imagenet({key: value for key, value in state.items() if not key.startswith("fc.")})


def _layer(block: Block, inputs: int, width: int, count: int, stride: int, dilation: int = 1) -> nn.Sequential:
    first = block(inputs, width, stride, dilation)
    return nn.Sequential(first, *(block(block.expansion * width, width, 1, dilation) for _ in range(count - 1)))


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def _leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE, inplace=True)
