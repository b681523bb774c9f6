"""What is published against the stored rows: this repository's own, and what the check says of damaged copies."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from bench.report import check
from bench.report.__main__ import main
from bench.report.kinds import KINDS, folders
from partitioners import InputError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A copy of what this repository publishes."""
    shutil.copytree(ROOT / "results", tmp_path / "results", ignore=shutil.ignore_patterns("*.jpg"))
    (tmp_path / "docs").mkdir()
    for page in check.pages(ROOT / "results"):
        shutil.copy(page, tmp_path / page.relative_to(ROOT))
    return tmp_path / "results"


def test_what_is_published_is_what_the_rows_say() -> None:
    assert check.problems(ROOT / "results") == []
    assert len({kind for _, kind in folders(ROOT / "results")}) >= 3


def test_changed_rows_are_found_in_page_figure_and_docs_and_renewed(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = results / "ablation/street-oracle/ablation.csv"
    rows = pd.read_csv(path, dtype={"commit": str})
    changed = (rows["noise"] == 0.75) & (rows["row"] == "GAEC")
    rows.loc[changed, "AP"] = 12.34
    rows.to_csv(path, index=False)
    with pytest.raises(SystemExit):
        main([str(results), "--check"])
    said = capsys.readouterr().out.splitlines()
    places = {line.split(": ")[0] for line in said}
    at = {}
    for file in ("results/ablation/street-oracle/ablation.md", "docs/findings.md"):
        lines = (results.parent / file).read_text().splitlines()
        at[file] = 1 + next(number for number, line in enumerate(lines) if line.startswith("| 0.75    | GAEC "))
    figure = f"results/ablation/street-oracle/ablation.png:{2 + changed.argmax()}, data of the figure"
    assert places == {figure, *(f"{file}:{line}" for file, line in at.items())}
    assert all("expected '" in line and "12.3" in line for line in said)
    main([str(results), "--renew"])
    assert check.problems(results) == [] and check.renew(results) == []
    assert "| 12.3 " in (results.parent / "docs/findings.md").read_text()


def test_edited_tables_are_found(results: Path) -> None:
    for file in ("speed/speed.md", "../docs/speed.md"):
        text = (results / file).read_text()
        assert "| noisy-512" in text
        (results / file).write_text(re.sub(r"(\| noisy-512 .*?\d)\.(\d)", r"\1.9\2", text, count=1))
    found = check.problems(results)
    assert [line.split(":")[0] for line in found] == ["results/speed/speed.md", "docs/speed.md"]


def test_a_lost_line_is_one_problem(results: Path) -> None:
    page = results / "blocks/blocks.md"
    lines = page.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if "| wpgma" in line)
    page.write_text("".join(lines[:number] + lines[number + 1 :]))
    (problem,) = check.problems(results)
    assert (
        problem.startswith(f"results/blocks/blocks.md:{number + 1}: expected '| street") and "no such line" in problem
    )


def test_figures_without_data_are_found(results: Path) -> None:
    (results / "speed/flat.png").write_bytes(b"no picture")
    (results / "speed/memory.png").unlink()
    assert check.problems(results) == [
        "results/speed/flat.png, data of the figure: missing",
        "results/speed/memory.png, data of the figure: missing",
    ]


def test_rows_of_uncommitted_code_and_of_other_runs_are_found(results: Path) -> None:
    path = results / "blocks/memory.csv"
    rows = path.read_text().splitlines()
    path.write_text("\n".join([*rows[:2], rows[2].replace(",False,", ",True,"), *rows[3:]]))
    origin = results / "ablation/nuclei-oracle/origin.json"
    origin.write_text(re.sub('"commit": "[0-9a-f]+"', '"commit": "0123"', origin.read_text()))
    found = "\n".join(check.problems(results))
    assert "results/blocks/memory.csv:3: measured with uncommitted changes" in found
    assert "results/ablation/nuclei-oracle/origin.json: commit 0123, but no row is of it" in found


def test_what_is_not_shown_is_found(results: Path) -> None:
    page = results.parent / "docs/speed.md"
    page.write_text(page.read_text().replace("<!-- from results/speed -->", ""))
    (results / "own").mkdir()
    (results / "own/rows.csv").write_text("a,b\n1,2\n")
    own, shown = check.problems(results)
    assert own.startswith("results/own/rows.csv: rows, but beside them none of the pages")
    assert "put <!-- from results/speed --> and <!-- end -->" in shown


def test_missing_rows_are_named(results: Path) -> None:
    (results / "ablation/street-oracle/differences.csv").unlink()
    with pytest.raises(InputError, match=r"street-oracle: its rows cannot be read: .*differences\.csv"):
        check.problems(results)
    with pytest.raises(InputError, match="DIR: expected folders with results, got nowhere without any"):
        main(["nowhere", "--check"])


def test_kinds_have_pages_of_their_own() -> None:
    assert len({kind.page for kind in KINDS}) == len(KINDS)
