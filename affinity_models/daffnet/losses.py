"""The five losses of DaffNet: equations 2 to 4.

All are means over an image first and over the images of a batch then, so that a batch may be split among processes.
They are computed in float32 and finite for any finite output.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import torch
from torch import Tensor
from torch.nn import functional as F

from affinity_models.daffnet.heads import LevelOutput, shifted
from affinity_models.daffnet.options import TrainingOptions
from affinity_models.daffnet.targets import LevelTarget
from affinity_models.sample import VOID
from partitioners import NEIGHBOURS
from partitioners.graph import Offsets

LOSSES = ("semantic", "boundary", "solid", "push", "pull")
ALPHA = log(2)
"""Of equation 2: embeddings at a distance of 1 have an affinity of one half."""
NEAREST = 1e-6
"""Of ALPHA times a squared distance: nearer means are not pushed, for there the push loss has no bound."""


def level_losses(outputs: Sequence[LevelOutput], targets: Sequence[LevelTarget], offsets: Offsets) -> Tensor:
    """Return (levels, 5) losses in the order of `LOSSES`; all but the semantic one are 0 where not predicted."""
    return torch.stack([_level(output, target, offsets) for output, target in zip(outputs, targets, strict=True)])


def loss_weights(options: TrainingOptions) -> Tensor:
    """Return (levels, 5): the weight λ of each loss on each level."""
    grouping_weights = (options.push_weight, options.pull_weight)
    return torch.tensor(
        [
            (options.semantic_weight, boundary, solid, *grouping_weights)
            for boundary, solid in zip(options.boundary_weights, options.solid_weights, strict=True)
        ]
    )


def _level(output: LevelOutput, target: LevelTarget, offsets: Offsets) -> Tensor:
    semantic = semantic_loss(output.semantic.float(), target.semantic)
    if output.affinity is None or output.embedding is None:
        return torch.stack([semantic, *[torch.zeros_like(semantic)] * 4])
    affinity = affinity_losses(output.affinity.float(), target.instances, offsets)
    return torch.stack([semantic, *affinity, *grouping_losses(output.embedding.float(), target.instances)])


def semantic_loss(logits: Tensor, semantic: Tensor) -> Tensor:
    """Return L_sem: the cross-entropy of (B, C, h, w) and the classes (B, h, w), over pixels that are not void."""
    loss = F.cross_entropy(logits, semantic, ignore_index=VOID, reduction="none")
    return _mean_over(loss, semantic != VOID)


def affinity_losses(logits: Tensor, instances: Tensor, offsets: Offsets) -> tuple[Tensor, Tensor]:
    """Return L_ab and L_as: binary cross-entropies of affinities, of boundary pixels and of the other ones.

    A pixel has one affinity in each direction and for each offset, so that a pair of pixels counts for both its ends.
    Pairs outside of all instances, and pairs with an unknown pixel (-1), carry no loss.

    Args:
        logits: (B, A, h, w), of pixel p and p + offset.
        instances: (B, h, w), as in `LevelTarget`.
        offsets: A pairs (dy, dx).
    """
    boundary = is_boundary(instances)
    solid = (instances != VOID) & ~boundary
    totals = torch.zeros_like(logits[:, 0]), torch.zeros_like(logits[:, 0])
    for channel, offset in zip(logits.unbind(1), offsets, strict=True):
        partner = shifted(instances, offset, VOID)
        counts = (instances != VOID) & (partner != VOID) & ((instances > 0) | (partner > 0))
        loss = counts * F.binary_cross_entropy_with_logits(channel, (instances == partner).float(), reduction="none")
        for total, pixels in zip(totals, (boundary, solid), strict=True):
            total += loss * (pixels.float() + shifted(pixels, offset, 0).float())
    return _mean_over(totals[0], boundary), _mean_over(totals[1], solid)


def is_boundary(instances: Tensor) -> Tensor:
    """Return (B, h, w) bool: a 4-neighbour is of another instance, or exactly one of both is of an instance."""
    boundary = torch.zeros_like(instances, dtype=torch.bool)
    for dy, dx in NEIGHBOURS:
        for offset in ((dy, dx), (-dy, -dx)):
            partner = shifted(instances, offset, VOID)
            boundary |= (instances != partner) & (instances != VOID) & (partner != VOID)
    return boundary


def grouping_losses(embedding: Tensor, instances: Tensor) -> tuple[Tensor, Tensor]:
    """Return L_gd (push) and L_gs (pull) of embeddings (B, k, h, w) and instances (B, h, w).

    They are 0 for images with fewer than two instances, and without any.
    """
    images = [
        _grouping(points.flatten(1).T, labels.flatten()) for points, labels in zip(embedding, instances, strict=True)
    ]
    push, pull = torch.stack(images).mean(dim=0)
    return push, pull


def _grouping(embedding: Tensor, labels: Tensor) -> Tensor:
    """Return (2,) push and pull of one image: embedding (n, k), labels (n,)."""
    inside = labels > 0
    points = embedding[inside]  # (m, k)
    _, owner, sizes = torch.unique(labels[inside], return_inverse=True, return_counts=True)
    n = len(sizes)
    if n == 0:
        return embedding.sum() * torch.zeros(2, device=embedding.device)
    means = points.new_zeros(n, points.shape[1]).index_add(0, owner, points) / sizes[:, None]
    within = ALPHA * (points - means[owner]).square().sum(dim=1)  # -log Φ(x_S, x_i)
    pull = (within / sizes[owner]).sum() / n
    first, second = torch.triu_indices(n, n, 1, device=means.device)
    between = ALPHA * (means[first] - means[second]).square().sum(dim=1)
    push = -torch.log(-torch.expm1(-between.clamp_min(NEAREST)))  # -log(1 - Φ(x_S, x_S'))
    return torch.stack([push.sum() * 2 / max(n * n - n, 1), pull])


def _mean_over(loss: Tensor, pixels: Tensor) -> Tensor:
    """Return the sum of (B, h, w) over the number of `pixels` of each image, averaged over the images."""
    return (loss.sum(dim=(1, 2)) / pixels.sum(dim=(1, 2)).clamp_min(1)).mean()
