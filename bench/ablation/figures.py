"""The rows as pictures: AP against time and noise, and a sheet of instances as in Fig. 5 of the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from affinity_models import Sample
from bench import examples
from bench.engine.cells import Cell
from bench.examples import Example
from bench.publish.plots import Plot, folded, series, tidy
from partitioners import Segmentation
from partitioners.arrays import IntegerArray

N_EXAMPLES = 3
DRAWN = ["dataset", "model", "row", "noise", "images", "AP", "AP_low", "AP_high", "seconds_per_image"]


def plot(rows: pd.DataFrame) -> Plot:
    """Return the figure of AP against time, and against noise where it is known."""
    return Plot(rows[DRAWN], _draw)


def _draw(rows: pd.DataFrame) -> Figure:
    rows = rows.assign(milliseconds=1000 * rows["seconds_per_image"])
    across = {"milliseconds": "milliseconds per image (partitioner alone)"}
    if rows["noise"].notna().any():
        across["noise"] = "noise of the affinities"
    figure = Figure(figsize=(1 + 4.5 * len(across), 4), layout="constrained")
    grid = figure.subplots(1, len(across), sharey=True, squeeze=False)[0]
    for axes, (column, label) in zip(grid, across.items(), strict=True):
        for name, colour, marker in series(rows["row"].unique()):
            points = rows[rows["row"] == name]
            spread = np.abs(points[["AP_low", "AP_high"]].to_numpy() - points[["AP"]].to_numpy()).T
            style: dict[str, Any] = {"color": colour, "marker": marker, "capsize": 2, "lw": 1.2, "alpha": 0.9}
            axes.errorbar(points[column], points["AP"], spread, label=folded(name, 60), **style)
        tidy(axes, xlabel=label, xscale="log" if column == "milliseconds" else "linear")
    grid[0].set(ylabel="AP (%)")
    figure.legend(
        *grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(across), frameon=False, fontsize=9
    )
    first = rows.iloc[0]
    figure.suptitle(
        f"{first['dataset']}, {first['model']}: AP with 95 % intervals over {rows['images'].max():.0f} images"
    )
    return figure


def write_examples(title: str, cells: Mapping[str, Cell], store: Path, output: Path) -> None:
    """Write some images with their instances into `output`, as instances.jpg and for the page of all results.

    Args:
        title: data set, model, and noise.
        cells: cells with answers, by the names of rows.
        store: the folder of the answers.
        output: the tables' folder.
    """
    if selected := examples.of_cells(title, cells, store, N_EXAMPLES):
        _sheet(selected, list(cells), output / "instances.jpg")
        examples.write(output / examples.FILE, selected)


def _sheet(selected: Sequence[Example], rows: Sequence[str], path: Path) -> None:
    """Draw a column of pictures per example: image, ground truth, the instances of each row."""
    lines = ["image", "ground truth", *rows]
    tallest = max(example.sample.size[-2] / example.sample.size[-1] for example in selected)
    size = (4.5 * len(selected) + 0.3, 4.5 * tallest * len(lines) + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(lines), len(selected), squeeze=False)
    for column, example in zip(grid.T, selected, strict=True):
        sample, found = example.sample, [example.found[row] for row in rows]
        image, truth = example.shown(sample.image), sample.instances
        pictures = [_overlay(image, example.shown(truth), _palette(truth))]
        pictures += [_overlay(image, example.shown(one.labels), _colours(sample, one)) for one in found]
        for axes, picture in zip(column, [_bright(image), *pictures], strict=True):
            axes.imshow(picture)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for axes, name in zip(grid[:, 0], lines, strict=True):
        axes.set_ylabel(name, fontsize=14)
    colours = "Colour: the true instance that is covered with an IoU above one half. Grey: none."
    figure.supxlabel(f"{selected[0].title}   {colours}")
    figure.savefig(path, dpi=80, pil_kwargs={"quality": 85})


def _palette(truth: IntegerArray) -> NDArray[np.float64]:
    """Return (n + 1, 3) colours in [0, 1] for the true instances 0…n."""
    n_colours = int(truth.max()) + 1
    colours: NDArray[np.float64] = matplotlib.colormaps["hsv"](
        np.random.default_rng(1).permutation(n_colours) / n_colours
    )
    return colours[:, :3]


def _colours(sample: Sample, segmentation: Segmentation) -> NDArray[np.float64]:
    """Return (n + 1, 3) colours for labels 0…n: those of the true instances met with an IoU above one half, else grey."""
    palette, colours = _palette(sample.instances), np.full((len(segmentation) + 1, 3), 0.75)
    for label, instance in enumerate(examples.states(sample, segmentation), 1):
        if instance["state"] in (examples.RIGHT, examples.CLASS):
            colours[label] = palette[instance["true"]]
    return colours


def _overlay(image: NDArray[np.uint8], labels: IntegerArray, colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the image in grey with the instances in their colours and thin black lines around them."""
    grey = _bright(image).mean(axis=2, keepdims=True).repeat(3, axis=2)
    inside = (labels > 0)[..., None]
    picture = np.where(inside, 0.35 * grey + 0.65 * colours[labels], grey)
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    picture[edge] = 0
    return picture


def _bright(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the image in [0, 1], its brightest percent saturated: micrographs can be all but black."""
    return (image / max(1.0, float(np.percentile(image, 99)))).clip(0, 1)
