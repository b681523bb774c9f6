"""Deep Affinity Net: backbone, feature pyramid, and heads on four levels.

Xu, Chiu, Huang, Shi, "Deep Affinity Net: Instance Segmentation via Affinity", 2020, sections 3 and 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.daffnet.fpn import FeaturePyramid
from affinity_models.daffnet.heads import Heads, LevelOutput
from affinity_models.daffnet.options import NetworkOptions


class DaffNet(nn.Module):
    """Predicts a semantic map, affinities and a grouping embedding on each of four levels.

    Args:
        options: backbone, widths, stride and offsets.
        classes: C, the number of classes.

    Raises:
        InputError: the package of the backbone is not installed.
    """

    def __init__(self, options: NetworkOptions, classes: int) -> None:
        super().__init__()
        self.options = options
        sizes = {"depth": options.depth, "width": options.width, "stride": options.stride}
        self.backbone = BACKBONES.create(options.backbone, **BACKBONES.given(options.backbone, **sizes))
        self.pyramid = FeaturePyramid(self.backbone.channels, options.features)
        self.heads = nn.ModuleList(
            Heads(options.features, classes, options.channels, options.offsets) for _ in self.backbone.channels
        )

    def train_only(self, heads: Sequence[str]) -> None:
        """Keep all but some of the heads from being trained: their parameters, and the statistics of normalisation.

        Args:
            heads: names of `Heads`' modules.
        """
        self.eval().requires_grad_(False)
        for level in self.heads:
            for name in heads:
                level.get_submodule(name).train().requires_grad_(True)

    def forward(
        self, image: Tensor, semantic_only: bool = False, origin: tuple[float, float] = (0, 0)
    ) -> list[LevelOutput]:
        """Return the levels, finest first, each of ceil(n / 2) of the pixels of the one before.

        Args:
            image: (B, 3, H, W) floats, normalised by `affinity_models.daffnet.augmentation.normalised`.
            semantic_only: True to leave affinities and embeddings out.
            origin: row and column of the image's upper left corner in the picture that it is a part of, in pixels;
                embeddings with a position are those of that picture.
        """
        features = self.pyramid(self.backbone(image))
        outputs = [head(x, semantic_only) for head, x in zip(self.heads, features, strict=True)]
        if semantic_only:
            return outputs
        stride, unit = self.options.stride, self.options.position_unit
        return [
            output._replace(embedding=with_position(output.embedding, stride << number, unit, origin))
            for number, output in enumerate(outputs)
        ]


def with_position(embedding: Tensor, side: int, unit: float, origin: tuple[float, float] = (0, 0)) -> Tensor:
    """Return embeddings whose first two channels also hold the row and the column of each pixel's centre: semi-convolutional ones.

    A convolution gives two objects of equal looks equal embeddings, wherever they are, so that no loss can part them. With
    its position added, only the way from a pixel to a point that all of its object share is left to learn. Novotny,
    Albanie, Larlus, Vedaldi, "Semi-convolutional operators for instance segmentation", ECCV 2018, section 3.

    Args:
        embedding: (B, k, h, w), k at least 2.
        side: image pixels per pixel of the level.
        unit: image pixels per unit of the embedding; 0 returns the embedding as it is.
        origin: row and column, in image pixels, of the upper left corner.
    """
    if not unit:
        return embedding
    height, width = embedding.shape[-2:]
    rows, columns = (
        (start + side * (torch.arange(length, device=embedding.device) + 0.5)) / unit
        for start, length in zip(origin, (height, width), strict=True)
    )
    place = torch.stack([rows[:, None].expand(height, width), columns.expand(height, width)])
    return embedding + F.pad(place, (0, 0, 0, 0, 0, embedding.shape[1] - 2))
