"""Equations 2 to 4, each against a slow literal version; safe for any finite output."""

from math import exp, expm1, log

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from affinity_models.daffnet.heads import LevelOutput
from affinity_models.daffnet.losses import (
    LOSSES,
    affinity_losses,
    grouping_losses,
    is_boundary,
    level_losses,
    loss_weights,
    semantic_loss,
)
from affinity_models.daffnet.options import TrainingOptions
from affinity_models.daffnet.targets import LevelTarget

H, W = 4, 5
PIXELS = [(y, x) for y in range(H) for x in range(W)]
DIRECTIONS = ((0, 1), (1, 0), (0, -1), (-1, 0))
SEEDS = given(st.integers(0, 2**31))
slow = settings(max_examples=25, deadline=None)


def random_image(seed: int, channels: int) -> tuple[Tensor, Tensor]:
    """Outputs (1, channels, H, W) and instances (1, H, W) with void, background and up to three instances."""
    generator = torch.Generator().manual_seed(seed)
    output = torch.randn(1, channels, H, W, generator=generator, dtype=torch.float64)
    return output.float(), torch.randint(-1, 4, (1, H, W), generator=generator)


def bce(target: float, p: float) -> float:
    return -target * log(p) - (1 - target) * log(1 - p)


@slow
@SEEDS
def test_semantic(seed: int) -> None:
    logits, semantic = random_image(seed, 4)
    p = logits.softmax(dim=1)
    scored = [(y, x) for y, x in PIXELS if semantic[0, y, x] >= 0]
    total = sum(-log(p[0, semantic[0, y, x], y, x]) for y, x in scored)
    assert semantic_loss(logits, semantic).item() == pytest.approx(total / max(1, len(scored)), rel=1e-5)


@slow
@SEEDS
def test_affinity(seed: int) -> None:
    logits, instances = random_image(seed, 2)
    p, label = logits.sigmoid()[0], {pixel: int(instances[0][pixel]) for pixel in PIXELS}

    def affinity(pixel, d):
        (y, x), (dy, dx) = pixel, d
        return float(p[(0 if dx else 1, *pixel)] if d in DIRECTIONS[:2] else p[0 if dx else 1, y + dy, x + dx])

    sums, sizes = {True: 0.0, False: 0.0}, {True: 0, False: 0}
    for (y, x), own in label.items():
        if own == -1:
            continue
        known = {(dy, dx): label.get((y + dy, x + dx), -1) for dy, dx in DIRECTIONS}
        known = {d: other for d, other in known.items() if other != -1}
        boundary = any(other != own for other in known.values())
        sizes[boundary] += 1
        for d, other in known.items():
            if own > 0 or other > 0:
                sums[boundary] += bce(float(own == other), affinity((y, x), d))
    found = affinity_losses(logits, instances, ((0, 1), (1, 0)))
    for loss, boundary in zip(found, (True, False), strict=True):
        assert loss.item() == pytest.approx(sums[boundary] / max(1, sizes[boundary]), rel=1e-5)


def test_boundary_by_hand() -> None:
    instances = torch.tensor([[[0, 0, 1, 1, 1, -1, 2, 2, 3, 0, 0, 0]]])
    boundary = is_boundary(instances)
    assert boundary.dtype == torch.bool and boundary.int().tolist() == [[[0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0]]]


def test_long_offsets_carry_loss_at_both_ends() -> None:
    instances = torch.tensor([[[1, 1, 1, 0, 0]]])  # pixels 2 and 3 are boundary, 0, 1 and 4 are not
    boundary, solid = affinity_losses(torch.zeros(1, 1, 1, 5), instances, ((0, 2),))  # pairs 02, 13, 24; each log 2
    assert boundary.item() == pytest.approx(3 * log(2) / 2)
    assert solid.item() == pytest.approx(3 * log(2) / 3)


@slow
@SEEDS
def test_grouping(seed: int) -> None:
    embedding, instances = random_image(seed, 3)
    points: dict[int, list[Tensor]] = {}
    for y, x in PIXELS:
        if instances[0, y, x] > 0:
            points.setdefault(int(instances[0, y, x]), []).append(embedding[0, :, y, x].double())

    def phi(a, b):
        return exp(-log(2) * float((a - b) @ (a - b)))

    means = {label: torch.stack(of).mean(dim=0) for label, of in points.items()}
    n = len(means)
    pull = sum(sum(bce(1, min(phi(means[label], x), 1 - 1e-15)) for x in of) / len(of) for label, of in points.items())
    push = sum(bce(0, phi(means[a], means[b])) for a in means for b in means if a != b)
    found = grouping_losses(embedding, instances)
    assert found[0].item() == pytest.approx(push / max(1, n * n - n), rel=1e-4)
    assert found[1].item() == pytest.approx(pull / max(1, n), rel=1e-4, abs=1e-6)


def test_embeddings_at_a_distance_of_one_have_an_affinity_of_one_half() -> None:
    embedding = torch.tensor([[[[0.0, 1.0]]]])
    push, pull = grouping_losses(embedding, torch.tensor([[[1, 2]]]))
    assert push.item() == pytest.approx(log(2)) and pull.item() == 0


def test_near_embeddings_are_pushed_and_only_all_but_equal_ones_are_not() -> None:
    def push(distance: float) -> float:
        return grouping_losses(torch.tensor([[[[0.0, distance]]]]), torch.tensor([[[1, 2]]]))[0].item()

    for distance in (0.1, 0.01, 0.005):
        assert push(distance) == pytest.approx(-log(-expm1(-log(2) * distance**2)), rel=1e-3)
    assert push(1e-4) == push(0) == pytest.approx(-log(1e-6), rel=1e-3)


@slow
@SEEDS
def test_a_batch_is_the_mean_of_its_images(seed: int) -> None:
    images = [random_image(seed + number, 7) for number in range(3)]

    def losses(chosen):
        output = torch.cat([output for output, _ in chosen])
        instances = torch.cat([labels for _, labels in chosen])
        level = LevelOutput(output, output[:, :2], output[:, 2:5])
        return level_losses([level], [LevelTarget(instances, instances)], ((0, 1), (1, 0)))

    torch.testing.assert_close(losses(images), torch.stack([losses([image]) for image in images]).mean(dim=0))


@pytest.mark.parametrize("scale", [0.0, 1e-4, 1e4])
def test_losses_and_gradients_are_finite_in_bfloat16(scale: float) -> None:
    torch.manual_seed(0)
    outputs = [(torch.randn(2, channels, 8, 8) * scale).bfloat16().requires_grad_() for channels in (3, 2, 4)]
    instances = torch.randint(-1, 4, (2, 8, 8))
    target = LevelTarget(instances.clamp_max(2), instances)
    losses = level_losses([LevelOutput(*outputs)], [target], ((0, 1), (1, 0)))
    losses.sum().backward()
    assert losses.dtype == torch.float32 and losses.isfinite().all()
    assert all(output.grad.isfinite().all() for output in outputs)


@pytest.mark.parametrize("label", [-1, 0, 1])
def test_images_of_one_kind_have_finite_losses(label: int) -> None:
    instances = torch.full((1, 3, 3), label)
    output = LevelOutput(torch.zeros(1, 3, 3, 3), torch.zeros(1, 2, 3, 3), torch.ones(1, 4, 3, 3))
    (losses,) = level_losses([output], [LevelTarget(instances, instances)], ((0, 1), (1, 0)))
    expected = [log(3) if label >= 0 else 0, 0, 24 / 9 * log(2) if label > 0 else 0, 0, 0]
    assert losses.tolist() == pytest.approx(expected)


def test_a_level_without_affinities_has_a_semantic_loss_only() -> None:
    instances = torch.ones(1, 3, 3, dtype=torch.int64)
    output = LevelOutput(torch.zeros(1, 3, 3, 3), None, None)
    (losses,) = level_losses([output], [LevelTarget(instances, instances)], ((0, 1),))
    assert losses.tolist() == pytest.approx([log(3), 0, 0, 0, 0])


def test_weights_are_those_of_the_paper() -> None:
    assert LOSSES == ("semantic", "boundary", "solid", "push", "pull")
    affinity = (0.25, 0.5, 1, 1)
    assert loss_weights(TrainingOptions()).tolist() == [[2, weight, weight, 0.5, 0.5] for weight in affinity]
