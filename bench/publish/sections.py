"""Sections: tables that a run measures one after the other, each on disk as soon as it is done, with where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from bench.publish.exhibits import Exhibit, formats, formatted, read, show, store, write
from bench.publish.plots import Plot
from partitioners.files import write_whole

TRACED = ("commit", "dirty", "machine", "python", "numpy", "date")


class Section(NamedTuple):
    """One table.

    Fields:
        title: its heading.
        caption: help in reading it.
        essentials: the essential columns, as `bench.publish.exhibits.formats` reads them.
        measure: the function that makes it from the settings of a run.
        drawn: the columns that its figure shows.
        draw: the function that makes the figure from these; None where there is none.
    """

    title: str
    caption: str
    essentials: str
    measure: Callable[[Any], pd.DataFrame]
    drawn: tuple[str, ...] = ()
    draw: Callable[[pd.DataFrame], Figure] | None = None


def run(
    heading: str, sections: Mapping[str, Section], settings: Mapping[str, Any], origin: Mapping[str, Any], folder: Path
) -> None:
    """Measure the sections that have settings, and write tables, page and figures.

    Args:
        heading: the heading of the page.
        sections: all of the page, by name; one that is not measured keeps the rows that it has.
        settings: the settings of sections, by their names.
        origin: the code, the machine and the date of the run.
        folder: the folder to write to.
    """
    for name in settings:
        table = sections[name].measure(settings[name])
        store_traced(table, origin, folder / f"{name}.csv")
        show([_exhibit(name, sections[name], table)])
    write_origin(origin, folder)
    write(heading, exhibits(sections, folder), folder)
    print(f"Tables and figures: {folder}")


def store_traced(table: pd.DataFrame, origin: Mapping[str, Any], path: Path) -> None:
    """Write rows as a CSV file, each with where it comes from, whole or not at all."""
    store(table.assign(**{column: origin[column] for column in TRACED}), path)


def write_origin(origin: Mapping[str, Any], folder: Path) -> None:
    """Write origin.json, whole or not at all."""
    write_whole(folder / "origin.json", (json.dumps(dict(origin), indent=2) + "\n").encode())


def exhibits(sections: Mapping[str, Section], folder: Path) -> list[Exhibit]:
    """Return a table per section whose rows `run` stored."""
    return [
        _exhibit(name, section, read(path))
        for name, section in sections.items()
        if (path := folder / f"{name}.csv").exists()
    ]


def _exhibit(name: str, section: Section, rows: pd.DataFrame) -> Exhibit:
    plot = Plot(rows[list(section.drawn)], section.draw) if section.draw else None
    return Exhibit(section.title, section.caption, rows, formatted(rows, formats(section.essentials)), plot, name)
