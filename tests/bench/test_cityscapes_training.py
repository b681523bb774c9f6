"""The paper's network and crops on data in the layout of Cityscapes: from training to the table."""

from pathlib import Path

import pandas as pd
import pytest

from bench.ablation.__main__ import main as ablation

pytest.importorskip("torch")


@pytest.mark.slow
def test_the_papers_network_trains_and_is_evaluated(street_root: Path, tmp_path: Path) -> None:
    from affinity_models.daffnet.checkpoint import load
    from affinity_models.train import main as train

    short = ["training.semantic_iterations=1", "training.iterations=1", "training.batch=1", "training.workers=0"]
    data = ["--data", f"cityscapes(root={street_root})"]
    train(["daffnet-r101", *data, "--output", str(tmp_path), "--set", "dataset.split='val'", *short])
    weights = tmp_path / "model.safetensors"
    trained = load(weights)
    assert (trained.options.depth, trained.options.width, trained.options.channels, trained.options.stride) == (
        101,
        64,
        32,
        4,
    )
    assert tuple(trained.record["training"]["crop"]) == (513, 1025)
    assert min(trained.record["losses"][-1].values()) > 0  # the second iteration is one of phase two, with all losses

    places = ["--runs", str(tmp_path / "runs"), "--output", str(tmp_path)]
    ablation([*data, "--weights", str(weights), "--limit", "1", *places])
    table = pd.read_csv(tmp_path / "ablation.csv")
    assert table["images"].tolist() == [1] * 5 and table["status"].tolist() == ["ok"] * 5
