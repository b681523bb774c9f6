"""Model cards: what they say, and the shipped ones."""

from pathlib import Path

import numpy as np
import pytest
from layouts import save

from affinity_models.daffnet import shipped
from bench.model_card import main
from partitioners import InputError

pytest.importorskip("torch")
TINY = [
    "network.width=16", "network.features=8", "network.channels=4", "training.crop=[64, 64]", "training.batch=1",
    "training.semantic_iterations=1", "training.iterations=1", "training.holdout=1", "training.workers=0",
]  # fmt: skip


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    """Two images of 64 × 64 pixels with two nuclei each."""
    masks = np.zeros((64, 64), int)
    masks[4:24, 4:24], masks[34:54, 14:44] = 1, 2
    for name in "ab":
        save(tmp_path / f"blobs/images/{name}.png", (masks > 0) * 200)
        save(tmp_path / f"blobs/masks/{name}.png", masks, np.uint16)
    return tmp_path / "blobs"


def test_a_card_says_what_was_trained_and_measured(blobs: Path, tmp_path: Path) -> None:
    from affinity_models.daffnet.checkpoint import load
    from affinity_models.train import main as train

    run = tmp_path / "small"
    train(
        [
            "nuclei",
            "--data",
            f"nuclei(root={blobs})",
            "--output",
            str(run),
            "--threads",
            "1",
            "--stage",
            "1",
            "--set",
            *TINY,
        ]
    )
    chosen = "cascade-gaec(grouping=None, finest=gas)"
    options = [
        str(run), "--data", f"nuclei(root={blobs})", "--output", str(tmp_path / "out"), "--runs", str(tmp_path / "runs"),
        "--tile", "128", "--overlap", "64", "--min-size", "125",
    ]  # fmt: skip
    main([*options, "--partitioners", "gaec"])
    pyramids = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs/pyramids").glob("*/*.npz")}
    main([*options, "--partitioners", chosen])
    assert pyramids == {path: path.stat().st_mtime_ns for path in (tmp_path / "runs/pyramids").glob("*/*.npz")}
    card = (tmp_path / "out/small.md").read_text()
    assert card.startswith("# small\n") and str(tmp_path) not in card
    for text in (
        f"Instances are those of `{chosen}`",
        "## On 2 images of `nuclei`",
        "| random weights ",
        "| semantic",
    ):
        assert text in card
    assert "Segments under 125 pixels of level 1" in card
    assert "| CSI50, perfect predictions | 50.0 |" in card  # of two nuclei, the one of 100 pixels of level 1 is none
    found, trained = load(tmp_path / "out/small.safetensors"), load(run / "model.safetensors")
    assert (found.options.tile, found.options.overlap) == (128, 64)
    assert found.suited == {"partitioner": chosen, "min_size": 125}
    assert all(tensor.equal(trained.tensors[name]) for name, tensor in found.tensors.items())


def test_an_unfinished_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model\.safetensors: expected a file that a finished training wrote"):
        main([str(tmp_path)])


def test_shipped_networks_are_small() -> None:
    assert sum(shipped.weights_file(name).stat().st_size for name in shipped.names()) <= 20e6


@pytest.mark.parametrize("name", shipped.names())
def test_shipped_networks_have_a_card_and_were_trained_as_their_option_files_say(name: str) -> None:
    from dataclasses import asdict

    from affinity_models.daffnet.checkpoint import load
    from affinity_models.daffnet.options import TrainingOptions, read_stages
    from affinity_models.daffnet.shipped import FOLDER, weights_file
    from affinity_models.daffnet.state import FREE, _plain

    path, stages = weights_file(name), read_stages(name)
    found = load(path)
    assert found.options == stages[-1].network and found.record["use"] == stages[-1].use
    trained = [*found.record["before"], found.record]
    for run, record in zip(stages, trained, strict=True):
        known = asdict(
            TrainingOptions()
        )  # options that are newer had their defaults, and what is no option any more, none
        trained_with = known | {key: value for key, value in record["training"].items() if key in known}
        assert {key: _plain(value) for key, value in asdict(run.training).items() if key not in FREE} == {
            key: _plain(value) for key, value in trained_with.items() if key not in FREE
        }
    assert f"train {name}`" in (FOLDER / f"{name}.md").read_text()
