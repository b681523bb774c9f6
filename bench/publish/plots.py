"""Figures that carry the data they were drawn from, in colours that colour-blind readers can tell apart."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

# Okabe and Ito's colours; markers say the same once more.
COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")
MARKERS = "os^DvP*X"  # one more than colours, so that 56 series differ
KEY = "Description"
"""The key of the data in a file."""
LONGEST = 30
"""Characters of a partitioner that is written in full."""


class Plot(NamedTuple):
    """A figure, not drawn yet.

    Fields:
        data: all that is drawn.
        draw: the function from the data to the figure.
    """

    data: pd.DataFrame
    draw: Callable[[pd.DataFrame], Figure]

    @property
    def text(self) -> str:
        """The data as CSV, as files of the figure hold it."""
        return self.data.to_csv(index=False, float_format="%.6g")

    def png(self, dpi: int = 130) -> bytes:
        """Return the figure as a PNG file."""
        return self._file("png", {KEY: self.text}, dpi)

    def svg(self) -> str:
        """Return the figure as an SVG file with texts as texts, the same bytes each time."""
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "affinity-bench"}):
            return self._file("svg", {KEY: self.text, "Date": None}).decode()

    def _file(self, kind: str, metadata: dict[str, str | None], dpi: int = 100) -> bytes:
        buffer = io.BytesIO()
        self.draw(self.data).savefig(buffer, format=kind, metadata=metadata, dpi=dpi)
        return buffer.getvalue()


def data_of(path: Path) -> str:
    """Return the data that a PNG file of `Plot.png` was drawn from, as CSV; empty where it holds none."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()  # texts may come after the pixels
            return str(image.info.get(KEY, ""))
    except (OSError, SyntaxError):
        return ""


def series(names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each name with a colour and a marker of its own."""
    yield from zip(names, cycle(COLOURS), cycle(MARKERS), strict=False)


def folded(name: str, width: int) -> str:
    """Return `name` in lines of at most `width` characters where it has spaces."""
    return fill(name, width, break_long_words=False, break_on_hyphens=False)


def short(name: str) -> str:
    """Return a partitioner as written, without its parameters where it would be long."""
    return re.sub(r"^([^\s(]+)\(.*\)$", r"\1(…)", name) if len(name) > LONGEST else name


def tidy(axes: Axes, **options: str) -> None:
    """Set labels and scales, as `Axes.set` takes them, with a light grid and without a box; call it after drawing."""
    axes.set(**options)
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            low, high = axis.get_view_interval()
            digits = range(1, 10) if high < 10 * low else (1, 2, 5) if high < 100 * low else (1,)
            axis.set_major_locator(LogLocator(subs=list(digits)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
