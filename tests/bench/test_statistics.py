"""The figures of a data set, on arrays small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affinity_models.sample import Sample
from bench import statistics
from bench.statistics import REAL, connected_pieces, instance_table, measure, reductions, touching
from partitioners import ClassTable, InputError

CLASSES = ClassTable(("road", "person", "car"), (False, True, True))


def sample(instances: list[list[int]], semantic: list[list[int]]) -> Sample:
    shape = np.array(instances).shape
    return Sample("one", np.zeros((*shape, 3), np.uint8), np.array(semantic), np.array(instances), CLASSES)


def test_connected_pieces_have_equal_labels_and_four_neighbours() -> None:
    pieces = connected_pieces(np.array([[1, 1, 2], [2, 1, 2], [1, 2, 2]]))
    assert len(np.unique(pieces)) == 4
    assert pieces[0, 0] == pieces[1, 1] and pieces[0, 2] == pieces[2, 1]
    assert len({pieces[0, 0], pieces[0, 2], pieces[1, 0], pieces[2, 0]}) == 4


def test_touching_needs_the_same_class() -> None:
    instances = np.array([[1, 2, 3], [0, 0, 3], [4, 0, 3]])
    semantic = np.array([[1, 1, 2], [0, 0, 2], [1, 0, 2]])
    assert touching(instances, semantic).tolist() == [False, True, True, False, False]


def test_instance_table_counts_areas_and_pieces_of_enough_pixels() -> None:
    instances = np.array([[5, 5, 0, 5], [5, 0, 2, 0], [0, 0, 5, 5]])
    semantic = np.where(instances == 2, 1, np.where(instances == 5, 2, 0))
    table = instance_table(instances, semantic, min_pixels=2).set_index("number")
    assert table["class"].to_dict() == {2: 1, 5: 2}
    assert table["area"].to_dict() == {2: 1, 5: 6}
    assert table["pieces"].to_dict() == {2: 0, 5: 2}
    assert instance_table(np.zeros((2, 2), int), np.zeros((2, 2), int), 1).empty


def test_reductions_of_touching_and_split_instances() -> None:
    row = [1, 1, 2, 2, 0, 0, 2, 2]
    classes = [1, 1, 1, 1, 0, 0, 1, 1]
    made = {name: found.labels for name, found in reductions(sample([row] * 2, [classes] * 2), 2).items()}
    assert made["truth at level 1"].tolist() == [row] * 2
    assert made["truth at level 2"].tolist() == [[1] * 4 + [0] * 4] * 2  # ties go to the first and to the background
    assert made["pieces of the truth at level 1"].tolist() == [[1, 1, 2, 2, 0, 0, 3, 3]] * 2
    assert made["pieces of the semantic map"].tolist() == [[1, 1, 1, 1, 0, 0, 2, 2]] * 2


def test_reductions_know_the_classes_and_leave_stuff_and_void_out() -> None:
    made = reductions(sample([[0, 3], [0, 7]], [[-1, 2], [0, 1]]), 1)
    assert made["truth at level 1"].classes.tolist() == [2, 1]
    assert made["truth at level 1"].labels.tolist() == [[0, 1], [0, 2]]
    assert made["pieces of the semantic map"].classes.tolist() == [2, 1]


def test_measure_scales_areas_to_full_size_and_scores_each_reduction() -> None:
    row = [1, 1, 2, 2, 0, 0, 2, 2]
    figures = measure([sample([row] * 2, [[1, 1, 1, 1, 0, 0, 1, 1]] * 2)], CLASSES, 2)
    assert figures.keys() == REAL.keys()
    scale = 1024 * 2048 / 16
    assert figures["instances per image"] == 2
    assert figures["pixels of instances, %"] == pytest.approx(75)
    assert figures["area, percentile 50, px"] == pytest.approx(6 * scale)
    assert figures["touching one of their class, %"] == 100
    assert figures["in several pieces, %"] == 50
    assert figures["AP, truth at level 1"] == pytest.approx(100)
    assert figures["AP50, truth at level 2"] == pytest.approx(0)  # an overlap of 4 / 8 is not above 0.5
    assert figures["AP50, pieces of the semantic map"] == pytest.approx(0)


def test_measure_refuses_a_data_set_without_instances() -> None:
    with pytest.raises(InputError, match="expected an image with instances"):
        measure([sample([[0, 0]], [[0, 0]])], CLASSES, 1)


def test_the_command_prints_a_verdict_on_each_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = np.full((64, 128), 7, np.uint16)
    ids[10:30, 10:60], ids[10:30, 60:90], ids[40:50] = 26000, 26001, 26
    layers = {
        "leftImg8bit": np.zeros((64, 128, 3), np.uint8),
        "gtFine_instanceIds": ids,
        "gtFine_labelIds": np.where(ids < 1000, ids, ids // 1000).astype(np.uint8),
    }
    for kind, layer in layers.items():
        folder = tmp_path / kind.split("_")[0] / "val/a"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(layer).save(folder / f"a_000000_000019_{kind}.png")
    statistics.main(["--data", f"cityscapes(root={tmp_path})"])
    printed = {
        line.split("│")[1].strip(): line.split("│")[2:-1]
        for line in capsys.readouterr().out.splitlines()
        if "│" in line
    }
    assert printed.keys() == REAL.keys()
    assert [cell.strip() for cell in printed["instances per image"]] == ["24", "2.0", "0.08", "no"]
    assert [cell.strip() for cell in printed["AP50, truth at level 1"]] == ["99.3", "100.0", "1.01", "yes"]


def test_a_folder_without_the_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="root: expected"):
        statistics.main(["--data", f"cityscapes(root={tmp_path})"])
