"""The check that published tables, figures and pages say what the stored rows say; and making them say so."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.engine.schema import markdown
from bench.publish.exhibits import files, read
from bench.publish.plots import Plot, data_of
from bench.report.kinds import KINDS, folders, kind_of
from partitioners.files import write_whole

COLUMNS = re.compile(r"(?P<begin><!-- columns -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
"""The part of results/README.md that is made of the schema."""
SHOWN = re.compile(r"(?P<begin><!-- from (?P<folder>\S+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
"""A part of the README, or of a page of docs/, that is made of a folder of results."""


class Content(NamedTuple):
    """The content that a file should have."""

    path: Path
    content: str | Plot

    @property
    def found(self) -> str:
        """The content of the file, of a figure its data; empty where there is none."""
        if isinstance(self.content, Plot):
            return data_of(self.path)
        return self.path.read_text() if self.path.is_file() else ""

    @property
    def expected(self) -> str:
        """The right content, of a figure its data."""
        return self.content.text if isinstance(self.content, Plot) else self.content

    def write(self) -> None:
        """Write the file, whole or not at all."""
        write_whole(self.path, self.content.png() if isinstance(self.content, Plot) else self.content.encode())


def contents(results: Path) -> Iterator[Content]:
    """Yield the right content of all files made of the rows below `results`, and of the pages that show parts of them."""
    for folder, kind in folders(results):
        for name, content in files(kind.heading, kind.tables(folder)).items():
            yield Content(folder / name, content)
    explained = results / "README.md"
    if explained.is_file():
        text = COLUMNS.sub(lambda part: f"{part['begin']}{markdown()}\n{part['end']}", explained.read_text())
        yield Content(explained, text)
    for page in pages(results):
        yield Content(page, SHOWN.sub(lambda part: _excerpt(part, results), page.read_text()))


def pages(results: Path) -> list[Path]:
    """Return the pages that may show parts of results: the README beside them, and those of docs/ beside them."""
    return [*results.parent.glob("README.md"), *sorted(results.parent.glob("docs/*.md"))]


def _excerpt(part: re.Match[str], results: Path) -> str:
    folder = results.parent / part["folder"]
    kind = kind_of(folder)
    text = kind.excerpt(folder) if kind else f"There are no results in {part['folder']}."
    return f"{part['begin']}{text}\n{part['end']}"


def renew(results: Path) -> list[Path]:
    """Write those of `contents` that are not as the rows say; return their paths.

    A figure with the right data stays, though it may have been drawn differently: delete it to have it drawn again.
    """
    changed = [content for content in contents(results) if content.found != content.expected]
    for content in changed:
        content.write()
    return [content.path for content in changed]


def problems(results: Path) -> list[str]:
    """Return a line for each mistake in what is published below `results` and on the pages beside it."""
    root = results.parent
    lines = [line for content in contents(results) for line in _differences(content, content.path.relative_to(root))]
    for path in sorted(results.rglob("*.csv")):
        lines += _untraceable(path, path.relative_to(root))
    return [*lines, *_not_of_rows(results), *_not_shown(results)]


def _differences(content: Content, name: Path) -> Iterator[str]:
    """Yield each line that differs."""
    found, expected = content.found.splitlines(), content.expected.splitlines()
    suffix = ", data of the figure" if isinstance(content.content, Plot) else ""
    if not found:
        yield f"{name}{suffix}: missing"
        return
    for tag, start, stop, low, high in difflib.SequenceMatcher(None, found, expected, autojunk=False).get_opcodes():
        for offset in range(max(stop - start, high - low) if tag != "equal" else 0):
            is_there, is_expected = start + offset < stop, low + offset < high
            finding = f"got {found[start + offset]!r}" if is_there else "got no such line"
            expectation = f"expected {expected[low + offset]!r}" if is_expected else "expected no such line"
            yield f"{name}:{min(start + offset, stop) + 1}{suffix}: {expectation}, {finding}"


def _untraceable(path: Path, name: Path) -> Iterator[str]:
    """Yield why stored rows cannot be traced."""
    if not kind_of(path.parent):
        yield f"{name}: rows, but beside them none of the pages {', '.join(kind.page for kind in KINDS)}"
    rows = read(path)
    if "dirty" in rows:
        for number in rows.index[rows["dirty"].astype(str) == "True"]:
            yield f"{name}:{number + 2}: measured with uncommitted changes"


def _not_of_rows(results: Path) -> Iterator[str]:
    """Yield each folder whose origin.json is not of the run of its rows."""
    for folder, kind in folders(results):
        path = folder / "origin.json"
        commits = {commit for exhibit in kind.tables(folder) for commit in exhibit.rows.get("commit", ())}
        if path.is_file() and (run_commit := json.loads(path.read_text())["commit"]) not in commits:
            yield f"{path.relative_to(results.parent)}: commit {run_commit}, but no row is of it"


def _not_shown(results: Path) -> Iterator[str]:
    """Yield each kind of results that no page shows, where there are pages."""
    if not (texts := [page.read_text() for page in pages(results)]):
        return
    shown_kinds = {kind_of(results.parent / part["folder"]) for text in texts for part in SHOWN.finditer(text)}
    for kind, folder in {kind: folder for folder, kind in folders(results) if kind not in shown_kinds}.items():
        marks = f"<!-- from {folder.relative_to(results.parent)} --> and <!-- end -->"
        yield f"README.md, docs: nothing of {kind.page}; put {marks} where --renew is to write it"
