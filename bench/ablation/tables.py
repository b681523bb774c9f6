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
from rich.markup import escape
from rich.table import Table

from affinity_models.metrics.bootstrap import Bootstrap, bootstrap
from affinity_models.metrics.nuclei import NOTE
from bench.ablation import figures
from bench.ablation.rows import RECORDED, TABLE_4, Row, pairs
from bench.ablation.runner import Noise, Outcomes
from bench.engine.outcomes import Outcome, columns, leading
from bench.publish.exhibits import Exhibit, as_markdown, made, read, with_interval
from partitioners import ClassTable

PAPER = "The paper's numbers are for its own network, on Cityscapes val."
README_NOISE = 0.75
ORIGIN = ("commit", "dirty", "machine", "python", "numpy", "date")
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

    def summary(self) -> Table:
        """Return the heart of the table, for a terminal."""
        title, note = f"{_title(self.rows)}, AP in %", escape(_note(self.rows).strip())
        table = Table(title=title, caption=note, box=SIMPLE_HEAD, pad_edge=False)
        too_wide = ["AP50 ", *["AP50"] * bool(leading(self.rows))]
        heart = _heart(self.rows).drop(columns=too_wide, errors="ignore")
        for column in heart:
            table.add_column(str(column), justify="left" if column == "row" else "right", no_wrap=True)
        for number, line in enumerate(heart.itertuples(index=False), start=1):
            table.add_row(*line, end_section=number % self.rows["row"].nunique() == 0)
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
        "partitioner": row.expression,
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
    """Write ablation.csv, differences.csv and origin.json, from which all else is made, into `folder`."""
    found.rows.to_csv(folder / "ablation.csv", index=False, float_format="%.6g")
    found.differences.to_csv(folder / "differences.csv", index=False, float_format="%.6g")
    (folder / "origin.json").write_text(json.dumps(dict(found.origin), indent=2) + "\n")


def exhibits(folder: Path) -> list[Exhibit]:
    """Return the tables of the rows that `write` stored."""
    rows, differences = read(folder / "ablation.csv"), read(folder / "differences.csv")
    note = f"{rows['images'].max()} images. AP in percent, with 95 % bootstrap intervals over images.{_note(rows)}"
    found = [Exhibit(_title(rows), note, rows, _heart(rows), figures.plot(rows), "ablation")]
    if len(differences):
        note = "Differences of AP on the same images, with paired intervals."
        traced = differences.assign(**{column: rows[column].iloc[0] for column in ORIGIN})
        found.append(Exhibit("Differences", note, traced, _differences(differences)))
    return found


def readme(folder: Path) -> str:
    """Return what the README shows of the rows that `write` stored: those at one noise, where they have one."""
    rows = read(folder / "ablation.csv")
    shown = rows[rows["noise"].isna() | (rows["noise"] == README_NOISE)]
    return f"{as_markdown(_heart(shown))}\n\n{made(shown)}"


def _title(rows: pd.DataFrame) -> str:
    """Return what was run on what."""
    what = "Table 4" if _is_table_4(rows) else "Partitioners"
    return f"{what} on {rows.loc[0, 'dataset']} with {rows.loc[0, 'model']}"


def _note(rows: pd.DataFrame) -> str:
    """Return what is to be known of CSI, of the rows of Table 4, and of the one below them, where there are such."""
    paper = f" {NOTE}" * bool(leading(rows)) + f" {PAPER}" * _is_table_4(rows)
    recorded = rows.loc[rows["row"] == RECORDED, "partitioner"] if "partitioner" in rows else ()
    return paper + "".join(f" Row {RECORDED}: `{one}`, recorded with the network." for one in dict.fromkeys(recorded))


def _is_table_4(rows: pd.DataFrame) -> bool:
    return rows["row"].unique().tolist()[: len(TABLE_4)] == [row.name for row in TABLE_4]


def _heart(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what one reads first, as text."""
    return pd.DataFrame(
        {
            **_where_known(rows, "noise", "noise", "{:g}"),
            "row": rows["row"],
            **{name: rows[name].map("{:.1f}".format) for name in leading(rows)},
            "AP (95 %)": with_interval(rows, "AP"),
            "AP50": rows["AP50"].map("{:.1f}".format),
            "ms/img": (1000 * rows["seconds_per_image"]).map("{:.1f}".format),
            **_where_known(rows, "paper_cityscapes_val_AP", "paper: AP", "{:.1f}"),
            **_where_known(rows, "paper_cityscapes_val_AP50", "AP50 ", "{:.1f}"),
            **({"failed": rows["failed"].map(str)} if rows["failed"].any() else {}),
        }
    )


def _where_known(rows: pd.DataFrame, column: str, head: str, style: str) -> dict[str, pd.Series]:
    """Return a column as text under its head, empty where there is no value; no column where there is none at all."""
    return {head: rows[column].map(style.format, "ignore").fillna("")} if rows[column].notna().any() else {}


def _differences(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of rows, as text."""
    return pd.DataFrame(
        {
            **_where_known(lines, "noise", "noise", "{:g}"),
            "from": lines["from"],
            "to": lines["to"],
            "AP difference (95 %)": with_interval(lines, "AP_difference", "low", "high", "+.1f"),
            **_where_known(lines, "paper_cityscapes_val_AP_difference", "paper", "{:+.1f}"),
        }
    )
