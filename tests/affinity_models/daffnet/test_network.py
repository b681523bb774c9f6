"""The whole network: shapes, numbers of parameters, symmetric affinities, neighbourhoods."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.daffnet.heads import shifted, symmetric_logits
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import NEIGHBOURHOODS, NETWORKS, NetworkOptions, with_changes

OFFSETS = st.tuples(st.integers(-9, 9), st.integers(-9, 9)).filter(any)


def tiny(**options: object) -> DaffNet:
    return DaffNet(NetworkOptions(**{"depth": 18, "width": 4, "features": 4, "channels": 5, **options}), classes=3)


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("size", [(64, 96), (37, 53), (33, 34)])
def test_levels_have_the_sizes_of_a_pyramid(stride: int, size: tuple[int, int]) -> None:
    height, width = (-(-length // stride) for length in size)
    for level in tiny(stride=stride)(torch.randn(2, 3, *size)):
        assert level.semantic.shape == (2, 3, height, width)
        assert level.affinity.shape == (2, 2, height, width)
        assert level.embedding.shape == (2, 5, height, width)
        assert all(maps.dtype == torch.float32 for maps in level)
        height, width = -(-height // 2), -(-width // 2)


@pytest.mark.parametrize("name", NEIGHBOURHOODS)
def test_neighbourhoods(name: str) -> None:
    network = tiny(neighbourhood=name, stride=2)
    outputs = network(torch.randn(1, 3, 64, 64))
    assert {output.affinity.shape[1] for output in outputs} == {len(NEIGHBOURHOODS[name])}
    assert not any((-dy, -dx) in NEIGHBOURHOODS[name] for dy, dx in NEIGHBOURHOODS[name])
    assert len(set(NEIGHBOURHOODS[name])) == {"daffnet": 4, "ssap": 24, "gmis": 56}[name] // 2


def test_parameters_of_the_published_networks() -> None:
    with torch.device("meta"):
        count = {
            name: sum(parameter.numel() for parameter in DaffNet(options, classes=19).parameters())
            for name, options in NETWORKS.items()
        }
    assert count == {"daffnet-r101": 139_515_164, "daffnet-small": 4_324_476}


@pytest.mark.parametrize("backbone", BACKBONES.names())
def test_every_parameter_learns(backbone: str) -> None:
    if (reason := BACKBONES.unavailable(backbone)) is not None:
        pytest.skip(reason)
    options = NetworkOptions(depth=18, width=4, features=4, channels=5, stride=2)
    network = DaffNet(with_changes(options, {} if backbone == "resnet" else {"backbone": backbone}), classes=3)
    sum(maps.square().sum() for level in network(torch.randn(2, 3, 64, 64)) for maps in level).backward()
    assert [name for name, parameter in network.named_parameters() if not parameter.grad.any()] == []


def test_semantic_maps_alone_are_the_same() -> None:
    network, image = tiny(stride=2).eval(), torch.randn(1, 3, 40, 40)
    for alone, level in zip(network(image, semantic_only=True), network(image), strict=True):
        assert torch.equal(alone.semantic, level.semantic)
        assert alone.affinity is None and alone.embedding is None


@settings(max_examples=30, deadline=None)
@given(st.lists(OFFSETS, min_size=1, max_size=3, unique=True), st.integers(0, 2**31))
def test_affinities_are_means_of_both_directions(offsets: list[tuple[int, int]], seed: int) -> None:
    directed = torch.randn(1, 2 * len(offsets), 5, 6, generator=torch.Generator().manual_seed(seed)).double()
    found = symmetric_logits(directed, tuple(offsets)).sigmoid()
    for i, (dy, dx) in enumerate(offsets):
        for y in range(5):
            for x in range(6):
                there = directed[0, i, y, x].sigmoid()
                inside = 0 <= y + dy < 5 and 0 <= x + dx < 6
                back = directed[0, len(offsets) + i, y + dy, x + dx].sigmoid() if inside else there
                assert found[0, i, y, x] == pytest.approx(float(there + back) / 2, abs=1e-12)


def test_sure_affinities_stay_finite() -> None:
    directed = torch.tensor([200.0, 200, -200, 200, -200, -200])[None, :, None, None].expand(1, 6, 2, 2)
    logits = symmetric_logits(directed, ((0, 1), (1, 0), (1, 1)))
    assert logits.isfinite().all() and logits[0, 1, 0, 0] == pytest.approx(0, abs=1e-4)  # of 1 and 0


@settings(deadline=None)
@given(st.integers(-5, 5), st.integers(-5, 5))
def test_shifted_equals_a_slow_version(dy: int, dx: int) -> None:
    maps = torch.arange(12).reshape(3, 4)
    moved = shifted(maps, (dy, dx), -1)
    for y in range(3):
        for x in range(4):
            inside = 0 <= y + dy < 3 and 0 <= x + dx < 4
            assert moved[y, x] == (maps[y + dy, x + dx] if inside else -1)
