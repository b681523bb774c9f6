"""Table 4 as a table: quality and time of each row at each noise, and the differences of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from bench.ablation.rows import TABLE_4, Row
from bench.ablation.runner import Noise, Outcome, Outcomes
from bench.metrics.bootstrap import Bootstrap, bootstrap
from bench.metrics.cityscapes import average_precision
from bench.metrics.nuclei import mean_nuclei_precision
from bench.metrics.panoptic import panoptic_quality
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
        table = Table(title=f"Table 4 on {self.origin['dataset']} with {self.origin['model']}, AP in percent")
        for column in ("noise", "row", "AP", "95 %", "AP50", "s / image", "paper AP*", "paper AP50*"):
            table.add_column(column, justify="left" if column == "row" else "right")
        previous = None
        for line in self.rows.to_dict("records"):
            if previous not in (None, line["noise"]):
                table.add_section()
            previous = line["noise"]
            interval = f"{line['AP_low']:.1f}…{line['AP_high']:.1f}"
            numbers = [f"{line[key]:.1f}" for key in ("AP50", "seconds_per_image", "paper_AP", "paper_AP50")]
            numbers[1] = f"{line['seconds_per_image']:.2f}"
            table.add_row(f"{line['noise']:g}", line["row"], f"{line['AP']:.1f}", interval, *numbers)
        table.caption = "* on Cityscapes val with the paper's network and machine"
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
    matches = [one.match for one in found]
    precision = average_precision(matches, classes)
    quality = panoptic_quality(matches, classes)
    interval = intervals.ap[row.name]
    errors = pd.DataFrame([one.partition for one in found]).mean()
    return {
        "row": row.name,
        "AP": 100 * precision.ap,
        "AP50": 100 * precision.ap50,
        "seconds_per_image": _mean(found, "seconds"),
        "noise": np.nan if noise is None else noise,
        "AP_low": 100 * interval.low,
        "AP_high": 100 * interval.high,
        "paper_AP": row.paper_ap,
        "paper_AP50": row.paper_ap50,
        "AP50m": 100 * precision.ap50m,
        "AP100m": 100 * precision.ap100m,
        "AP_DSB": 100 * mean_nuclei_precision(matches),
        "PQ": 100 * quality.pq,
        "SQ": 100 * quality.sq,
        "RQ": 100 * quality.rq,
        "VI_split": errors["vi_split"],
        "VI_merge": errors["vi_merge"],
        "ARE": errors["are"],
        "energy": _mean(found, "energy"),
        "instances_per_image": float(np.mean([len(match.score) for match in matches])),
        "images": len(found),
        "failed": sum(one.failed for one in found),
        **{f"AP_{name.replace(' ', '_')}": 100 * value for name, value in precision.class_ap.items()},
    }


def _mean(found: list[Outcome], field: str) -> float:
    """Return the mean over the images where the row did not fail."""
    values = [getattr(one, field) for one in found if not one.failed]
    return float(np.mean(values)) if values else float("nan")


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
        "paper_AP_difference": round(second.paper_ap - first.paper_ap, 1),
    }


def write(found: Report, folder: Path) -> None:
    """Write ablation.csv, differences.csv, ablation.md and origin.json into `folder`."""
    found.rows.to_csv(folder / "ablation.csv", index=False, float_format="%.4f")
    found.differences.to_csv(folder / "differences.csv", index=False, float_format="%.4f")
    (folder / "origin.json").write_text(json.dumps(dict(found.origin), indent=2) + "\n")
    (folder / "ablation.md").write_text(_markdown(found))


def _markdown(found: Report) -> str:
    rows, differences = found.rows, found.differences
    main = pd.DataFrame(
        {
            "noise": rows["noise"],
            "row": rows["row"],
            "AP": [
                f"{ap:.1f} ({low:.1f}…{high:.1f})"
                for ap, low, high in zip(rows["AP"], rows["AP_low"], rows["AP_high"], strict=True)
            ],
            "AP50": rows["AP50"].map("{:.1f}".format),
            "s / image": rows["seconds_per_image"].map("{:.2f}".format),
            "paper: AP": rows["paper_AP"],
            "paper: AP50": rows["paper_AP50"],
        }
    )
    pairs = pd.DataFrame(
        {
            "noise": differences["noise"],
            "from": differences["from"],
            "to": differences["to"],
            "AP difference": [
                f"{value:+.1f} ({low:+.1f}…{high:+.1f})"
                for value, low, high in zip(
                    differences["AP_difference"], differences["low"], differences["high"], strict=True
                )
            ],
            "paper": differences["paper_AP_difference"].map("{:+.1f}".format),
        }
    )
    origin = found.origin
    state = " with uncommitted changes" if origin["dirty"] else ""
    return "\n".join(
        [
            f"Table 4 on `{origin['dataset']}` with the affinity model `{origin['model']}`, {rows['images'].max()} images; "
            f"AP in percent with 95 % bootstrap intervals over images. The paper's numbers are those of its network on "
            f"Cityscapes val, its time 0.244 s for the whole cascade on its machine.",
            "",
            main.to_markdown(index=False),
            "",
            "Differences of AP on the same images, with paired intervals:",
            "",
            pairs.to_markdown(index=False),
            "",
            f"Commit {origin['commit']}{state}, {origin['date']}, {origin['machine']}, Python {origin['python']}.",
            "",
        ]
    )
