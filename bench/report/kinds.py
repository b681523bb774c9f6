"""The kinds of results: to publish another, add it here.

A folder of results holds rows as CSV and a page, NAME.md, that is made of them. Its kind says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import compare as comparison
from bench import hyperparameters, modularity
from bench.ablation import tables as ablation_tables
from bench.blocks import compare
from bench.leaderboard import tables as leaderboard_tables
from bench.publish.exhibits import Exhibit
from bench.scaling import tables as scaling_tables
from bench.speed import sections
from partitioners import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class Kind:
    """One kind of results.

    Args:
        heading: the heading of its page, which is named after it in small letters.
        exhibits: the function from a folder to its tables.
        readme: the function from a folder to its part of the README or of a page of docs/, as Markdown.
    """

    heading: str
    exhibits: Callable[[Path], list[Exhibit]]
    readme: Callable[[Path], str]

    @property
    def page(self) -> str:
        """The name of the page's file."""
        return f"{self.heading.lower()}.md"

    def tables(self, folder: Path) -> list[Exhibit]:
        """Return the tables of a folder.

        Raises:
            InputError: rows are missing or not as the kind stores them.
        """
        return _call(self.exhibits, folder)

    def excerpt(self, folder: Path) -> str:
        """Return a folder's part of the README; `InputError` as for `tables`."""
        return _call(self.readme, folder)


def _call(function: Callable[[Path], T], folder: Path) -> T:
    try:
        return function(folder)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{folder}: its rows cannot be read: {error}") from error


KINDS = (
    Kind("Leaderboard", leaderboard_tables.exhibits, leaderboard_tables.readme),
    Kind("Compare", comparison.exhibits, comparison.readme),
    Kind("Ablation", ablation_tables.exhibits, ablation_tables.readme),
    Kind("Hyperparameters", hyperparameters.exhibits, hyperparameters.readme),
    Kind("Scaling", scaling_tables.exhibits, scaling_tables.readme),
    Kind("Speed", sections.exhibits, sections.readme),
    Kind("Blocks", compare.exhibits, compare.readme),
    Kind("Modularity", modularity.exhibits, modularity.readme),
)


def kind_of(folder: Path) -> Kind | None:
    """Return the kind of a folder's results, None where it holds no page of one."""
    return next((kind for kind in KINDS if (folder / kind.page).is_file()), None)


def folders(results: Path) -> Iterator[tuple[Path, Kind]]:
    """Yield each folder with results at or below `results`, in the order of `KINDS`, then of names."""
    below = [path for path in sorted([results, *results.rglob("*")]) if path.is_dir()]
    for kind in KINDS:
        yield from ((folder, kind) for folder in below if kind_of(folder) == kind)
