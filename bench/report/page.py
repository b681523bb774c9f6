"""One HTML page of all published results, which needs nothing but itself: no network, no other file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from tqdm import tqdm

from bench import examples
from bench.publish.exhibits import Exhibit, file_names
from bench.publish.plots import short
from bench.publish.published import CLASSES
from bench.report.kinds import folders
from partitioners.files import write_whole

TEMPLATES = Path(__file__).parent / "templates"
PICTURE = "instances.jpg"
LARGE_IS_BEST = re.compile(rf"(.*[ _])?(AP|CSI|PQ|SQ|RQ|speedup)|({'|'.join(CLASSES)})$")
"""Columns whose largest value is the best one; of all others it is the smallest."""


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
    short_name = _short_names()
    environment.filters |= {"svg": _svg, "csv": _csv, "cells": _cells, "code": _code, "short": short_name}
    environment.tests["largest_first"] = LARGE_IS_BEST.match
    content = environment.get_template("page.html").render(
        parts=all_parts,
        shown=tqdm(all_parts, "page", unit="folder"),
        examples=_examples(all_parts, short_name),
        style=_asset("style.css"),
        scripts=[_asset("tables.js"), _asset("explorer.js")],
    )
    write_whole(path, content.encode())


def _short_names() -> Callable[[str], str]:
    """Return a function from partitioners to short names, each time the same one and no two alike."""
    numbers: Counter[str] = Counter()

    @cache
    def short_name(name: str) -> str:
        brief = short(name)
        numbers[brief] += 1
        return brief if numbers[brief] == 1 else f"{brief} {numbers[brief]}"

    return short_name


def _examples(all_parts: Iterable[Part], short_name: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return each image once, with what was found in it in all parts."""
    images: dict[tuple[str, str], dict[str, Any]] = {}
    for part in all_parts:
        for one in examples.read(part.folder / examples.FILE):
            dataset = re.sub(r"^([^(,]*(\([^)]*\))?).*", r"\1", one["title"])  # of "DATASET, MODEL"
            alone: dict[str, Any] = one | {"dataset": dataset, "found": []}
            image = images.setdefault((one["image"], one["truth"]["labels"]), alone)
            group = f"{part.title}: {one['title']}"
            image["found"] += [found | {"short": short_name(found["name"]), "group": group} for found in one["found"]]
    return list(images.values())


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


def _code(note: str) -> Markup:
    """Return a note with its Markdown for code as elements."""
    return Markup(re.sub("`(.+?)`", r"<code>\1</code>", str(escape(note))))


def _cells(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a table; missing values are empty."""
    return table.astype(object).where(table.notna(), "").itertuples(index=False, name=None)
