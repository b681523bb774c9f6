"""Checkpoints: one safetensors file each, with all that is no tensor as JSON in its header. No code is executed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import NetworkOptions, with_changes
from partitioners import ClassTable
from partitioners.errors import InputError
from partitioners.files import write_whole

FORMAT = "daffnet-1"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A network's options and weights, and a record of its training.

    Fields:
        options: the network's options.
        classes: the classes of its semantic map.
        tensors: all tensors by name; `network.…` is the network's state.
        record: plain values: iteration, training options, losses, AP; where the network has been measured, "partitioner"
            and "min_size", which suit it, as `AffinityPyramid` has them.
    """

    options: NetworkOptions
    classes: ClassTable
    tensors: dict[str, Tensor]
    record: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        classes = {"names": self.classes.names, "is_thing": self.classes.is_thing}
        header = {"format": FORMAT, "network": asdict(self.options), "classes": classes, "record": self.record}
        tensors = {name: tensor.detach().contiguous() for name, tensor in self.tensors.items()}
        write_whole(path, save(tensors, {"daffnet": json.dumps(header)}))

    def predicting(self, tile: int | None = None, overlap: int | None = None, views: int | None = None) -> Checkpoint:
        """Return the checkpoint with other tiles and views for prediction; None keeps its own.

        Raises:
            InputError: they are not as `NetworkOptions` has them.
        """
        choices = {"tile": tile, "overlap": overlap, "views": views}
        changes = {name: value for name, value in choices.items() if value is not None}
        return replace(self, options=with_changes(self.options, changes))

    @property
    def suited(self) -> dict[str, Any]:
        """The fields of the network's pyramids that say what suits it, where recorded."""
        return {name: self.record[name] for name in ("partitioner", "min_size") if name in self.record}

    def network(self) -> DaffNet:
        """Return the network, with float32 weights.

        Raises:
            InputError: the weights do not fit the options.
        """
        network = DaffNet(self.options, len(self.classes))
        try:
            network.load_state_dict(part(self.tensors, "network."))
        except RuntimeError as error:
            raise InputError(f"checkpoint: its weights do not fit its options: {error}") from None
        return network


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        InputError: the file is missing, damaged, or holds something else; the message names it.
    """
    try:
        with safe_open(path, "pt") as file:
            header = json.loads(file.metadata()["daffnet"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header["format"] != FORMAT:
            raise InputError(f"format: expected {FORMAT}, got {header['format']}")
        options = with_changes(NetworkOptions(), header["network"])
        return Checkpoint(options, ClassTable(**header["classes"]), tensors, header["record"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a readable checkpoint of a DaffNet: {error}") from None


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict: a .safetensors file, or one that torch wrote, of which only tensors are taken.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        return tensors
    except (OSError, SafetensorError, RuntimeError, UnpicklingError) as error:
        raise InputError(f"{path}: not a readable state dict: {error}") from None
