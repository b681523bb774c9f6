"""The curves as a figure, like Fig. 6 of the paper."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.ablation.figures import COLOURS, MARKERS
from bench.scaling.tables import PAPER, PAPER_MEGAPIXELS

TITLES = {"single": "one image, one thread", "batch": "batch of four"}


def write(table: pd.DataFrame, origin: Mapping[str, Any], folder: Path) -> None:
    """Write scaling.png: a panel per mode, a curve per partitioner that was timed, with its exponent."""
    modes = table["mode"].unique().tolist()
    timed = table.dropna(subset="seconds")
    names = timed["partitioner"].unique().tolist()
    styles = dict(zip(names, zip(cycle(COLOURS), cycle(MARKERS), strict=False), strict=False))
    size = (6 * len(modes) + 4, 5.5)
    figure, grid = plt.subplots(1, len(modes), figsize=size, layout="constrained", sharey=True, squeeze=False)
    for axes, mode in zip(grid[0], modes, strict=True):
        _panel(axes, timed[timed["mode"] == mode], styles)
        threads = table.loc[table["mode"] == mode, "threads"].iloc[0]
        axes.set(title=TITLES[mode] + (f", {threads} threads" if threads > 1 else ""))
    grid[0, 0].set(ylabel="seconds per image")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    columns = 1 + len(labels) // 28
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=8, ncols=columns)
    figure.suptitle(f"Time from affinity pyramid to instances, {origin['machine']}, commit {origin['commit']}")
    figure.savefig(folder / "scaling.png", dpi=130)
    plt.close(figure)


def _panel(axes: Axes, lines: pd.DataFrame, styles: Mapping[str, tuple[str, str]]) -> None:
    for name, (colour, marker) in styles.items():
        of = lines[lines["partitioner"] == name]
        label = name if of.empty else f"{name}: {of['exponent'].iloc[0]:.2f}"
        axes.plot(of["megapixels"], of["seconds"], color=colour, marker=marker, label=label, lw=1.2, alpha=0.9)
    for one in PAPER:
        axes.plot(PAPER_MEGAPIXELS, one.seconds, "ko", ms=9)
        text = f"{one.name.removeprefix('paper: ')}\n{one.seconds} s in the paper"
        axes.annotate(text, (PAPER_MEGAPIXELS, one.seconds), (8, 8), textcoords="offset points", fontsize=8, bbox=BOX)
    axes.set(xlabel="megapixels of the image", xscale="log", yscale="log")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


BOX = {"facecolor": "white", "edgecolor": "black", "boxstyle": "square,pad=0.2", "alpha": 0.8}
