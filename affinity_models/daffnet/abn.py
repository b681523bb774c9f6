"""In-Place Activated BatchNorm: batch normalisation with leaky ReLU.

Rota Bulò, Porzi, Kontschieder, "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs", CVPR 2018.
"""

from __future__ import annotations

from importlib.metadata import version

import torch
from torch import Tensor, nn
from torch.nn import functional as F

try:
    from inplace_abn import functions as in_place
except (ImportError, OSError):  # not installed, or built for another torch
    in_place = None

SLOPE = 0.01
"""Of leaky ReLU for negative values, in the entire network (section 4.2)."""


class ABN(nn.Module):
    """leaky_relu(x̂ · (|weight| + eps) + bias), with x̂ normalised over batch, height and width.

    Computed by the package inplace-abn, which overwrites x, on a GPU where it is installed; elsewhere by torch, which is
    faster on a CPU. Parameters and results are the same.

    Args:
        channels: the channels of x.
    """

    weight: Tensor
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.group: torch.distributed.ProcessGroup | None = None
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated (B, channels, h, w) for x of that shape, which may be overwritten."""
        if self.training:
            self.num_batches_tracked += 1
        if not is_in_place(x):
            scale = self.weight.abs() + self.eps
            y = F.batch_norm(
                x, self.running_mean, self.running_var, scale, self.bias, self.training, self.momentum, self.eps
            )
            return F.leaky_relu(y, SLOPE, inplace=True)
        state = (self.weight, self.bias, self.running_mean, self.running_var, self.training, self.momentum, self.eps)
        activated: Tensor
        if self.group is None:
            activated = in_place.inplace_abn(x, *state, "leaky_relu", SLOPE)
        else:
            activated = in_place.inplace_abn_sync(x, *state, "leaky_relu", SLOPE, self.group)
        return activated


def is_in_place(x: Tensor) -> bool:
    """Say whether x is left to inplace-abn, which takes contiguous tensors."""
    return in_place is not None and x.is_contiguous() and x.is_cuda


def synchronise(network: nn.Module) -> nn.Module:
    """Return the network with statistics over all processes: all its BatchNorm, and its ABN where inplace-abn is installed.

    Neither has a kernel for CPUs.
    """
    for module in network.modules():
        if isinstance(module, ABN):
            module.group = torch.distributed.group.WORLD
    synchronised: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    return synchronised


def in_use() -> str:
    """Say in a few words which ABN this machine has."""
    if in_place is None:
        return "plain torch (inplace-abn is not installed)"
    return f"inplace-abn {version('inplace-abn')} on a GPU, plain torch on a CPU"
