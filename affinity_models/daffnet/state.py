"""All of a training that outlives its process: network, momentum, and a record of how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from affinity_models.daffnet import checkpoint
from affinity_models.daffnet.backbones.base import for_enlarged
from affinity_models.daffnet.checkpoint import Checkpoint
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import Run
from affinity_models.daffnet.shipped import digest, weights_file
from partitioners import ClassTable
from partitioners.errors import InputError

FREE = ("workers", "cached", "save_every", "validate_every")
"""Training options that may change when a training goes on."""


@dataclass(eq=False)
class State:
    """A training.

    Fields:
        run: network, data set and training.
        classes: the classes of the data set.
        network: the network, on the device that computes.
        optimizer: the optimizer of its parameters.
        record: plain values: "data", "images" (a key of their content), "training" (its options), "iteration" (how many are done), "seconds" (they took),
            "processes" (that trained together), "initial" (which weights it began with, if any), "before" (the records of
            the trainings that these are from, the first one first), "use" (that of the run), "losses" (a mean each time
            all is saved) and "validation" (an entry each time).
    """

    run: Run
    classes: ClassTable
    network: DaffNet
    optimizer: torch.optim.SGD
    record: dict[str, Any]

    @staticmethod
    def begin(run: Run, classes: ClassTable, device: torch.device) -> State:
        """Return the state before the first iteration.

        Raises:
            InputError: weights to start from cannot be read or do not fit.
        """
        options = run.training
        torch.manual_seed(options.seed)
        network = DaffNet(run.network, len(classes))
        record: dict[str, Any] = {"initial": None, "before": [], "use": run.use}
        if run.initial is not None:
            record |= _start_from(network, weights_file(run.initial))
        elif (imagenet := run.backbone or network.backbone.imagenet_file()) is not None:
            network.backbone.load_imagenet(checkpoint.read_weights(imagenet))
            record["initial"] = f"ImageNet weights of the backbone from {imagenet.name} ({digest(imagenet)})"
        network.to(device)
        optimizer = torch.optim.SGD(network.parameters(), momentum=options.momentum, weight_decay=options.decay)
        record |= {"iteration": 0, "seconds": 0.0, "losses": [], "validation": []}
        data = {"name": run.dataset} | run.parameters
        data.pop("root", None)  # a path of one machine means nothing on another
        return State(run, classes, network, optimizer, {"data": data, "training": asdict(options)} | record)

    def resume(self, path: Path) -> None:
        """Take over what `save` wrote.

        Raises:
            InputError: the file cannot be read, or is of a training with other options or images.
        """
        stored = checkpoint.load(path)
        self._check_same(path, {"data": stored.record["data"]}, {"data": self.record["data"]})
        self._check_same(path, stored.record["training"], self.record["training"])
        self._check_same(path, asdict(stored.options), asdict(self.run.network))
        self._check_same(path, stored.record, {name: self.record[name] for name in ("initial", "images")})
        self.network.load_state_dict(checkpoint.part(stored.tensors, "network."))
        for name, momentum in checkpoint.part(stored.tensors, "momentum.").items():
            parameter = self.network.get_parameter(name)
            self.optimizer.state[parameter]["momentum_buffer"] = momentum.to(parameter.device)
        self.record = stored.record | {"training": self.record["training"]}

    def save(self, path: Path) -> None:
        """Write all of it, whole or not at all."""
        momenta: dict[str, Tensor | None] = {
            f"momentum.{name}": self.optimizer.state[parameter].get("momentum_buffer")
            for name, parameter in self.network.named_parameters()
        }
        tensors = {name: momentum for name, momentum in momenta.items() if momentum is not None}
        Checkpoint(self.run.network, self.classes, tensors | self._weights(), self.record).save(path)

    def export(self, path: Path) -> None:
        """Write the network in half precision, and the record, for prediction."""
        weights = {name: _half(tensor) for name, tensor in self._weights().items()}
        Checkpoint(self.run.network, self.classes, weights, self.record).save(path)

    def _weights(self) -> dict[str, Tensor]:
        return {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}

    def _check_same(self, path: Path, stored: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        for name in expected.keys() - set(FREE):
            if _plain(stored.get(name)) != _plain(expected[name]):
                raise InputError(
                    f"{path} is of a training with {name} = {stored.get(name)}, not {expected[name]}; "
                    "give another folder to begin anew"
                )


def _start_from(network: DaffNet, path: Path) -> dict[str, Any]:
    """Replace those of the network's tensors that a checkpoint has in the same shape.

    A network of stride 2 gives its weights to one of stride 1 as if images were enlarged twice.

    Returns:
        "initial" and "before" of a `State`'s record.

    Raises:
        InputError: its backbone is another one, or the file cannot be read.
    """
    current, initial = network.state_dict(), checkpoint.load(path)
    for option in ("backbone", "depth", "width"):
        expected, actual = getattr(network.options, option), getattr(initial.options, option)
        if actual != expected:
            raise InputError(f"initial: expected a network of {option} {expected}, got {actual} in {path}")
    tensors = checkpoint.part(initial.tensors, "network.")
    stem_weight = f"backbone.{network.backbone.stem}.weight"
    if (initial.options.stride, network.options.stride) == (2, 1) and stem_weight in tensors:
        tensors[stem_weight] = for_enlarged(tensors[stem_weight].float(), network.backbone.stem_start)
    fitting = {
        name: tensor for name, tensor in tensors.items() if name in current and current[name].shape == tensor.shape
    }
    network.load_state_dict(current | fitting)
    ancestors = initial.record.pop("before", [])
    return {
        "initial": f"{len(fitting)} of {len(current)} tensors from {path.name} ({digest(path)})",
        "before": [*ancestors, initial.record],
    }


def _half(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _plain(value: Any) -> Any:
    """Return `value` as JSON has it."""
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
