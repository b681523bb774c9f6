"""Tables and figures as files for papers: LaTeX, Markdown, SVG and PNG."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.publish.exhibits import Exhibit, as_markdown, file_names
from bench.report.page import Part
from partitioners.files import write_whole

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {character: f"{{{character}}}" for character in "[*"}  # where a row begins, the one before it would take them
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "…": "--"}
)


def write(parts: Iterable[Part], folder: Path) -> None:
    """Write each table into tables/ (.tex, for the LaTeX package booktabs, and .md), each figure into figures/ (.svg, .png)."""
    found = [(f"{part.anchor}-{exhibit.title}", exhibit) for part in parts for exhibit in part.exhibits]
    names = file_names(title for title, _ in found)
    for name, (_, exhibit) in zip(tqdm(names, "files for papers", unit="table"), found, strict=True):
        write_whole(folder / f"tables/{name}.tex", latex(exhibit, name).encode())
        write_whole(folder / f"tables/{name}.md", (as_markdown(exhibit.table) + "\n").encode())
        if exhibit.plot:
            write_whole(folder / f"figures/{name}.svg", exhibit.plot.svg().encode())
            write_whole(folder / f"figures/{name}.png", exhibit.plot.png(dpi=300))


def latex(exhibit: Exhibit, name: str) -> str:
    """Return a table as LaTeX: numbers to the right, and all texts as `escaped` has them."""
    table = exhibit.table
    sides = ["r" if table[column].str.match(r"([-+]?\d|$)").all() else "l" for column in table]
    return (
        table.rename(columns=escaped)
        .map(escaped)
        .to_latex(
            index=False, escape=False, column_format="".join(sides), caption=escaped(exhibit.title), label=f"tab:{name}"
        )
    )


def escaped(text: Any) -> str:
    """Return a text as LaTeX that prints it, ranges with the dash of a range."""
    return str(text).translate(_LATEX)
