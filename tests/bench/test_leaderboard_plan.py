"""What the leaderboard plans to run: choices, keys, limits, and mistakes."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from boards import board, options
from layouts import save

from affinity_models import cli
from affinity_models.daffnet import shipped
from affinity_models.data import create
from bench.engine import plan as planning
from bench.engine import provenance
from bench.engine.cells import Record
from bench.engine.isolation import OK, OUT_OF_MEMORY, TIMEOUT, Limits
from bench.engine.plan import plan
from bench.engine.run import cells_due
from bench.leaderboard.__main__ import PARTITIONERS as CHOSEN
from bench.leaderboard.__main__ import main
from partitioners import PARTITIONERS, InputError
from partitioners.registry import Entry


def keys(root: Path, *partitioners: str, model: str = "oracle", limit: int = 3, seed: int = 0) -> list[str]:
    cells = plan([f"nuclei(root={root})"], [model], partitioners, limit, seed)
    assert len({cell.key for cell in cells}) == len(cells) == len(partitioners)
    return [cell.key for cell in cells]


def test_keys_change_with_all_that_decides_an_answer(nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = keys(nuclei, "networkx-louvain")
    assert keys(nuclei, "networkx-louvain") == plain
    seen = [
        plain,
        keys(nuclei, "networkx-louvain(resolution=2)"),
        keys(nuclei, "networkx-louvain", model="oracle(noise=0.5)"),
        keys(nuclei, "networkx-louvain", limit=2),
        keys(nuclei, "networkx-louvain", seed=1),
    ]
    monkeypatch.setattr(provenance, "version", lambda name: "0.0")
    seen.append(keys(nuclei, "networkx-louvain"))
    monkeypatch.setattr(planning, "own_code_key", lambda: "other code")
    seen.append(keys(nuclei, "networkx-louvain"))
    mask = np.zeros((40, 56), int)
    save(nuclei / "masks/c.png", mask, np.uint16)
    seen.append(keys(nuclei, "networkx-louvain"))
    for content in (b"one", b"another"):
        (nuclei / "pyramids").mkdir(exist_ok=True)
        (nuclei / "pyramids/a.npz").write_bytes(content)
        seen.append(keys(nuclei, "networkx-louvain", model="saved"))
    assert len({key for (key,) in seen}) == len(seen)


def test_a_line_for_each_rule_of_other_packages(nuclei: Path) -> None:
    for package in ("bioimage_cpp", "mwatershed"):
        pytest.importorskip(package)
    rules = ("gaec", "greedy-fixation", "kernighan-lin", "decomposition", "fusion-moves", "lifted-gaec")
    rules += ("lifted-kernighan-lin", "gasp", "cannot-link", "mala", "mutex-watershed", "semantic-mutex-watershed")
    lines = [*(f"bioimage-{rule}" for rule in rules), "mwatershed", "mwatershed-strided", "mwatershed(seeded=True)"]
    cells = plan([f"nuclei(root={nuclei})"], ["oracle"], [*CHOSEN, lines[-1]], 3, 0)
    problems = {str(cell.partitioner): cell.problem for cell in cells}
    assert {line: problems.get(line) for line in lines} == dict.fromkeys(lines, "")


def test_the_default_models_are_the_oracle_and_what_is_shipped(
    nuclei: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)

    def models() -> list[str]:
        return [str(cell.affinities.model) for cell in plan([f"nuclei(root={nuclei})"], None, ["gaec"], 3, 0)]

    assert models() == ["oracle(noise=0.75)"]
    (tmp_path / "nuclei.md").touch()
    assert models() == ["daffnet", "oracle(noise=0.75)"]


def test_the_key_of_a_plug_in_changes_with_its_file(
    nuclei: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "plugged_in.py"
    monkeypatch.syspath_prepend(str(tmp_path))
    found = []
    for text in ("class Thing: pass\n", "class Thing:\n    pass\n"):
        module.write_text(text)
        monkeypatch.delitem(sys.modules, "plugged_in", raising=False)
        factory = __import__("plugged_in").Thing
        monkeypatch.setitem(PARTITIONERS._entries, "plugged", Entry("plugged", factory, lambda: None))
        found += keys(nuclei, "plugged")
    assert found[0] != found[1]


def test_a_record_of_failure_holds_until_limits_are_wider(nuclei: Path, tmp_path: Path) -> None:
    (cell,) = plan([f"nuclei(root={nuclei})"], ["oracle"], ["gaec"], 3, 0)

    def due(status: str, limits: Limits) -> bool:
        Record(status, limits=Limits(3 * 10, 4)).write(cell.folder(tmp_path))
        return cells_due([cell, cell], tmp_path, limits, "missing") == [cell]

    assert not due(TIMEOUT, Limits(10, 8)) and due(TIMEOUT, Limits(11, 4))
    assert not due(OUT_OF_MEMORY, Limits(20, 4)) and due(OUT_OF_MEMORY, Limits(10, 5))
    assert not any(due(status, Limits(20, 8)) for status in (OK, "failed", "crashed"))


def test_list_and_dry_run_change_nothing(nuclei: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(options(nuclei, "--dry-run"))
    assert capsys.readouterr().out.count("not run") == 2
    assert not (nuclei.parent / "runs").exists()
    board(nuclei, partitioners=("gaec",))
    capsys.readouterr()
    main(options(nuclei, "--list"))
    listed = capsys.readouterr().out.splitlines()
    assert [re.split(r"  +", line)[0] for line in listed[:2]] == ["ok", "not run"]
    main(options(nuclei, "--dry-run"))
    planned = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1].split(",")[0] for line in planned[:-1]] == ["singletons"]
    assert planned[-1].startswith("Cells to run: 1;")


def test_a_revision_of_generated_scenes_needs_none_of_them(tmp_path: Path) -> None:
    parameters = ({}, {"seed": 1}, {"split": "train"})
    made = [create("street", root=tmp_path / "none", **more).revision("street_000000_000019") for more in parameters]
    assert len(set(made)) == 3 and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--partitioners", "gaek"], "did you mean 'gaec'"),
        (["--partitioners", "zzz*"], "no 'zzz*'"),
        (["--partitioners", "gaec(linkag=sum)"], "did you mean 'linkage'"),
        (["--partitioners", "gaec(sum)"], "KEY=VALUE"),
        (["--models", "oracel"], "did you mean 'oracle'"),
        (["--data", "nuclei"], "needs the parameter 'root'"),
        (["--data", "nuclei(root=/no/such)"], "/no/such"),
    ],
)
def test_mistakes_end_with_one_line(
    more: list[str], message: str, nuclei: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda: main(options(nuclei, *more)))
    assert stopped.value.code == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


def test_no_readable_image_is_an_error(nuclei: Path) -> None:
    for mask in (nuclei / "masks").iterdir():
        mask.write_bytes(b"")
    with pytest.raises(InputError, match="no image can be read"):
        main(options(nuclei))


def test_each_choice_is_one_cell_however_it_is_spelled(nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(nuclei.parent)
    data = [f"nuclei(root={nuclei})", "nuclei(root='blobs')", "nuclei(root=./blobs/, stride=1)"]
    models = ["oracle", "oracle(noise=0.0)", "oracle(seed=3)"]
    cells = plan(data, models, ["gaec", "gaec(threshold=0.50)", "gaec(linkage='wpgma')", "gaec(threshold=0.6)"], 3, 3)
    assert [str(cell.partitioner) for cell in cells] == ["gaec", "gaec(threshold=0.6)"]
    (other,) = plan(data[2:], models[2:], ["gaec(threshold=0.5)"], 3, 3)
    assert other.key == cells[0].key
    assert len(plan(data[:1], ["saved", f"saved(root={nuclei})"], ["gaec"], 3, 0)) == 1  # the root is the data set's
