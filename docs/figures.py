"""The figures of the pages about concepts, drawn when the pages are built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from pictures import RESULTS, example

from affinity_models import DaffNetModel, Oracle, Sample
from affinity_models.daffnet.options import NEIGHBOURHOODS
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import match
from affinity_models.metrics.nuclei import mean_success_index
from affinity_models.metrics.panoptic import panoptic_quality
from affinity_models.metrics.partition import multicut_energy, partition_error
from affinity_models.overlay import overlay
from partitioners import AffinityPyramid, ClassTable, Segmentation, create, grid_graph
from partitioners.cascade.upsampling import upsample
from partitioners.linkage import log_odds
from partitioners.reference.pa_gaec import position_factor

COLOURS = ListedColormap(["0.5", "0.9", "tab:blue", "tab:orange", "tab:green", "tab:red"])
"""Of unlabelled pixels (-1), background (0), and segments."""
OBJECT = ClassTable(("ground", "object"), (False, True))


def affinity() -> Figure:
    """Draw two nuclei that touch, and the shipped network's affinities."""
    image = example(RESULTS / "nuclei-daffnet", 0).image[85:205, 100:220]
    level = DaffNetModel("nuclei").predict(image).levels[0]
    figure, axes = _row(3, "image", "affinity to the right, offset (0, 1)", "affinity downwards, offset (1, 0)")
    for one, shown in zip(axes, (image, *level.affinity), strict=True):
        one.imshow(shown, cmap="gray", vmin=0)
    return figure


def offset() -> Figure:
    """Draw the pixels that edges of three neighbourhoods lead to."""
    figure, axes = _row(3, *(f"{name}: {len(offsets)} offsets" for name, offsets in NEIGHBOURHOODS.items()))
    for one, (name, offsets) in zip(axes, NEIGHBOURHOODS.items(), strict=True):
        steps = np.array(offsets)
        one.scatter(steps[:, 1], steps[:, 0], c="tab:blue", s=12, label="other end")
        one.scatter([0], [0], c="tab:orange", marker="s", s=20, label="pixel")
        reach = {"daffnet": 3, "ssap": 3}.get(name, 70)
        one.set(xlim=(-reach, reach), ylim=(reach, -reach), aspect="equal", xlabel="dx", ylabel="dy")
        one.set_axis_on()
    axes[0].legend(loc="upper left", fontsize=8)
    return figure


def linkage() -> Figure:
    """Draw what becomes of two edges when a merge makes them parallel."""
    (first, size), (second, sizes) = (0.9, 1), (0.3, 3)
    odds = [float(log_odds(np.array(value))) for value in (first, second)]
    joined = {
        "wpgma": f"({first} + {second}) / 2 = {(first + second) / 2:.2f}",
        "average": f"({size}·{first} + {sizes}·{second}) / {size + sizes} = {(size * first + sizes * second) / (size + sizes):.2f}",
        "sum": f"{size}·{odds[0]:.2f} + {sizes}·({odds[1]:.2f}) = {size * odds[0] + sizes * odds[1]:.2f}",
    }
    figure, axes = _row(2, "A and B are merged …", "… and their edges to C become one")
    for one in axes:
        one.set(xlim=(-1, 8), ylim=(-1, 3.4))
    edges = {"AC": f"{first}, size {size}", "BC": f"{second}, size {sizes}"}
    _graph(axes[0], {"A": (0, 2), "B": (0, 0), "C": (4, 1)}, edges)
    axes[0].plot([0, 0], [2, 0], "tab:green", lw=4, zorder=0)
    _graph(axes[1], {"AB": (0, 1), "C": (4, 1)}, {})
    axes[1].plot([0, 4], [1, 1], "0.4", zorder=0)
    for number, (name, text) in enumerate(joined.items()):
        axes[1].text(0.7, 2.9 - 0.6 * number, f"{name}: {text}", fontsize=9)
    return figure


def pyramid() -> Figure:
    """Draw the affinities of a street scene's four levels."""
    levels = _street().levels
    sizes = (" × ".join(map(str, level.shape)) for level in levels)
    figure, axes = _row(4, *(f"level {number}: {size}" for number, size in enumerate(sizes, 1)))
    for one, level in zip(axes, levels, strict=True):
        one.imshow(level.affinity.min(axis=0)[:-1, :-1], cmap="gray", vmin=0, vmax=1)
    return figure


def cascade() -> Figure:
    """Draw the segments of each level, the coarsest first."""
    whole, sample = _street(), _street_sample()
    levels = range(len(whole.levels) - 1, -1, -1)
    figure, axes = _row(4, *(f"after level {number + 1}" for number in levels))
    for one, number in zip(axes, levels, strict=True):
        above = replace(whole, levels=whole.levels[number:], stride=whole.stride << number)
        one.imshow(overlay(sample.image, create("cascade-gaec", min_size=1).segment(above).labels))
    return figure


def position() -> Figure:
    """Draw how PA-GAEC weighs down the affinities of far segments."""
    boxes = {"u": (0, 0, 5, 4), "v": (0, 5, 5, 8), "w": (0, 24, 5, 31)}  # top, left, bottom, right
    figure, axes = _row(2, "a bus behind a pole (u, v), and its double (w)", "position factor of two equal boxes")
    for name, (top, left, bottom, right) in boxes.items():
        axes[0].add_patch(Rectangle((left, top), right - left, bottom - top, facecolor="tab:blue", edgecolor="k"))
        axes[0].text((left + right) / 2, 2.5, name, ha="center", va="center", color="w")
    axes[0].add_patch(Rectangle((4, -2), 1, 9, facecolor="0.5"))
    for number, other in enumerate("vw"):
        factor = position_factor(boxes["u"], boxes[other], 0.5)
        axes[0].text(8, -3.6 - 2.4 * number, f"factor of u and {other}: {factor:.2f}", fontsize=9)
    axes[0].set(xlim=(-1, 33), ylim=(-7, 9), aspect="equal")
    distances = np.arange(0, 61)
    for beta in (0.25, 0.5, 1.0):
        factors = [position_factor((0, 0, 10, 10), (0, int(shift), 10, int(shift) + 10), beta) for shift in distances]
        axes[1].plot(distances / 10, factors, label=f"β = {beta}")
    axes[1].set(xlabel="distance of centres in widths", ylim=(0, 1.05))
    axes[1].set_axis_on()
    axes[1].legend()
    return figure


def association() -> Figure:
    """Draw two labels that are brought to a finer level, and grown there."""
    y, x = np.indices((48, 72))
    truth = np.where(np.hypot(y - 23, x - 25) < 15, 1, np.where(np.hypot(y - 25, x - 50) < 12, 2, 0))
    coarse = truth[::2, ::2].astype(np.int32)
    unsure = upsample(coarse, truth > 0)
    near = np.stack([truth == np.roll(truth, -1, axis) for axis in (1, 0)]) * 0.9
    graph = grid_graph(near.astype(np.float32), ((0, 1), (1, 0)), unsure != 0)
    grown = create("gas").partition(graph, np.where(unsure > 0, unsure, -1).ravel()).reshape(truth.shape)
    figure, axes = _row(3, "coarser level", "upsampled: unsure at boundaries", "after GAS")
    for one, labels in zip(axes, (coarse, unsure, np.where(unsure == 0, 0, grown + 1)), strict=True):
        one.imshow(labels, cmap=COLOURS, vmin=-1, vmax=4, interpolation="nearest")
    return figure


def metrics() -> Figure:
    """Draw one truth, what may be found, and all figures of merit of it."""
    cases = _cases()
    truth = cases["as it is"]
    figure, axes = _row(len(cases), *cases, height=3.2)
    for one, labels in zip(axes, cases.values(), strict=True):
        one.imshow(labels, cmap=COLOURS, vmin=-1, vmax=4, interpolation="nearest")
        one.text(0, labels.shape[0] + 6, _figures_of_merit(truth, labels), va="top", family="monospace", fontsize=9)
    return figure


def _row(number: int, *titles: str, height: float = 2.6) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure of panels beside each other, without axes."""
    figure, axes = plt.subplots(1, number, figsize=(10, height), layout="constrained")
    for one, title in zip(axes, titles, strict=True):
        one.set_title(title, fontsize=9)
        one.set_axis_off()
    return figure, axes


def _graph(axes: Axes, nodes: dict[str, tuple[float, float]], edges: dict[str, str]) -> None:
    """Draw a graph of named nodes; edges are named by their two ends."""
    for (first, second), text in edges.items():
        (x, y), (to_x, to_y) = nodes[first], nodes[second]
        axes.plot([x, to_x], [y, to_y], "0.4", zorder=0)
        axes.text((x + to_x) / 2, (y + to_y) / 2 + 0.25 * np.sign(y - to_y), text, fontsize=9, ha="center", va="center")
    for name, (x, y) in nodes.items():
        axes.scatter([x], [y], s=500, c="tab:orange")
        axes.text(x, y, name, ha="center", va="center")


def _street_sample() -> Sample:
    """Return a published street scene, its true instances as objects of one class."""
    shown = example(RESULTS / "street-daffnet", 2)
    return _sample(shown.image, shown.truth)


def _street() -> AffinityPyramid:
    return Oracle(noise=0.5, stride=1).predict(_street_sample(), 1)


def _sample(image: NDArray[np.uint8], instances: NDArray[Any]) -> Sample:
    return Sample("example", image, (instances > 0).astype(int), instances, OBJECT)


def _cases() -> dict[str, NDArray[np.int32]]:
    y, x = np.indices((48, 48))
    truth = np.zeros(y.shape, np.int32)
    for number, (row, column) in enumerate([(12, 12), (12, 31), (33, 22)], 1):
        truth[np.hypot(y - row, x - column) < 10] = number
    split, shrunk = truth.copy(), truth.copy()
    split[(truth == 3) & (x < 22)] = 4
    shrunk[(truth == 1) & (np.hypot(y - 12, x - 12) >= 7)] = 0
    return {
        "as it is": truth,
        "one in two pieces": split,
        "two joined": np.where(truth == 2, 1, np.where(truth == 3, 2, truth)).astype(np.int32),
        "one lost": np.where(truth == 3, 0, truth).astype(np.int32),
        "one too small": shrunk,
    }


def _figures_of_merit(truth: NDArray[np.int32], labels: NDArray[np.int32]) -> str:
    sample = _sample(np.zeros((*truth.shape, 3), np.uint8), truth)
    n_found = int(labels.max())
    found = Segmentation(labels, np.ones(n_found, np.int32), np.full(n_found, 0.9, np.float32))
    matches = [match(sample, found)]
    error = partition_error(sample, found)
    ap, index = average_precision(matches, OBJECT), mean_success_index(matches)
    near = np.stack([truth == np.roll(truth, -1, axis) for axis in (1, 0)]) * 0.8 + 0.1
    values = {
        "AP": f"{100 * ap.ap:.0f} %",
        "AP50": f"{100 * ap.ap50:.0f} %",
        "CSI": f"{100 * index['CSI']:.0f} %",
        "CSI50": f"{100 * index['CSI50']:.0f} %",
        "PQ": f"{100 * panoptic_quality(matches, OBJECT).pq:.0f} %",
        "VI split": f"{error.vi_split:.2f}",
        "VI merge": f"{error.vi_merge:.2f}",
        "ARE": f"{error.are:.2f}",
        "CREMI": f"{error.cremi:.2f}",
        "energy": f"{multicut_energy(grid_graph(near, ((0, 1), (1, 0))), labels.ravel()):.0f}",
    }
    return "\n".join(f"{name:<9}{value:>7}" for name, value in values.items())


FIGURES: tuple[Callable[[], Figure], ...] = (
    affinity,
    offset,
    linkage,
    pyramid,
    cascade,
    position,
    association,
    metrics,
)


def draw(folder: Path) -> None:
    """Write all figures that are not there yet."""
    folder.mkdir(exist_ok=True)
    for figure in FIGURES:
        path = folder / f"{figure.__name__}.png"
        if not path.exists() or path.stat().st_mtime < Path(__file__).stat().st_mtime:
            figure().savefig(path, dpi=120, bbox_inches="tight")
            plt.close("all")
