"""Training in two phases: the semantic map alone, then all losses (section 4.3)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from affinity_models.daffnet.crops import Batch, Crops, batches, holders, images_key
from affinity_models.daffnet.losses import LOSSES, level_losses, loss_weights
from affinity_models.daffnet.options import Run
from affinity_models.daffnet.prediction import in_bf16, memory_format
from affinity_models.daffnet.processes import Process, stop_requests
from affinity_models.daffnet.state import State
from affinity_models.daffnet.targets import LevelTarget
from affinity_models.daffnet.validation import validate
from affinity_models.data.dataset import DATASETS
from partitioners.errors import InputError

LAST = "last.safetensors"
PHASE_ONE = "phase-one.safetensors"
MODEL = "model.safetensors"


def train(run: Run, output: Path, process: Process) -> dict[str, Any]:
    """Train a network, going on from `output/last.safetensors` where it is there, and write `output/model.safetensors`.

    All images are read first, so that a training does not go on with others than it was begun with: by `training.workers`,
    in 36 ms of processor time for 512 × 1024 pixels in the layout of Cityscapes. Generated scenes need not be read.

    Ctrl-C, or SIGTERM, ends the iteration and keeps what is trained; given twice, it ends at once.

    Args:
        run: data set, network and training.
        output: the folder to write to.
        process: this one, among all that train together.

    Returns:
        The record of `State`, which is kept with the weights.

    Raises:
        InputError: the data set cannot be used, `output` holds another training, or the losses are not finite.
        KeyboardInterrupt: it was stopped.
    """
    options, dataset = run.training, DATASETS.create(run.dataset, **run.parameters)
    if options.batch % process.world:
        raise InputError(f"batch: expected a multiple of the {process.world} processes, got {options.batch}")
    trained, held_out = hold_out(dataset.names(), options.holdout)
    dataset.read(trained[0]).expect_image()
    state = State.begin(run, dataset.classes, process.device)
    state.record["images"] = images_key(dataset, options.workers, show=process.rank == 0)
    if (output / LAST).exists():
        state.resume(output / LAST)
    record = state.record
    if record["iteration"] == options.total:
        return record
    record["processes"] = process.world
    bf16 = in_bf16(options.bf16, process.device)
    layout = memory_format(process.device)
    if options.only:
        state.network.train_only(options.only)
    model = process.parallel(state.network.to(memory_format=layout))  # type: ignore[call-overload]
    if process.rank == 0:
        print(_announcement(run, output, record["iteration"], bf16), flush=True)
        dataset.read(trained[-1])  # a generated data set makes all images up to this one, once for all workers
    process.meet()
    searched = tqdm(trained, "classes of", leave=False, disable=process.rank > 0) if options.object_share else []
    crops = Crops(dataset, trained, options, run.network.stride, holders(dataset, searched))
    stream = batches(crops, record["iteration"], process.rank, process.world)
    started, recent = time.monotonic() - record["seconds"], []
    with stop_requests() as stop_requested:
        for images, targets in (progress := _progress(stream, run, record["iteration"], process)):
            semantic_only = record["iteration"] < options.semantic_iterations
            losses = step(state, model, images, targets, semantic_only, process)
            recent.append(losses)
            record["iteration"] += 1
            ends = record["iteration"] in (options.semantic_iterations, options.total)
            stops = process.any(stop_requested())
            if process.rank == 0 and held_out and (ends or _is_due(record["iteration"], options.validate_every)):
                merit = validate(state.network, dataset, held_out, semantic_only, bf16)
                record["validation"].append({"iteration": record["iteration"], **merit})
            if process.rank == 0 and (ends or stops or _is_due(record["iteration"], options.save_every)):
                mean = torch.stack(recent).mean(dim=0)
                record["losses"].append({"iteration": record["iteration"], **_figures(mean)})
                record["seconds"] = time.monotonic() - started
                recent.clear()
                if ends:  # before the checkpoint says that all is done
                    state.export(output / (PHASE_ONE if semantic_only else MODEL))
                state.save(output / LAST)
            if stops:
                raise KeyboardInterrupt
            progress.set_postfix(_figures(losses) | (record["validation"] or [{}])[-1], refresh=False)
    process.meet()
    return record


def step(
    state: State,
    model: nn.Module,
    images: Tensor,
    targets: Sequence[LevelTarget],
    semantic_only: bool,
    process: Process,
) -> Tensor:
    """Do one iteration and return (5,) the weighted losses, summed over levels, of all processes.

    Raises:
        InputError: they are not finite.
    """
    options, device = state.run.training, process.device
    for group in state.optimizer.param_groups:
        group["lr"] = options.learning_rate(state.record["iteration"])
    if options.only:
        state.network.train_only(options.only)
    else:
        model.train(not options.freeze_normalisation)
    bf16 = in_bf16(options.bf16, device)
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        outputs = model(images.to(device, memory_format=memory_format(device)), semantic_only)
    targets = [LevelTarget(*(array.to(device) for array in target)) for target in targets]
    losses = loss_weights(options).to(device) * level_losses(outputs, targets, state.run.network.offsets)
    losses.sum().backward()
    nn.utils.clip_grad_norm_(model.parameters(), options.clip)
    state.optimizer.step()
    state.optimizer.zero_grad()
    summed = process.mean(losses.sum(dim=0)).cpu()
    if not summed.isfinite().all():
        raise InputError(f"rate: expected finite losses, got {_figures(summed)} with a rate of {options.rate}")
    return summed


def hold_out(names: list[str], count: int) -> tuple[list[str], list[str]]:
    """Return the names to train on, and `count` others, evenly spread.

    Raises:
        InputError: none would be left to train on.
    """
    if count >= len(names):
        raise InputError(f"holdout: expected fewer than the {len(names)} images there are, got {count}")
    held_out = {(2 * index + 1) * len(names) // (2 * count) for index in range(count)}
    return [name for index, name in enumerate(names) if index not in held_out], [
        names[index] for index in sorted(held_out)
    ]


def _announcement(run: Run, output: Path, first: int, bf16: bool) -> str:
    """Say what will be done, before the wait for it begins."""
    options = run.training
    phases = f"{options.semantic_iterations} iterations of phase one and {options.iterations} of phase two"
    going_on = f", from iteration {first} on" if first else ""
    return (
        f"Training on {run.dataset}: {phases}{going_on}, in {'bfloat16' if bf16 else 'float32'}; all images are read, and "
        f"made where they are missing, first.\nCtrl-C keeps what is trained in {output}; the same command goes on from there."
    )


def _progress(stream: Iterator[Batch], run: Run, first: int, process: Process) -> tqdm[Batch]:
    """Return `stream` with a bar that process 0 shows."""
    return tqdm(stream, run.dataset, run.training.total, initial=first, disable=process.rank > 0, smoothing=0.02)


def _is_due(iteration: int, every: int) -> bool:
    return every > 0 and iteration % every == 0


def _figures(losses: Tensor) -> dict[str, float]:
    return {name: round(value, 4) for name, value in zip(LOSSES, losses.tolist(), strict=True)}
