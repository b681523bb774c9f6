"""The tables of a run: on the terminal, as CSV, and as exhibits made of these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.exhibits import Exhibit, read
from bench.plots import Plot
from bench.speed.settings import Section
from partitioners.files import write_whole

TRACED = ("commit", "dirty", "machine", "python", "numpy", "date")


def heart(section: Section, table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that one reads first, as text; those that are empty are left out."""
    texts = {
        column: [_text(value, style) for value in table[column]]
        for column, style in section.heart.items()
        if column in table
    }
    return pd.DataFrame({column: text for column, text in texts.items() if any(text)})


def _text(value: Any, style: str) -> str:
    return "" if pd.isna(value) else format(value, style) if style else str(value)


def terminal(section: Section, table: pd.DataFrame) -> Table:
    """Return a section's table for the terminal."""
    texts = heart(section, table)
    shown = Table(title=section.title, caption=section.caption, box=SIMPLE_HEAD)
    for column in map(str, texts):
        shown.add_column(column.replace("_", " "), justify="right" if section.heart[column] else "left", no_wrap=True)
    for line in texts.itertuples(index=False):
        shown.add_row(*line)
    return shown


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
        _exhibit(name, section, read(path))
        for name, section in sections.items()
        if (path := folder / f"{name}.csv").exists()
    ]


def _exhibit(name: str, section: Section, rows: pd.DataFrame) -> Exhibit:
    plot = Plot(rows[list(section.drawn)], section.draw) if section.draw else None
    return Exhibit(section.title, section.caption, rows, heart(section, rows), plot, name)
