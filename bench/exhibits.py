"""Exhibits: tables that people read, each made from stored rows alone, with its figure where it has one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bench.plots import Plot
from partitioners.files import write_whole

TEXTS: dict[Hashable, Any] = dict.fromkeys(("commit", "model_version", "data_revision", "key", "seed"), str)
"""Columns that look like numbers and are none."""


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One table with what is needed to read it.

    Args:
        title: its heading.
        note: what is to be known, as Markdown.
        rows: as they are stored.
        table: what one reads first of them, as text; the same lines.
        plot: its figure, if any.
        name: of the files of the figure, without suffix.
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


def read(path: Path) -> pd.DataFrame:
    """Return the stored rows of a CSV file."""
    return pd.read_csv(path, dtype=TEXTS)


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
