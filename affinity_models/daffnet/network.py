"""Deep Affinity Net: backbone, feature pyramid, and heads on four levels.

Xu, Chiu, Huang, Shi, "Deep Affinity Net: Instance Segmentation via Affinity", 2020, sections 3 and 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.daffnet.fpn import FeaturePyramid
from affinity_models.daffnet.heads import Heads, LevelOutput
from affinity_models.daffnet.options import NetworkOptions
from affinity_models.daffnet.position import with_position


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
            semantic_only: leave affinities and embeddings out.
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
