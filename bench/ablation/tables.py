"""The rows as a table: quality and time of each row at each noise, and the differences of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from affinity_models.metrics.bootstrap import Bootstrap, bootstrap
from bench.ablation import figures
from bench.ablation.rows import TABLE_4, Row, pairs
from bench.engine.cells import Cell
from bench.engine.plan import RECORDED
from bench.engine.provenance import provenance
from bench.engine.schema import ABLATION, tidy
from bench.engine.scoring import Scored, columns, leading, notes_on_columns, problems, traced
from bench.publish.exhibits import Exhibit, as_markdown, formatted, made, read, store, with_interval
from bench.publish.sections import TRACED, write_origin

PAPER = "The paper's numbers are for its own network, on Cityscapes val."
PAPERS = {"paper_cityscapes_val_AP": "paper: AP", "paper_cityscapes_val_AP50": "AP50 "}
"""The heads of the paper's figures."""
README_NOISE = 0.75
Noise = float | None
"""The amount of a model's errors; None for a model without that parameter, or with its own value of it."""
Cells = Mapping[Noise, Mapping[str, Cell]]
"""By noise, then by the name of the row."""

DIFFERENCES = ["noise", "from", "to", "AP_difference", "low", "high", "paper_cityscapes_val_AP_difference"]


@dataclass(frozen=True, eq=False)
class Report:
    """The tables of one run.

    Args:
        rows: one line per noise and row; its columns are explained in results/README.md.
        differences: one line per noise and pair of rows.
        origin: the code, the machine and the date of the run.
    """

    rows: pd.DataFrame
    differences: pd.DataFrame
    origin: Mapping[str, Any]


def report(
    cells: Cells, rows: Sequence[Row], scored: Mapping[Cell, Scored], run: Mapping[str, Any], seed: int
) -> Report:
    """Return the tables of cells.

    Args:
        cells: one for each row, at each noise.
        rows: the table's.
        scored: results of the cells.
        run: data set, model and other columns that all lines share.
        seed: the seed of the bootstrap.
    """
    lines, differences = [], []
    for noise, by_row in cells.items():
        results = {row: scored[cell] for row, cell in by_row.items()}
        matches = {row: result.matches for row, result in results.items() if result.outcomes}
        if not matches:
            continue
        intervals = bootstrap(matches, next(iter(results.values())).classes, seed=seed)
        lines += [_line(row, noise, by_row[row.name], results[row.name], intervals) for row in rows]
        measured = [(first, second) for first, second in pairs(rows) if {first.name, second.name} <= set(matches)]
        differences += [_difference(noise, first, second, intervals) for first, second in measured]
    table = tidy(pd.DataFrame(lines).assign(**run), ABLATION)
    return Report(table, pd.DataFrame(differences, columns=DIFFERENCES), {**run, **provenance()})


def _line(row: Row, noise: Noise, cell: Cell, scored: Scored, intervals: Bootstrap) -> dict[str, Any]:
    return {
        "row": row.name,
        **(columns(scored, intervals.ap[row.name]) if scored.outcomes else {}),
        "partitioner": row.expression,
        **scored.ending,
        "noise": np.nan if noise is None else noise,
        "paper_cityscapes_val_AP": row.paper_ap,
        "paper_cityscapes_val_AP50": row.paper_ap50,
        **traced(cell, scored.record),
    }


def _difference(noise: Noise, first: Row, second: Row, intervals: Bootstrap) -> dict[str, Any]:
    sign = 1.0
    key = (first.name, second.name)
    if key not in intervals.difference:
        key, sign = key[::-1], -1.0
    value, *ends = (100 * sign * number for number in intervals.difference[key])
    paper = round(second.paper_ap - first.paper_ap, 1)
    values = (np.nan if noise is None else noise, first.name, second.name, value, min(ends), max(ends), paper)
    return dict(zip(DIFFERENCES, values, strict=True))


def write(tables: Report, folder: Path) -> None:
    """Write ablation.csv, differences.csv and origin.json, the source of all else, into `folder`."""
    store(tables.rows, folder / "ablation.csv")
    store(tables.differences, folder / "differences.csv")
    write_origin(tables.origin, folder)


def exhibits(folder: Path) -> list[Exhibit]:
    """Return the tables of the rows that `write` stored."""
    rows, differences = read(folder / "ablation.csv"), read(folder / "differences.csv")
    note = f"{rows['images'].max():.0f} images. AP in percent, with 95 % bootstrap intervals over images.{_note(rows)}"
    results = [Exhibit(_title(rows), note, rows, _essentials(rows), figures.plot(rows), "ablation")]
    if len(differences):
        note = "Differences of AP on the same images, with paired intervals."
        with_origin = differences.assign(**{column: rows[column].iloc[0] for column in TRACED})
        results.append(Exhibit("Differences", note, with_origin, _differences(differences)))
    return results


def readme(folder: Path) -> str:
    """Return the part that the README shows: the rows at one noise, where they have one."""
    rows = read(folder / "ablation.csv")
    rows = rows[rows["noise"].isna() | (rows["noise"] == README_NOISE)]
    return f"{as_markdown(_essentials(rows))}\n\n{made(rows)}"


def _title(rows: pd.DataFrame) -> str:
    """Return the title of a table."""
    subject = "Table 4" if _is_table_4(rows) else "Partitioners"
    return f"{subject} on {rows.loc[0, 'dataset']} with {rows.loc[0, 'model']}"


def _note(rows: pd.DataFrame) -> str:
    """Return notes on columns, on the rows of Table 4, and on the one below them, if any."""
    paper = notes_on_columns(rows) + f" {PAPER}" * _is_table_4(rows)
    recorded = rows.loc[rows["row"] == RECORDED, "partitioner"] if "partitioner" in rows else ()
    return paper + "".join(
        f" Row {RECORDED}: `{partitioner}`, recorded with the network." for partitioner in dict.fromkeys(recorded)
    )


def _is_table_4(rows: pd.DataFrame) -> bool:
    return rows["row"].unique().tolist()[: len(TABLE_4)] == [row.name for row in TABLE_4]


def _essentials(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the essential columns, as text."""
    table = rows.assign(problem=problems(rows), **{"ms/img": 1000 * rows["seconds_per_image"]})
    table["AP (95 %)"] = with_interval(rows, "AP")
    styles = {"noise": "g", "row": ""} | leading(rows) | {"AP (95 %)": ""}
    styles |= {"AP50": ".1f", "gap": ".2f"} | dict.fromkeys(("ms/img", *PAPERS), ".1f") | {"problem": ""}
    return formatted(table, styles).rename(columns=PAPERS)


def _differences(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of rows, as text."""
    difference, paper = "AP difference (95 %)", "paper_cityscapes_val_AP_difference"
    table = lines.assign(**{difference: with_interval(lines, "AP_difference", "low", "high", "+.1f")})
    styles = {"noise": "g", "from": "", "to": "", difference: "", paper: "+.1f"}
    return formatted(table, styles).rename(columns={paper: "paper"})
