"""The rows as pictures: AP against time and noise, and a sheet of instances as in Fig. 5 of the paper."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from affinity_models import Sample
from bench.ablation.runner import Outcomes, cell_path
from bench.ablation.tables import Report
from bench.answers import Answer, load
from bench.datasets import Dataset

# Okabe and Ito's colours, which colour-blind readers can tell apart; markers say the same once more.
COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")
MARKERS = "os^DvP*X"  # one more than colours, so that 56 rows differ
N_EXAMPLES = 3


def write(report: Report, dataset: Dataset, outcomes: Outcomes, folder: Path, output: Path) -> None:
    """Write ablation.png and instances.jpg into `output`; the answers shown are read from `folder`."""
    _plot(report, output / "ablation.png")
    noise = list(outcomes)[len(outcomes) // 2]
    names = [one.match.name for one in outcomes[noise][report.row_names[0]]]
    chosen = [names[index] for index in np.unique(np.linspace(0, len(names) - 1, N_EXAMPLES).astype(int))]
    kept = [(name, load(cell_path(folder, noise, name))) for name in chosen]
    examples = [(dataset.read(name), answers) for name, answers in kept if answers is not None]
    if examples:
        _sheet(examples, report.row_names, "" if noise is None else f"noise {noise:g}", output / "instances.jpg")


def _plot(report: Report, path: Path) -> None:
    rows = report.rows
    across = {"seconds_per_image": "seconds per image (partitioner alone)"}
    if rows["noise"].notna().any():
        across["noise"] = "noise of the affinities"
    size = (1 + 4.5 * len(across), 4)
    figure, grid = plt.subplots(1, len(across), figsize=size, layout="constrained", sharey=True, squeeze=False)
    for axes, (column, label) in zip(grid[0], across.items(), strict=True):
        for name, colour, marker in zip(report.row_names, cycle(COLOURS), cycle(MARKERS), strict=False):
            _line(axes, rows[rows["row"] == name], column, colour, marker, name)
        axes.set(xlabel=label)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    grid[0, 0].set(xscale="log", ylabel="AP (%)")
    grid[0, -1].legend(frameon=False)
    origin = report.origin
    figure.suptitle(
        f"{origin['dataset']}, {origin['model']}: AP with 95 % intervals over {rows['images'].max()} images"
    )
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _line(axes: Axes, rows: pd.DataFrame, x: str, colour: str, marker: str, label: str) -> None:
    spread = np.abs(rows[["AP_low", "AP_high"]].to_numpy() - rows[["AP"]].to_numpy()).T
    axes.errorbar(rows[x], rows["AP"], spread, color=colour, marker=marker, label=label, capsize=2, lw=1.2, alpha=0.9)


def _sheet(examples: list[tuple[Sample, dict[str, Answer]]], rows: list[str], title: str, path: Path) -> None:
    """Draw a column of pictures per example: image, ground truth, the instances of each row."""
    lines = ["image", "ground truth", *rows]
    tallest = max(sample.size[0] / sample.size[1] for sample, _ in examples)
    size = (4.5 * len(examples) + 0.3, 4.5 * tallest * len(lines) + 0.3)
    figure, grid = plt.subplots(len(lines), len(examples), figsize=size, layout="constrained", squeeze=False)
    for column, (sample, answers) in zip(grid.T, examples, strict=True):
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
    plt.close(figure)


def _colours(labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return (n + 1, 3) colours in [0, 1] for labels 0…n: those of the true instances met with an IoU above one half."""
    palette = plt.get_cmap("hsv")(np.random.default_rng(1).permutation(int(truth.max()) + 1) / (truth.max() + 1))[:, :3]
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
