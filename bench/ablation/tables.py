"""Table 4 as a table: quality and time of each row at each noise, and the differences of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.ablation.rows import TABLE_4, Row
from bench.ablation.runner import Noise, Outcomes
from bench.metrics.bootstrap import Bootstrap, bootstrap
from bench.outcomes import Outcome, columns
from partitioners import ClassTable

PAIRS = ((0, 1), (1, 3), (3, 2), (0, 3))
"""The differences that the paper speaks of, as pairs of rows: grouping, position-awareness, GAS, and all of it."""


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
        title = f"Table 4 on {self.origin['dataset']} with {self.origin['model']}, AP in %"
        caption = "The paper's AP is that of its own network, on Cityscapes val."
        table = Table(title=title, caption=caption, box=SIMPLE_HEAD)
        heart = _heart(self.rows).drop(columns="AP50 ")
        for column in heart:
            table.add_column(str(column), justify="left" if column == "row" else "right", no_wrap=True)
        for number, line in enumerate(heart.itertuples(index=False), start=1):
            table.add_row(*line, end_section=number % len(TABLE_4) == 0)
        return table


def report(outcomes: Outcomes, classes: ClassTable, origin: Mapping[str, Any], seed: int) -> Report:
    """Return the tables of what `bench.ablation.runner.measure` found; `seed` is the bootstrap's."""
    lines, differences = [], []
    for noise, rows in outcomes.items():
        if not any(rows.values()):
            continue
        intervals = bootstrap({row: [one.match for one in found] for row, found in rows.items()}, classes, seed=seed)
        lines += [_line(row, noise, rows[row.name], intervals, classes) for row in TABLE_4]
        differences += [_difference(noise, TABLE_4[first], TABLE_4[second], intervals) for first, second in PAIRS]
    table = pd.DataFrame(lines).assign(**origin)
    return Report(table, pd.DataFrame(differences), origin)


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
    return {
        "noise": np.nan if noise is None else noise,
        "from": first.name,
        "to": second.name,
        "AP_difference": value,
        "low": min(ends),
        "high": max(ends),
        "paper_cityscapes_val_AP_difference": round(second.paper_ap - first.paper_ap, 1),
    }


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
            **_noise(rows),
            "row": rows["row"],
            "AP (95 %)": _with_interval(rows, "AP", "AP_low", "AP_high", ".1f"),
            "AP50": rows["AP50"].map("{:.1f}".format),
            "ms/img": (1000 * rows["seconds_per_image"]).map("{:.1f}".format),
            "paper: AP": rows["paper_cityscapes_val_AP"].map("{:.1f}".format),
            "AP50 ": rows["paper_cityscapes_val_AP50"].map("{:.1f}".format),
        }
    )


def _noise(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the column of noises, nothing for a model without any."""
    return {"noise": rows["noise"].map("{:g}".format)} if rows["noise"].notna().any() else {}


def _with_interval(rows: pd.DataFrame, value: str, low: str, high: str, style: str) -> list[str]:
    return [f"{x:{style}} ({a:{style}}…{b:{style}})" for x, a, b in rows[[value, low, high]].itertuples(index=False)]


def _markdown(found: Report) -> str:
    pairs = found.differences
    differences = pd.DataFrame(
        {
            **_noise(pairs),
            "from": pairs["from"],
            "to": pairs["to"],
            "AP difference (95 %)": _with_interval(pairs, "AP_difference", "low", "high", "+.1f"),
            "paper": pairs["paper_cityscapes_val_AP_difference"].map("{:+.1f}".format),
        }
    )
    origin = found.origin
    state = " with uncommitted changes" if origin["dirty"] else ""
    return f"""\
Table 4 on `{origin["dataset"]}` with the affinity model `{origin["model"]}`, {found.rows["images"].max()} images. AP in
percent, with 95 % bootstrap intervals over images. The paper's numbers are for its own network, on Cityscapes val.

{_heart(found.rows).to_markdown(index=False, disable_numparse=True)}

Differences of AP on the same images, with paired intervals:

{differences.to_markdown(index=False, disable_numparse=True)}

Commit {origin["commit"]}{state}, {origin["date"]}, {origin["machine"]}, Python {origin["python"]}.
"""
