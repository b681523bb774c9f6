"""Tuning: what is tried, in what order, within what budget, and what a table says of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from boards import board, options, times
from layouts import save

from bench.datasets import create as dataset
from bench.expressions import parse
from bench.leaderboard.__main__ import main
from bench.leaderboard.cells import Cell
from bench.leaderboard.plan import plan
from bench.leaderboard.space import MOST, Trial, trials
from bench.leaderboard.tune import Result, Search, training
from partitioners import PARTITIONERS, InputError


def tried(text: str, seed: int = 0) -> list[Trial]:
    written = parse(text)
    return trials(written, written.create(PARTITIONERS), seed)


def test_default_values_come_first_and_given_ones_stay() -> None:
    text = "cascade-gaec(grouping=pa-gaec(beta=1))"
    assert tried(text) == tried(text) != tried(text, seed=1)
    found = [one.values for one in tried(text)]
    assert found[0] == {} and len(found) == MOST
    assert {key for values in found for key in values} == {"affinity.threshold", "grouping.threshold"}
    assert all(len(values) == 1 for values in found[1:38]) and all(len(values) == 2 for values in found[38:])
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


def search(nuclei: Path) -> Search:
    (cell,) = plan([f"nuclei(root={nuclei})"], ["oracle"], ["bioimage-gasp"], 3, 0)
    found = tried("bioimage-gasp")
    cells = [Cell(cell.affinities, cell.with_values(one.values)) for one in found]
    return Search(cell, cell.affinities, found, cells)


def test_no_trial_is_begun_that_would_not_end_in_time(nuclei: Path) -> None:
    one = search(nuclei)
    batches = []
    while due := one.due(10):
        batches.append(len(due))
        one.results += [Result((0.5,), 1.0)] * len(due)
    assert batches == [1, 5, 2, 1, 1] and one.seconds == 10
    assert search(nuclei).due(1e-9) == one.cells[:1]


def test_the_first_of_the_best_is_chosen_and_failures_are_none(nuclei: Path) -> None:
    one = search(nuclei)
    one.results = [Result((0.5,), 1.0), None, Result((0.7,), 2.0), Result((0.7,), 3.0), Result((None,), 2.0)]
    found = one.chosen(60)
    assert found.values == tuple(one.trials[2].values.items()) and (found.ap, found.default_ap) == (0.7, 0.5)
    assert found.trials == 4 and found.seconds == 10 and found.budget == 60 and not found.note
    one.results = [Result((0.7,), 1.0), Result((0.7,), 1.0)]
    assert one.chosen(60).values == ()
    one.results = [None]
    assert "default values failed" in one.chosen(60).note and not one.due(60)


def test_data_sets_say_what_to_tune_on(nuclei: Path, street_root: Path) -> None:
    assert str(training(parse("street(count=5)"), [])) == "street(count=5, split=train)"
    assert training(parse("street"), ["nuclei(root=a)", "street(split=val)"]) == parse("street(split=val)")
    with pytest.raises(InputError, match=r"does not say .* --train 'nuclei\(root=DIR\)'"):
        training(parse(f"nuclei(root={nuclei})"), [])
    assert dataset("street", root=street_root).train == {"split": "train"}


@pytest.fixture
def train_root(nuclei: Path) -> Path:
    """Images with two touching nuclei that are best told apart at a high threshold."""
    root = nuclei.parent / "train"
    masks = np.zeros((40, 48), int)
    masks[4:24, 4:20], masks[4:24, 20:40] = 1, 2
    for name in "de":
        save(root / f"images/{name}.png", (masks > 0) * 100)
        save(root / f"masks/{name}.png", masks, np.uint16)
    return root


def test_chosen_values_and_the_budget_are_in_the_rows(nuclei: Path, train_root: Path) -> None:
    chosen = ("gaec", "components", "gaec(threshold=0.5)", "singletons")
    more = ("--models", "oracle(noise=1)", "--tune", "5", "--train", f"nuclei(root={train_root})")
    plain = board(nuclei, "--models", "oracle(noise=1)", partitioners=chosen).set_index("partitioner")
    found = board(nuclei, *more, partitioners=chosen).set_index("partitioner")
    assert found["tuned"].to_dict() == {
        "gaec": True, "components": True, "gaec(threshold=0.5)": False, "singletons": False
    }  # fmt: skip
    assert (found["tune_budget"] == 5).all() and (found["tune_seconds"] <= 5).all()
    assert (found["tune_data"] == "nuclei(root=train)").all() and (found["tune_images"] == 2).all()
    assert found.loc["components", "parameters"].startswith("threshold=")
    tuned = found[found["tuned"]]
    assert (tuned["tune_AP"] >= tuned["tune_AP_default"]).all() and (tuned["tune_trials"] == 20).all()
    fixed = found.loc["gaec(threshold=0.5)"]
    assert fixed["tune_note"] == "nothing to tune" and fixed["AP"] == plain.loc["gaec(threshold=0.5)", "AP"]
    markdown = (nuclei.parent / "runs/leaderboard/leaderboard.md").read_text()
    assert "tuned on nuclei(root=train), 2 images, 5 processor seconds each" in markdown
    value = found.loc["components", "parameters"]
    assert f"| {value} " in markdown
    by_hand = board(nuclei, "--models", "oracle(noise=1)", partitioners=(f"components({value})",))
    assert by_hand["AP"].tolist() == [found.loc["components", "AP"]]
    before = times(nuclei)
    pd.testing.assert_frame_equal(board(nuclei, *more, partitioners=chosen).set_index("partitioner"), found)
    assert times(nuclei) == before


def test_tuning_on_what_is_compared_on_is_refused(nuclei: Path) -> None:
    with pytest.raises(InputError, match="compared on: a, b, c"):
        main(options(nuclei, "--tune", "1", "--train", f"nuclei(root={nuclei})"))
    with pytest.raises(InputError, match="together with --tune"):
        main(options(nuclei, "--train", f"nuclei(root={nuclei})"))
