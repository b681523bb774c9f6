"""All sections of a run, in the order in which they are measured and shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bench.publish import sections
from bench.publish.exhibits import Exhibit, as_markdown, made, read
from bench.publish.sections import Section
from bench.speed import cascade, corrections, flat, jitter, memory, threads
from bench.speed.competitors import OURS

SECTIONS: Mapping[str, Section] = {
    "flat": flat.SECTION,
    "mutex": flat.MUTEX,
    "volumes": flat.VOLUMES,
    "cascade": cascade.SECTION,
    "memory": memory.SECTION,
    "threads": threads.SECTION,
    "jitter": jitter.SECTION,
    "corrections": corrections.SECTION,
}


def exhibits(folder: Path) -> list[Exhibit]:
    """Return the tables of the stored rows."""
    return sections.exhibits(SECTIONS, folder)


def readme(folder: Path) -> str:
    """Return the part that the README shows: this project's times, beside those of its fastest exact peers."""
    rows = read(folder / "flat.csv")
    ours = rows[rows["competitor"] == OURS].set_index(["input", "linkage"])
    lines = []
    for name in ours.index.unique("input"):
        average, total, wpgma = (ours.loc[(name, linkage)] for linkage in ("average", "sum", "wpgma"))
        lines.append(
            {
                "input": name,
                "average, s": f"{average['seconds']:.2f}",
                "times as fast": f"{average['speedup']:.1f}",
                "sum, s": f"{total['seconds']:.2f}",
                "times as fast ": f"{total['speedup']:.1f}",
                "wpgma, s": f"{wpgma['seconds']:.2f}",
            }
        )
    return f"{as_markdown(pd.DataFrame(lines))}\n\n{made(rows)}"
