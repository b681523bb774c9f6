"""The curves as a figure, like Fig. 6 of the paper."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from bench.publish.plots import series, tidy
from bench.publish.published import FIGURE_6, FIGURE_6_MEGAPIXELS

DRAWN = ("partitioner", "megapixels", "seconds", "exponent")
BOX = {"facecolor": "white", "edgecolor": "black", "boxstyle": "square,pad=0.2", "alpha": 0.8}


def draw(lines: pd.DataFrame) -> Figure:
    """Return a curve per partitioner that was timed, with its exponent, and the two times that the paper marks."""
    timed = lines.dropna(subset="seconds")
    figure = Figure(figsize=(10, 5.5), layout="constrained")
    axes = figure.subplots()
    for name, colour, marker in series(timed["partitioner"].unique()):
        curve = timed[timed["partitioner"] == name]
        label = f"{name}: {curve['exponent'].iloc[0]:.2f}"
        axes.plot(curve["megapixels"], curve["seconds"], color=colour, marker=marker, label=label, lw=1.2, alpha=0.9)
    for time in FIGURE_6:
        axes.plot(FIGURE_6_MEGAPIXELS, time.seconds, "ko", ms=9)
        text = f"{time.name}\n{time.seconds} s in the paper"
        place = (FIGURE_6_MEGAPIXELS, time.seconds)
        axes.annotate(text, place, (8, 8), textcoords="offset points", fontsize=8, bbox=BOX)
    tidy(axes, xlabel="megapixels of the image", ylabel="seconds per image", xscale="log", yscale="log")
    columns = 1 + timed["partitioner"].nunique() // 28
    figure.legend(loc="outside right center", frameon=False, fontsize=8, ncols=columns)
    return figure
