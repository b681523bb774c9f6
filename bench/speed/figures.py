"""The sections as figures."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from bench.publish.plots import series, tidy


def points(rows: pd.DataFrame, place: Sequence[str], group: str, value: str, label: str) -> Figure:
    """Return a figure with a line per place, and on it a point per group.

    Args:
        rows: those without `value` are left out.
        place: the columns that name a line.
        group: the column that names a point.
        value: the column of numbers, drawn on a logarithmic axis where all are above 0.
        label: the text at this axis.
    """
    rows = rows.dropna(subset=[value])
    places = rows[list(place)].astype(str).agg(", ".join, axis=1)
    names = list(places.unique())
    figure = Figure(figsize=(8, 1.3 + 0.26 * len(names)), layout="constrained")
    axes = figure.subplots()
    for name, colour, marker in series(rows[group].astype(str).unique()):
        mask = rows[group].astype(str) == name
        heights = [names.index(place) for place in places[mask]]
        axes.plot(rows.loc[mask, value], heights, marker, color=colour, label=name, alpha=0.85)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    tidy(axes, xlabel=label, xscale="log" if (rows[value] > 0).all() else "linear")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def flat(rows: pd.DataFrame) -> Figure:
    """Return the figure of times on flat inputs."""
    return points(rows, ("input", "linkage"), "competitor", "seconds", "processor seconds")


def memory(rows: pd.DataFrame) -> Figure:
    """Return the figure of peak memory."""
    return points(rows, ("linkage", "input"), "competitor", "bytes_per_pixel", "peak bytes per pixel")
