"""Tuning: what is tried, in what order, within what budget, and what a table says of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from boards import board, options, times
from layouts import save

from affinity_models.data import create as dataset
from bench.engine.cells import Cell
from bench.engine.isolation import OK
from bench.engine.plan import plan
from bench.leaderboard.__main__ import main
from bench.leaderboard.space import MOST, Trial, trials
from bench.leaderboard.tune import Result, Search, training
from partitioners import PARTITIONERS, InputError
from partitioners.expressions import parse
from partitioners.peers.igraph import IgraphMultilevel


def tried(text: str, seed: int = 0) -> list[Trial]:
    written = parse(text)
    return trials(written, written.create(PARTITIONERS), seed)


def test_default_values_come_first_and_given_ones_stay() -> None:
    text = "cascade-gaec(grouping=pa-gaec(beta=1))"
    assert tried(text) == tried(text) != tried(text, seed=1)
    found = [one.values for one in tried(text)]
    assert found[0] == {} and len(found) == MOST
    assert {key for values in found for key in values} == {"affinity.threshold", "grouping.threshold"}
    assert all(len(values) == 1 for values in found[1:37]) and all(len(values) == 2 for values in found[37:])
    thresholds = [one.values.get("threshold", 0.5) for one in tried("bioimage-gasp")]
    assert thresholds[0] == 0.5 and sorted(thresholds) == [step / 20 for step in range(1, 20)]
    assert tried("gaec(threshold=0.7)") == tried("singletons") == []


def test_one_run_gives_all_thresholds_where_it_can() -> None:
    default, rest = tried("gaec(linkage=sum)")
    assert default == Trial({}) and len(rest.thresholds) == len(rest.variants) > 9
    assert rest.variants[0] == {"threshold": rest.thresholds[0]}


def test_values_are_written_into_the_expression() -> None:
    written = parse("cascade-gaec(affinity=gaec(linkage=average), finest=gas)")
    changed = written.changed(PARTITIONERS, {"affinity.threshold": 0.25, "grouping.beta": 2, "min_size": 5})
    assert str(changed) == (
        "cascade-gaec(affinity=gaec(linkage=average, threshold=0.25), finest=gas, grouping=pa-gaec(beta=2), min_size=5)"
    )
    made = changed.create(PARTITIONERS)
    assert (made.affinity.threshold, made.affinity.linkage, made.grouping.beta) == (0.25, "average", 2)
    assert changed.says("grouping.beta") and not changed.says("grouping.threshold") and changed.says("finest")


def search(nuclei: Path, budget: float = 60) -> Search:
    (cell,) = plan([f"nuclei(root={nuclei})"], ["oracle"], ["bioimage-gasp"], 3, 0)
    found = tried("bioimage-gasp")
    cells = [Cell(cell.affinities, cell.with_values(one.values)) for one in found]
    return Search(cell, cell.affinities, found, cells, budget)


def test_trials_count_until_they_go_over_the_budget(nuclei: Path) -> None:
    one = search(nuclei, budget=10)
    batches = []
    while due := one.due():
        batches.append(len(due))
        one.take([Result((0.5,), 1.0)] * len(due))
    assert batches == [1, 5, 2, 1, 1] and one.seconds == 10
    over = search(nuclei, budget=10)
    over.take([Result((0.5,), 1.0)])
    over.take([Result((0.6,), 8.0), Result((0.9,), 1.5), Result((0.8,), 0.1)])
    assert over.seconds == 9 and over.chosen().ap == 0.6 and not over.due()
    dear = search(nuclei, budget=1)
    assert dear.due() == dear.cells[:1]
    dear.take([Result((0.5,), 3.0)])
    assert dear.chosen().seconds == 3 and dear.chosen().trials == 1 and not dear.due()


def test_the_first_of_the_best_is_chosen_and_failures_are_none(nuclei: Path) -> None:
    one = search(nuclei)
    one.results = [Result((0.5,), 1.0), None, Result((0.7,), 2.0), Result((0.7,), 3.0), Result((None,), 2.0)]
    found = one.chosen()
    assert found.values == tuple(one.trials[2].values.items()) and (found.ap, found.default_ap) == (0.7, 0.5)
    assert found.trials == 4 and found.seconds == 10 and found.budget == 60 and not found.note
    one.results = [Result((0.7,), 1.0), Result((0.7,), 1.0)]
    assert one.chosen().values == ()
    one.results = [None]
    assert "default values failed" in one.chosen().note and not one.due()


def test_data_sets_say_what_to_tune_on(nuclei: Path, street_root: Path) -> None:
    assert str(training(parse("street(count=5)"), [])) == "street(count=5, split=train)"
    assert training(parse("street"), ["nuclei(root=a)", "street(split=val)"]) == parse("street(split=val)")
    with pytest.raises(InputError, match=r"does not say .* --train 'nuclei\(root=DIR\)'"):
        training(parse(f"nuclei(root={nuclei})"), [])
    assert dataset("street", root=street_root).train == {"split": "train"}


@pytest.fixture
def train_root(nuclei: Path) -> Path:
    """Images with two touching nuclei."""
    root = nuclei.parent / "train"
    masks = np.zeros((40, 48), int)
    masks[4:24, 4:20], masks[4:24, 20:40] = 1, 2
    for name in "de":
        save(root / f"images/{name}.png", (masks > 0) * 100)
        save(root / f"masks/{name}.png", masks, np.uint16)
    return root


@pytest.mark.slow
def test_chosen_values_and_the_budget_are_in_the_rows(
    nuclei: Path, train_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IgraphMultilevel, "tunable", lambda self: {"resolution": (0.001, 3)})  # 1 cuts into pieces
    chosen = ("gaec", "igraph-multilevel", "singletons")
    more = ("--timeout", "600", "--tune", "60", "--train", f"nuclei(root={train_root})")
    found = board(nuclei, *more, partitioners=chosen).set_index("partitioner")
    assert found["tuned"].to_dict() == {"gaec": True, "igraph-multilevel": True, "singletons": False}
    assert found["tune_trials"].to_dict() == {"gaec": 20, "igraph-multilevel": 3, "singletons": 0}
    assert (found["tune_budget"] == 60).all() and (found["tune_seconds"] <= 60).all() and (found["status"] == OK).all()
    assert (found["tune_data"] == "nuclei(root=train)").all() and (found["tune_images"] == 2).all()
    assert found.loc["singletons", "tune_note"] == "nothing to tune"
    assert found["parameters"].fillna("").to_dict() == {
        "gaec": "", "igraph-multilevel": "resolution=0.001", "singletons": ""
    }  # fmt: skip
    assert found.loc["igraph-multilevel", "tune_AP"] == 100 > found.loc["igraph-multilevel", "tune_AP_default"]
    markdown = (nuclei.parent / "board/leaderboard.md").read_text()
    assert "tuned on nuclei(root=train), 2 images, 60 processor seconds each" in markdown
    assert "| resolution=0.001 " in markdown
    before = times(nuclei)
    pd.testing.assert_frame_equal(board(nuclei, *more, partitioners=chosen).set_index("partitioner"), found)
    by_hand = board(nuclei, partitioners=("igraph-multilevel(resolution=0.001)",))
    assert by_hand["AP"].tolist() == [found.loc["igraph-multilevel", "AP"]]
    assert times(nuclei) == before


def test_tuning_on_what_is_compared_on_is_refused(nuclei: Path) -> None:
    with pytest.raises(InputError, match="compared on: a, b, c"):
        main(options(nuclei, "--tune", "1", "--train", f"nuclei(root={nuclei})"))
    with pytest.raises(InputError, match="together with --tune"):
        main(options(nuclei, "--train", f"nuclei(root={nuclei})"))
