"""The tables of a run: on the terminal, as CSV, and as exhibits made of these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bench.publish.exhibits import Exhibit, formats, formatted, read
from bench.publish.plots import Plot
from bench.speed.settings import Section
from partitioners.files import write_whole

TRACED = ("commit", "dirty", "machine", "python", "numpy", "date")


def write_table(name: str, table: pd.DataFrame, origin: Mapping[str, Any], folder: Path) -> None:
    """Write a section's CSV, each line with where it comes from, whole or not at all."""
    traced = table.assign(**{column: origin[column] for column in TRACED})
    write_whole(folder / f"{name}.csv", traced.to_csv(index=False, float_format="%.6g").encode())


def write_origin(origin: Mapping[str, Any], folder: Path) -> None:
    """Write origin.json, whole or not at all."""
    write_whole(folder / "origin.json", (json.dumps(dict(origin), indent=2) + "\n").encode())


def exhibits(sections: Mapping[str, Section], folder: Path) -> list[Exhibit]:
    """Return a table per section whose rows `write_table` stored."""
    return [
        exhibit(name, section, read(path))
        for name, section in sections.items()
        if (path := folder / f"{name}.csv").exists()
    ]


def exhibit(name: str, section: Section, rows: pd.DataFrame) -> Exhibit:
    """Return the table of a section's rows."""
    plot = Plot(rows[list(section.drawn)], section.draw) if section.draw else None
    return Exhibit(section.title, section.caption, rows, formatted(rows, formats(section.heart)), plot, name)
