"""The processes of a training: one, or those that torchrun started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from affinity_models.daffnet.abn import synchronise
from partitioners.errors import InputError


class Process(NamedTuple):
    """A process among `world`, of which number 0 writes the files, and the device that it computes on."""

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

    def meet(self) -> None:
        """Wait until all processes are here."""
        if self.world > 1:
            distributed.barrier()

    def any(self, value: bool) -> bool:
        """Return whether it is true in any of the processes."""
        return bool(self.mean(torch.tensor(float(value), device=self.device)) > 0)

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of a tensor over the processes."""
        values = values.detach().clone()
        if self.world > 1:
            distributed.all_reduce(values)
        return values / self.world


def device(name: str = "") -> torch.device:
    """Return the device of that name; without a name, this process's GPU where there is one, else the CPU.

    Raises:
        InputError: torch knows no such device here.
    """
    if not name:
        name = f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device: expected one that torch has here, got {name!r}: {error}") from None


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether Ctrl-C or SIGTERM has come; the second time, they act as ever.

    In another thread than the main one, which alone can take signals, it always says no.
    """
    requests: list[int] = []
    handlers: dict[int, Any] = {}

    def request(number: int, frame: FrameType | None) -> None:
        requests.append(number)
        signal.signal(number, handlers[number])

    if current_thread() is main_thread():
        handlers = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(requests)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def join() -> Iterator[Process]:
    """Give this process, after it has met the others if torchrun started several, and part from them at the end."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    local_device = device()
    if local_device.type == "cuda":
        torch.cuda.set_device(local_device)
    if world == 1:
        yield Process(rank, world, local_device)
        return
    distributed.init_process_group("nccl" if local_device.type == "cuda" else "gloo")
    try:
        yield Process(rank, world, local_device)
    finally:
        distributed.destroy_process_group()
