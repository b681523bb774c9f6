"""The rows as a table: quality and time of each row at each noise, and the differences of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.ablation.rows import TABLE_4, Row, pairs
from bench.ablation.runner import Noise, Outcomes
from bench.metrics.bootstrap import Bootstrap, bootstrap
from bench.outcomes import Outcome, columns
from partitioners import ClassTable

DIFFERENCES = ["noise", "from", "to", "AP_difference", "low", "high", "paper_cityscapes_val_AP_difference"]


@dataclass(frozen=True, eq=False)
class Report:
    """The tables of one run.

    Args:
        rows: one line per noise and row; its columns are explained in results/README.md.
        differences: one line per noise and pair of rows.
        origin: what was run, where and when.
    """

    rows: pd.DataFrame
    differences: pd.DataFrame
    origin: Mapping[str, Any]

    @property
    def row_names(self) -> list[str]:
        """The names of the rows, in order."""
        return self.rows["row"].unique().tolist()

    @property
    def title(self) -> str:
        """What was run on what."""
        what = "Table 4" if self._is_table_4 else "Partitioners"
        return f"{what} on {self.origin['dataset']} with {self.origin['model']}"

    @property
    def note(self) -> str:
        """What is to be known of the paper's numbers, where there are any."""
        return "The paper's numbers are for its own network, on Cityscapes val." if self._is_table_4 else ""

    @property
    def _is_table_4(self) -> bool:
        return self.row_names == [row.name for row in TABLE_4]

    def summary(self) -> Table:
        """Return the heart of the table, for a terminal."""
        table = Table(title=f"{self.title}, AP in %", caption=self.note, box=SIMPLE_HEAD)
        heart = _heart(self.rows).drop(columns="AP50 ", errors="ignore")
        for column in heart:
            table.add_column(str(column), justify="left" if column == "row" else "right", no_wrap=True)
        for number, line in enumerate(heart.itertuples(index=False), start=1):
            table.add_row(*line, end_section=number % len(self.row_names) == 0)
        return table


def report(
    outcomes: Outcomes, rows: Sequence[Row], classes: ClassTable, origin: Mapping[str, Any], seed: int
) -> Report:
    """Return the tables of what `bench.ablation.runner.measure` found for `rows`; `seed` is the bootstrap's."""
    lines, differences = [], []
    for noise, by_row in outcomes.items():
        if not any(by_row.values()):
            continue
        intervals = bootstrap({row: [one.match for one in found] for row, found in by_row.items()}, classes, seed=seed)
        lines += [_line(row, noise, by_row[row.name], intervals, classes) for row in rows]
        differences += [_difference(noise, first, second, intervals) for first, second in pairs(rows)]
    table = pd.DataFrame(lines).assign(**origin)
    return Report(table, pd.DataFrame(differences, columns=DIFFERENCES), origin)


def _line(row: Row, noise: Noise, found: list[Outcome], intervals: Bootstrap, classes: ClassTable) -> dict[str, Any]:
    return {
        "row": row.name,
        **columns(found, classes, intervals.ap[row.name]),
        "failed": sum(one.failed for one in found),
        "noise": np.nan if noise is None else noise,
        "paper_cityscapes_val_AP": row.paper_ap,
        "paper_cityscapes_val_AP50": row.paper_ap50,
    }


def _difference(noise: Noise, first: Row, second: Row, intervals: Bootstrap) -> dict[str, Any]:
    sign = 1.0
    key = (first.name, second.name)
    if key not in intervals.difference:
        key, sign = key[::-1], -1.0
    value, *ends = (100 * sign * number for number in intervals.difference[key])
    paper = round(second.paper_ap - first.paper_ap, 1)
    found = (np.nan if noise is None else noise, first.name, second.name, value, min(ends), max(ends), paper)
    return dict(zip(DIFFERENCES, found, strict=True))


def write(found: Report, folder: Path) -> None:
    """Write ablation.csv, differences.csv, ablation.md and origin.json into `folder`."""
    found.rows.to_csv(folder / "ablation.csv", index=False, float_format="%.4f")
    found.differences.to_csv(folder / "differences.csv", index=False, float_format="%.4f")
    (folder / "origin.json").write_text(json.dumps(dict(found.origin), indent=2) + "\n")
    (folder / "ablation.md").write_text(_markdown(found))


def _heart(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what one reads first, as text."""
    return pd.DataFrame(
        {
            **_where_known(rows, "noise", "noise", "{:g}"),
            "row": rows["row"],
            "AP (95 %)": _with_interval(rows, "AP", "AP_low", "AP_high", ".1f"),
            "AP50": rows["AP50"].map("{:.1f}".format),
            "ms/img": (1000 * rows["seconds_per_image"]).map("{:.1f}".format),
            **_where_known(rows, "paper_cityscapes_val_AP", "paper: AP", "{:.1f}"),
            **_where_known(rows, "paper_cityscapes_val_AP50", "AP50 ", "{:.1f}"),
        }
    )


def _where_known(rows: pd.DataFrame, column: str, head: str, style: str) -> dict[str, pd.Series]:
    """Return a column as text under its head, nothing where it is empty."""
    return {head: rows[column].map(style.format)} if rows[column].notna().any() else {}


def _with_interval(rows: pd.DataFrame, value: str, low: str, high: str, style: str) -> list[str]:
    return [f"{x:{style}} ({a:{style}}…{b:{style}})" for x, a, b in rows[[value, low, high]].itertuples(index=False)]


def _differences(lines: pd.DataFrame) -> str:
    """Return the differences of rows with a title, nothing where there is but one row."""
    if lines.empty:
        return ""
    table = pd.DataFrame(
        {
            **_where_known(lines, "noise", "noise", "{:g}"),
            "from": lines["from"],
            "to": lines["to"],
            "AP difference (95 %)": _with_interval(lines, "AP_difference", "low", "high", "+.1f"),
            **_where_known(lines, "paper_cityscapes_val_AP_difference", "paper", "{:+.1f}"),
        }
    )
    return f"""
Differences of AP on the same images, with paired intervals:

{table.to_markdown(index=False, disable_numparse=True)}
"""


def _markdown(found: Report) -> str:
    origin = found.origin
    state = " with uncommitted changes" if origin["dirty"] else ""
    return f"""\
{found.title}, {found.rows["images"].max()} images. AP in percent, with 95 % bootstrap
intervals over images. {found.note}

{_heart(found.rows).to_markdown(index=False, disable_numparse=True)}
{_differences(found.differences)}
Commit {origin["commit"]}{state}, {origin["date"]}, {origin["machine"]}, Python {origin["python"]}.
"""
