"""Exhibits: tables that people read, each made from stored rows alone, with its figure where it has one."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.publish.plots import Plot
from partitioners.files import write_whole

TEXTS: dict[Hashable, Any] = dict.fromkeys(("commit", "model_version", "data_revision", "key", "seed"), str)
"""Columns that look like numbers and are none."""
WIDTH = 200
"""Characters of a line where the output is no terminal."""
NARROWEST = 20
"""Characters of a column of texts in a console: longer ones are folded where there is no room."""


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One table with what is needed to read it.

    Args:
        title: its heading.
        note: remarks that one needs to read it, as Markdown.
        rows: the rows as they are stored.
        table: the columns that one reads first, as text, with the same lines.
        plot: its figure, if any.
        name: the name of the figure's file, without suffix.
    """

    title: str
    note: str
    rows: pd.DataFrame
    table: pd.DataFrame
    plot: Plot | None = None
    name: str = ""

    @property
    def made(self) -> str:
        """Where and when the rows were measured, a line for each place and time; empty where they do not say."""
        return made(self.rows)


def store(rows: pd.DataFrame, path: Path) -> None:
    """Write rows as a CSV file, whole or not at all."""
    write_whole(path, rows.to_csv(index=False, float_format="%.6g").encode())


def read(path: Path) -> pd.DataFrame:
    """Return the stored rows of a CSV file."""
    return pd.read_csv(path, dtype=TEXTS)


def with_interval(rows: pd.DataFrame, name: str, low: str = "", high: str = "", style: str = ".1f") -> list[str]:
    """Return a column as texts with its interval, of the columns NAME_low and NAME_high; empty where there is no value."""
    columns = rows.reindex(columns=[name, low or f"{name}_low", high or f"{name}_high"])
    return [
        "" if pd.isna(value) else f"{value:{style}} ({least:{style}}…{most:{style}})"
        for value, least, most in columns.itertuples(index=False)
    ]


def formats(text: str) -> dict[str, str]:
    """Return the formats of columns that are written as NAME or NAME:FORMAT, with spaces between them."""
    return dict(column.partition(":")[::2] for column in text.split())


def formatted(rows: pd.DataFrame, formats: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns that `formats` names as texts of these formats; those that are empty are left out."""
    texts = {
        column: [_text(value, style) for value in rows[column]] for column, style in formats.items() if column in rows
    }
    return pd.DataFrame({column: text for column, text in texts.items() if any(text)})


def _text(value: Any, style: str) -> str:
    return "" if pd.isna(value) else format(value, style) if style else str(value)


def made(rows: pd.DataFrame) -> str:
    """Return where and when rows were measured, a line for each place and time; empty where they do not say."""
    columns = [name for name in ("commit", "dirty", "date", "machine", "python", "numpy") if name in rows]
    if "commit" not in columns:
        return ""
    return "\n".join(_origin(one) for one in rows[columns].dropna().drop_duplicates().to_dict("records"))


def _origin(one: dict[Hashable, Any]) -> str:
    state = " with uncommitted changes" if one["dirty"] else ""
    versions = [f"{what} {one[column]}" for column, what in (("python", "Python"), ("numpy", "numpy")) if column in one]
    return ", ".join([f"Commit {one['commit']}{state}", str(one["date"]), str(one["machine"]), *versions]) + "."


def markdown(heading: str, exhibits: Sequence[Exhibit]) -> str:
    """Return a page of all exhibits: notes, tables, figures, and where and when they were measured."""
    parts = [f"# {heading}"]
    for one in exhibits:
        parts += [f"## {one.title}", *filter(None, [one.note]), as_markdown(one.table)]
        if one.plot:
            parts.append(f"![{one.title}]({one.name}.png)")
    return "\n\n".join([*parts, *filter(None, [_all_made(exhibits)])]) + "\n"


def as_markdown(table: pd.DataFrame) -> str:
    """Return a table of texts as Markdown."""
    return table.to_markdown(index=False, disable_numparse=True)


def _all_made(exhibits: Sequence[Exhibit]) -> str:
    """Return where and when all exhibits were measured: once where it is the same for all."""
    titles: dict[str, list[str]] = {}
    for one in exhibits:
        titles.setdefault(one.made, []).append(one.title)
    if len(titles) == 1:
        return next(iter(titles))
    return "\n".join(f"- {', '.join(named)}: {text}" for text, named in titles.items() if text)


def files(heading: str, exhibits: Sequence[Exhibit]) -> dict[str, str | Plot]:
    """Return what a folder of results publishes, by the names of files: its page, and its figures."""
    figures = {f"{one.name}.png": one.plot for one in exhibits if one.plot}
    return {f"{heading.lower()}.md": markdown(heading, exhibits), **figures}


def write(heading: str, exhibits: Sequence[Exhibit], folder: Path) -> None:
    """Write the page and the figures of a folder of results, each whole or not at all."""
    for name, content in files(heading, exhibits).items():
        write_whole(folder / name, content.encode() if isinstance(content, str) else content.png())


def publish(heading: str, exhibits: Sequence[Exhibit], folder: Path) -> None:
    """Write a folder's page and figures, print the tables, and say where they are."""
    write(heading, exhibits, folder)
    show(exhibits)
    print(f"Tables and figures: {folder}")


def show(exhibits: Iterable[Exhibit]) -> None:
    """Print the tables of exhibits, and no text of them cut: what has no room is folded, or goes beyond the width."""
    for one in exhibits:
        console = Console()
        table = _for_terminal(one)
        least = sum((column.min_width or 0) + 3 for column in table.columns) + 1  # with the space between columns
        console.width = max(console.width if console.is_terminal else WIDTH, least)
        console.print(table)


def _for_terminal(one: Exhibit) -> Table:
    shown = Table(title=escape(one.title), caption=escape(one.note), box=SIMPLE_HEAD)
    for column, texts in one.table.items():
        head, longest = str(column).replace("_", " "), int(texts.str.len().max())
        if texts.str.fullmatch(r"(-?\d.*)?").all():
            shown.add_column(head, justify="right", no_wrap=True, min_width=max(longest, *map(len, head.split())))
        else:
            shown.add_column(head, overflow="fold", min_width=min(longest, NARROWEST))
    for line in one.table.itertuples(index=False):
        shown.add_row(*map(escape, line))
    return shown


def file_name(text: str) -> str:
    """Return the letters of any script, the digits, and `_`, `.` and `-` of a text; one `-` stands for all between them."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "-"


def file_names(texts: Iterable[str]) -> list[str]:
    """Return a name in small letters for each text, no two of them the same: those that would be are numbered."""
    names: dict[str, None] = {}
    for text in texts:
        name = numbered = file_name(text).lower().replace(".", "-")
        number = 1
        while numbered in names:
            number += 1
            numbered = f"{name}-{number}"
        names[numbered] = None
    return list(names)
