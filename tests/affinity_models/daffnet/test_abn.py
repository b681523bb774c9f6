"""ABN: by its formula, and against the package inplace-abn."""

import pytest
import torch
from torch.nn import functional as F

from affinity_models.daffnet import abn
from affinity_models.daffnet.abn import ABN

built = pytest.mark.skipif(abn.in_place is None, reason="inplace-abn is not built")


def trained(seed: int = 0) -> ABN:
    """One whose parameters, of both signs, and statistics are not those of the beginning."""
    torch.manual_seed(seed)
    module = ABN(3)
    for tensor in (module.weight.data, module.bias.data, module.running_mean):
        tensor.normal_()
    module.running_var.uniform_(0.5, 2)
    return module


def outcome(module: ABN, x: torch.Tensor) -> list[torch.Tensor]:
    """The output, the gradients of input and parameters, and the statistics."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    y = module(x * 1.0)
    (y * torch.linspace(-1, 1, y.numel()).view(y.shape)).sum().backward()
    return [y, x.grad, module.weight.grad, module.bias.grad, module.running_mean, module.running_var]


@pytest.mark.parametrize("training", [True, False])
def test_formula(training: bool) -> None:
    module, x = trained().double().train(training), torch.randn(2, 3, 4, 5, dtype=torch.float64)
    mean, variance = module.running_mean.clone(), module.running_var.clone()
    if training:
        mean, variance = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
    centred = (x - mean[:, None, None]) / (variance + 1e-5).sqrt()[:, None, None]
    expected = centred * (module.weight.abs() + 1e-5)[:, None, None] + module.bias[:, None, None]
    torch.testing.assert_close(module(x), F.leaky_relu(expected, 0.01))


@built
@pytest.mark.parametrize("training", [True, False])
def test_in_place_and_plain_are_equal_in_float32(training: bool, monkeypatch) -> None:
    x = torch.randn(2, 3, 6, 5)
    plain_ones = outcome(trained().train(training), x)
    monkeypatch.setattr(abn, "is_in_place", lambda x: True)
    for in_place, plain in zip(outcome(trained().train(training), x), plain_ones, strict=True):
        torch.testing.assert_close(in_place, plain, rtol=1e-4, atol=1e-5)


@built
def test_parameters_are_those_of_inplace_abn() -> None:
    from inplace_abn import InPlaceABN

    theirs = InPlaceABN(3)
    theirs.load_state_dict(trained().state_dict())
    torch.testing.assert_close(theirs.eval()(torch.ones(1, 3, 2, 2)), trained().eval()(torch.ones(1, 3, 2, 2)))


def test_bfloat16_takes_the_plain_one() -> None:
    x = torch.randn(2, 3, 4, 4)
    y = trained()(x.bfloat16())
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), trained()(x), rtol=0.05, atol=0.05)
