"""The curves as tables: a line per cell as CSV, and one line per partitioner for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from rich.table import Table

from bench.scaling import suite
from bench.scaling.cells import MODES, Place
from bench.speed import report
from bench.speed.settings import Section
from partitioners.files import write_whole


class Published(NamedTuple):
    """A time that the paper marks in its figure: what of, seconds per image of `PIXELS`."""

    name: str
    seconds: float


PAPER = (Published("paper: Cascade-GAEC", 0.244), Published("paper: SSAP", 1.74))
"""Fig. 6 of Deep Affinity Net, batch of 4, on its machine (Intel i7-8700K, 4 threads); that of SSAP it read off a chart."""

CELL = ["mode", "partitioner", "pixels"]
PAPER_MEGAPIXELS = 1024 * 2048 / 1e6

_TITLES = {"single": "One image, one thread", "batch": "Batch of four"}
_CAPTIONS = {
    "single": "Processor seconds of one image on a single thread pinned to one core.",
    "batch": "Wall seconds per image of a batch of {images} on {threads} threads. Partitioners in Python take turns.",
}
_COLUMNS = (
    " Medians. exponent: b of seconds ~ pixels^b, least squares on logarithms over all sizes. to before: times as long as"
    " at the commit that was timed before, on the largest image that both have."
)


def write(table: pd.DataFrame, history: pd.DataFrame, origin: Mapping[str, Any], folder: Path) -> None:
    """Write scaling.csv, history.csv, scaling.md and origin.json into `folder`, each whole or not at all."""
    report.write_table("scaling", table, origin, folder)
    write_whole(folder / "history.csv", history.to_csv(index=False, float_format="%.6g").encode())
    hearts = {str(mode): _heart(lines) for mode, lines in table.groupby("mode", sort=False)}
    sections = {mode: _section(mode, heart) for mode, heart in hearts.items()}
    report.write_summary(sections, hearts, origin, folder, "Scaling")


def terminal(table: pd.DataFrame) -> Iterator[Table]:
    """Yield a table per mode, for a terminal."""
    for mode, lines in table.groupby("mode", sort=False):
        heart = _heart(lines)
        yield report.terminal(_section(str(mode), heart), heart)


def history(place: Place) -> pd.DataFrame:
    """Return all timings of clean commits on this machine, a line per cell and commit, oldest first."""
    found = suite.timings(place.history, place.machine)
    return found.sort_values([*CELL, "when"], kind="stable", ignore_index=True)


def with_history(table: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Return the lines of `bench.scaling.run.run` beside the last timings before, by the same code of the benchmark."""
    now, past = suite.timings(place.results, place.machine), suite.timings(place.history, place.machine)
    now = now[now["commit"] == place.commit]
    if place.results == place.history:
        past = past[past["when"] < now["when"].max()]
    past = past[past["version"].isin(now["version"])].sort_values("when", kind="stable")
    last = past.groupby(CELL)[["commit", "seconds"]].last().reindex(pd.MultiIndex.from_frame(table[CELL]))
    before = last["seconds"].to_numpy(float) / table["mode"].map(lambda mode: MODES[mode].images)
    return table.assign(commit_before=last["commit"].to_numpy(), ratio_to_before=table["seconds"] / before)


def _heart(lines: pd.DataFrame) -> pd.DataFrame:
    """Return a line per partitioner, fastest first, with a column of seconds per size; the paper's two at its size."""
    sizes = [f"{size:.2f} MP" for size in sorted(lines["megapixels"].unique())]
    rows = []
    for name, of in lines.groupby("partitioner", sort=False):
        notes = of.loc[of["note"] != "", "note"]
        ratios = of["ratio_to_before"].dropna()
        rows.append(
            {
                "partitioner": name,
                **dict(zip(sizes, of.sort_values("megapixels")["seconds"], strict=True)),
                "exponent": of["exponent"].iloc[0],
                "to_before": ratios.iloc[-1] if len(ratios) else float("nan"),
                "note": notes.iloc[0] if len(notes) else "",
            }
        )
    at = f"{PAPER_MEGAPIXELS:.2f} MP"
    if at in sizes:
        rows += [{"partitioner": one.name, at: one.seconds, "note": "as published, on its machine"} for one in PAPER]
    table = pd.DataFrame(rows, columns=["partitioner", *sizes, "exponent", "to_before", "note"])
    by = [at, *sizes[::-1]] if at in sizes else sizes[::-1]
    return table.sort_values(list(dict.fromkeys(by)), kind="stable", ignore_index=True)


def _section(mode: str, heart: pd.DataFrame) -> Section:
    formats = {str(column): ".4f" if str(column).endswith(" MP") else "" for column in heart}
    caption = _CAPTIONS[mode].format(images=MODES[mode].images, threads=MODES[mode].threads) + _COLUMNS
    return Section(_TITLES[mode], caption, formats | {"exponent": ".2f", "to_before": ".2f"}, lambda _: heart)
