"""One HTML page of all published results, which needs nothing but itself: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench import examples
from bench.publish.exhibits import Exhibit, file_names
from bench.report.kinds import folders
from partitioners.files import write_whole

TEMPLATES = Path(__file__).parent / "templates"
PICTURE = "instances.jpg"


@dataclass(frozen=True, eq=False)
class Part:
    """The results of one folder.

    Args:
        title: its heading.
        anchor: its name in addresses and in names of files.
        exhibits: its tables.
        folder: its folder.
    """

    title: str
    anchor: str
    exhibits: list[Exhibit]
    folder: Path

    @property
    def picture(self) -> str:
        """Its sheet of instances as an address that holds it, empty where there is none."""
        path = self.folder / PICTURE
        return examples.address(path.name, path.read_bytes()) if path.is_file() else ""


def parts(results: Path) -> list[Part]:
    """Return all results below a folder.

    Raises:
        InputError: their rows cannot be read.
    """
    below = [(folder, kind, folder.relative_to(results).parts) for folder, kind in folders(results)]
    anchors = file_names("-".join(path) or kind.heading for _, kind, path in below)
    all_parts = [
        Part(", ".join([kind.heading, *path[1:]]), anchor, kind.tables(folder), folder)
        for anchor, (folder, kind, path) in zip(anchors, below, strict=True)
    ]
    return all_parts


def write(all_parts: Sequence[Part], path: Path) -> None:
    """Write the page of results, whole or not at all."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {"svg": _svg, "csv": _csv, "cells": _cells}
    content = environment.get_template("page.html").render(
        parts=all_parts,
        examples=[example for part in all_parts for example in examples.read(part.folder / examples.FILE)],
        style=_asset("style.css"),
        scripts=[_asset("tables.js"), _asset("explorer.js")],
    )
    write_whole(path, content.encode())


def _asset(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text())


def _svg(exhibit: Exhibit) -> Markup:
    """Return the figure of an exhibit as an element, without the file's head; the data stand in the table."""
    assert exhibit.plot is not None
    text = exhibit.plot.svg()
    head, _, tail = text[text.index("<svg") :].partition("<metadata>")
    return Markup(head + tail.partition("</metadata>")[2])


def _csv(rows: pd.DataFrame) -> str:
    """Return an address that holds stored rows as CSV."""
    return examples.address("rows.csv", rows.to_csv(index=False).encode())


def _cells(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a table; missing values are empty."""
    return table.astype(object).where(table.notna(), "").itertuples(index=False, name=None)
