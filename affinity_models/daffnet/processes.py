"""The processes of a training: one, or those that torchrun started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from affinity_models.daffnet.abn import synchronise


class Process(NamedTuple):
    """This process among `world`, of which number 0 writes the files, and the device that it computes on."""

    rank: int
    world: int
    device: torch.device

    def parallel(self, network: nn.Module) -> nn.Module:
        """Return the network so wrapped that gradients are averaged over the processes."""
        if self.world == 1:
            return network
        if self.device.type == "cuda":
            network = synchronise(network)
        return DistributedDataParallel(network, find_unused_parameters=True)

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of a tensor over the processes."""
        values = values.detach().clone()
        if self.world > 1:
            distributed.all_reduce(values)
        return values / self.world


@contextmanager
def join() -> Iterator[Process]:
    """Give this process, after it has met the others if torchrun started several, and part from them at the end."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
    if world == 1:
        yield Process(rank, world, device)
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Process(rank, world, device)
    finally:
        distributed.destroy_process_group()
