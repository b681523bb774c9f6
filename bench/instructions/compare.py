"""Two commits' counts beside each other, and which cases cost too much."""

from __future__ import annotations

from dataclasses import dataclass

from tabulate import tabulate

from bench.instructions.count import Counts

ALLOWED = 5.0
"""By how many percent a case may grow unless a commit message says otherwise."""


@dataclass(frozen=True)
class Row:
    """One case: its instructions before and now, or why there are none."""

    case: str
    before: int | str
    now: int | str

    @property
    def ratio(self) -> str:
        """Now over before; empty where one of the two is missing."""
        if isinstance(self.before, str) or isinstance(self.now, str):
            return ""
        return f"{self.now / self.before:.3f}"

    def is_worse(self, allowed: float) -> bool:
        """Say whether it grew by more than `allowed` percent, or cannot be run any more."""
        if isinstance(self.before, str) or isinstance(self.now, str):
            return not isinstance(self.before, str)
        return self.now > self.before * (1 + allowed / 100)

    def note(self, allowed: float) -> str:
        """Return a line about it."""
        if isinstance(self.before, str):
            return f"not before: {self.before}"
        if isinstance(self.now, str):
            return f"WORSE: {self.now}"
        return "WORSE" if self.is_worse(allowed) else ""


def compare(before: Counts, now: Counts) -> list[Row]:
    """Return a row for each case."""
    return [Row(case, before[case], now[case]) for case in now]


def table(rows: list[Row], allowed: float) -> str:
    """Return the rows as text: counts in millions, the ratio of the two, and a note."""
    head = ("case", "before, M", "now, M", "ratio", "")
    lines = [(row.case, _millions(row.before), _millions(row.now), row.ratio, row.note(allowed)) for row in rows]
    text: str = tabulate(lines, head, colalign=("left", "right", "right", "right", "left"), disable_numparse=True)
    return text


def _millions(instructions: int | str) -> str:
    return "" if isinstance(instructions, str) else f"{instructions / 1e6:.2f}"
