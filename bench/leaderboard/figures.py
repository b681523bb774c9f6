"""AP against time, and the partitioners that none beats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bench.engine.isolation import OK
from bench.publish.plots import COLOURS, Plot, short, tidy

DRAWN = ["rank", "partitioner", "AP", "AP_low", "AP_high", "seconds_per_image"]


def plot(lines: pd.DataFrame) -> Plot | None:
    """Return the figure of one data set and model: the lines with a result and a time, marked by their ranks.

    There is none where no line has both, or where times are of several machines.
    """
    drawn = timed(lines)
    return Plot(drawn[DRAWN], _draw) if drawn["machine"].nunique() == 1 else None


def timed(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines with a result and a time."""
    return lines[(lines["status"] == OK) & lines.reindex(columns=["seconds_per_image"]).notna().all(axis=1)]


def front(ap: NDArray[np.float64], seconds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (n,) bool: the points that no other beats in one value without losing in the other."""
    no_worse = (ap[:, None] >= ap) & (seconds[:, None] <= seconds)
    beaten: NDArray[np.bool_] = np.logical_or.reduce(no_worse & ~no_worse.T, axis=0)
    return ~beaten


def _draw(lines: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    x, y = 1000 * lines["seconds_per_image"].to_numpy(), lines["AP"].to_numpy()
    best = front(y, x)
    spread = np.abs(lines[["AP_low", "AP_high"]].to_numpy() - y[:, None]).T
    for mask, colour, marker, label in (
        (~best, "#777777", "o", "others"),
        (best, COLOURS[4], "D", "not beaten in both"),
    ):
        axes.errorbar(x[mask], y[mask], spread[:, mask], fmt=marker, color=colour, capsize=2, lw=1, label=label)
    line = np.flatnonzero(best)[np.argsort(x[best])]
    axes.step(x[line], y[line], where="post", color=COLOURS[4], lw=1)
    for index, (rank, name) in enumerate(zip(lines["rank"], lines["partitioner"], strict=True)):
        text = f"{rank:.0f} {short(name)}" if best[index] else f"{rank:.0f}"
        style: dict[str, Any] = {
            "fontsize": 8,
            "color": "black" if best[index] else "#555555",
            "gid": f"rank-{rank:.0f}",
        }
        axes.annotate(text, (x[index], y[index]), (4, 4), textcoords="offset points", **style)
    tidy(axes, xscale="log", xlabel="milliseconds per image (partitioner alone)", ylabel="AP (%), 95 % intervals")
    figure.legend(frameon=False, loc="outside lower center", ncols=2)
    return figure
