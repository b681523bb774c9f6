"""The curves as tables: a line per cell as CSV, and one line per partitioner for reading."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from bench.ablation.rows import TABLE_4
from bench.publish.exhibits import Exhibit, as_markdown, formatted, read
from bench.publish.plots import Plot, folded, series, tidy
from bench.publish.published import FIGURE_6, FIGURE_6_MEGAPIXELS
from bench.scaling.cells import MODES

README_ROWS = (
    TABLE_4[2].expression,
    TABLE_4[3].expression,
    "cascade-gaec",
    "cascade-gaec-reference",
    "average-cascade",
    "components",
    "gaec",
    "gaec(linkage=average)",
    "gaec(linkage=sum)",
    "gaec-reference",
    "bioimage-gaec",
    "bioimage-gasp",
    "ssap",
    "gmis",
    "networkx-louvain",
    *(f"paper: {time.name}" for time in FIGURE_6),
)
"""The partitioners that the README shows, where they were timed."""
NAMED = (
    TABLE_4[2].expression,
    TABLE_4[3].expression,
    "average-cascade",
    "gaec",
    "gaec(linkage=average)",
    "components",
    "bioimage-gaec",
    "bioimage-gasp",
    "ssap",
    "networkx-louvain",
)
"""The partitioners that the figure names first; others take the place of those that were not timed."""
DRAWN = ("partitioner", "megapixels", "seconds", "exponent")
BOX = {"facecolor": "white", "edgecolor": "black", "boxstyle": "square,pad=0.2", "alpha": 0.8}

_TITLES = {"single": "One image, one thread", "batch": "Batch of four"}
_CAPTIONS = {
    "single": "Processor seconds of one image on a single thread pinned to one core.",
    "batch": "Wall seconds per image of a batch of {images} on {threads} threads. Partitioners in Python take turns.",
}
_COLUMNS = " Medians. exponent: b of seconds ~ pixels^b, least squares on logarithms over all sizes."


def exhibits(folder: Path) -> list[Exhibit]:
    """Return a table per mode of the stored rows."""
    results = []
    for mode, lines in read(folder / "scaling.csv").fillna({"note": ""}).groupby("mode", sort=False):
        name = str(mode)
        note = _CAPTIONS[name].format(images=MODES[name].images, threads=int(lines["threads"].max())) + _COLUMNS
        plot = Plot(lines[list(DRAWN)], _draw) if lines["seconds"].notna().any() else None
        results.append(Exhibit(_TITLES[name], note, lines, _texts(_essentials(lines)), plot, f"scaling-{name}"))
    return results


def readme(folder: Path) -> str:
    """Return the part that the README shows: some rows of the first table."""
    exhibit, *_ = exhibits(folder)
    return f"{as_markdown(exhibit.table[exhibit.table['partitioner'].isin(README_ROWS)])}\n\n{exhibit.made}"


def _essentials(lines: pd.DataFrame) -> pd.DataFrame:
    """Return a line per partitioner, fastest first, with a column of seconds per size; the paper's two at its size."""
    sizes = [f"{size:.2f} MP" for size in sorted(lines["megapixels"].unique())]
    rows = []
    for name, curve in lines.groupby("partitioner", sort=False):
        notes = curve.loc[curve["note"] != "", "note"]
        rows.append(
            {
                "partitioner": name,
                **dict(zip(sizes, curve.sort_values("megapixels")["seconds"], strict=True)),
                "exponent": curve["exponent"].iloc[0],
                "note": notes.iloc[0] if len(notes) else "",
            }
        )
    size = f"{FIGURE_6_MEGAPIXELS:.2f} MP"
    if size in sizes:
        note = "as published, on its machine"
        rows += [{"partitioner": f"paper: {time.name}", size: time.seconds, "note": note} for time in FIGURE_6]
    table = pd.DataFrame(rows, columns=["partitioner", *sizes, "exponent", "note"])
    keys = [size, *sizes[::-1]] if size in sizes else sizes[::-1]
    return table.sort_values(list(dict.fromkeys(keys)), kind="stable", ignore_index=True)


def _texts(essentials: pd.DataFrame) -> pd.DataFrame:
    formats = {str(column): ".4f" if str(column).endswith(" MP") else "" for column in essentials}
    return formatted(essentials, formats | {"exponent": ".2f"})


def _draw(lines: pd.DataFrame) -> Figure:
    """Return the figure, like Fig. 6 of the paper: a curve per partitioner that was timed, and the two times that the paper marks.

    Ten are named, with their exponents; the others are grey, and the page of all results offers them by their ids.
    """
    timed = lines.dropna(subset="seconds")
    figure = Figure(figsize=(10, 5.5), layout="constrained")
    axes = figure.subplots()
    curves = {str(name): curve for name, curve in timed.groupby("partitioner", sort=False)}
    names = sorted(curves, key=lambda name: (*NAMED, name).index(name))
    for name in names[len(NAMED) :]:
        label = "others" if name == names[-1] else ""
        gid = f"curve-{name}".replace(" ", "\N{NO-BREAK SPACE}")  # ids hold no spaces
        axes.plot(curves[name]["megapixels"], curves[name]["seconds"], color="#bbbbbb", lw=0.8, label=label, gid=gid)
    for name, colour, marker in series(names[: len(NAMED)]):
        curve = curves[name]
        label = f"{folded(name, 40)}: {curve['exponent'].iloc[0]:.2f}"
        axes.plot(curve["megapixels"], curve["seconds"], color=colour, marker=marker, label=label, lw=1.2, alpha=0.9)
    for time in FIGURE_6:
        axes.plot(FIGURE_6_MEGAPIXELS, time.seconds, "ko", ms=9)
        text = f"{time.name}\n{time.seconds} s in the paper"
        place = (FIGURE_6_MEGAPIXELS, time.seconds)
        axes.annotate(text, place, (8, 8), textcoords="offset points", fontsize=8, bbox=BOX)
    tidy(axes, xlabel="megapixels of the image", ylabel="seconds per image", xscale="log", yscale="log")
    figure.legend(loc="outside right center", frameon=False, fontsize=8)
    return figure
