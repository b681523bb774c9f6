"""The rows as pictures: AP against time and noise, and a sheet of instances as in Fig. 5 of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from affinity_models import Sample
from affinity_models.data import Dataset
from bench import examples
from bench.ablation.runner import Outcomes, cell_path
from bench.engine.answers import Answer, load
from bench.examples import Example
from bench.publish.plots import Plot, series, tidy

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
            mine = rows[rows["row"] == name]
            spread = np.abs(mine[["AP_low", "AP_high"]].to_numpy() - mine[["AP"]].to_numpy()).T
            style: dict[str, Any] = {"color": colour, "marker": marker, "capsize": 2, "lw": 1.2, "alpha": 0.9}
            axes.errorbar(mine[column], mine["AP"], spread, label=name, **style)
        tidy(axes, xlabel=label, xscale="log" if column == "milliseconds" else "linear")
    grid[0].set(ylabel="AP (%)")
    grid[-1].legend(frameon=False)
    first = rows.iloc[0]
    figure.suptitle(f"{first['dataset']}, {first['model']}: AP with 95 % intervals over {rows['images'].max()} images")
    return figure


def write_examples(
    title: str, rows: Sequence[str], dataset: Dataset, outcomes: Outcomes, folder: Path, output: Path
) -> None:
    """Write some images with their instances into `output`, as instances.jpg and for the page of all results.

    Args:
        title: data set and model.
        rows: the names of the rows.
        dataset: with the images.
        outcomes: of the run, at least one.
        folder: where the answers are kept.
        output: of the tables.
    """
    noise = list(outcomes)[len(outcomes) // 2]
    names = [one.match.name for one in outcomes[noise][rows[0]]]
    kept = [(name, load(cell_path(folder, noise, name))) for name in examples.spread(names, N_EXAMPLES)]
    shown = [(dataset.read(name), answers) for name, answers in kept if answers is not None]
    if not shown:
        return
    amount = "" if noise is None else f"noise {noise:g}"
    _sheet(shown, rows, amount, output / "instances.jpg")
    title = f"{title}, {amount}".removesuffix(", ")
    found = [(sample, {row: answers[row].segmentation for row in rows}) for sample, answers in shown]
    examples.write(output / examples.FILE, [Example(title, sample, by_row) for sample, by_row in found])


def _sheet(shown: list[tuple[Sample, dict[str, Answer]]], rows: Sequence[str], title: str, path: Path) -> None:
    """Draw a column of pictures per example: image, ground truth, the instances of each row."""
    lines = ["image", "ground truth", *rows]
    tallest = max(sample.size[0] / sample.size[1] for sample, _ in shown)
    size = (4.5 * len(shown) + 0.3, 4.5 * tallest * len(lines) + 0.3)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(lines), len(shown), squeeze=False)
    for column, (sample, answers) in zip(grid.T, shown, strict=True):
        labels = [sample.instances, *(answers[row].segmentation.labels for row in rows)]
        pictures = [_overlay(sample.image, one, _colours(one, sample.instances)) for one in labels]
        for axes, picture in zip(column, [_bright(sample.image), *pictures], strict=True):
            axes.imshow(picture)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for axes, name in zip(grid[:, 0], lines, strict=True):
        axes.set_ylabel(name, fontsize=14)
    figure.supxlabel(f"{title}   Colour: the true instance that is covered with an IoU above one half. Grey: none.")
    figure.savefig(path, dpi=80, pil_kwargs={"quality": 85})


def _colours(labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return (n + 1, 3) colours in [0, 1] for labels 0…n: those of the true instances met with an IoU above one half."""
    palette = matplotlib.colormaps["hsv"](
        np.random.default_rng(1).permutation(int(truth.max()) + 1) / (truth.max() + 1)
    )[:, :3]
    width = int(truth.max()) + 1
    common = np.bincount(labels.ravel() * width + truth.ravel(), minlength=(int(labels.max()) + 1) * width)
    common = common.reshape(-1, width)
    union = common.sum(axis=1, keepdims=True) + common.sum(axis=0) - common
    overlap = common / np.maximum(union, 1)
    overlap[:, 0] = 0
    colours = np.full((len(common), 3), 0.75)
    met = (overlap > 0.5).any(axis=1)
    colours[met] = palette[overlap[met].argmax(axis=1)]
    return colours


def _overlay(image: np.ndarray, labels: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Return the image in grey with the instances in their colours and thin black lines around them."""
    grey = _bright(image).mean(axis=2, keepdims=True).repeat(3, axis=2)
    inside = (labels > 0)[..., None]
    picture = np.where(inside, 0.35 * grey + 0.65 * colours[labels], grey)
    edge = np.zeros(labels.shape, bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    picture[edge] = 0
    return picture


def _bright(image: np.ndarray) -> np.ndarray:
    """Return the image in [0, 1], its brightest percent saturated: micrographs can be all but black."""
    return (image / max(1.0, float(np.percentile(image, 99)))).clip(0, 1)
