"""The schema of rows: the columns of all tables that are made of cells, in the order in which they are stored."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

ABLATION, LEADERBOARD, COMPARE, HYPERPARAMETERS = "ablation", "leaderboard", "compare", "hyperparameters"
SCALING = "scaling"
OF_PARTITIONERS = f"{ABLATION} {LEADERBOARD} {COMPARE}"
"""The tables with a line per partitioner."""
OF_ANSWERS = f"{OF_PARTITIONERS} {HYPERPARAMETERS}"
"""The tables that compare answers with the truth."""
CLASS = "AP_…"
"""In place of the columns that are called by classes."""


class Column(NamedTuple):
    """One column, or several that have one meaning.

    Fields:
        names: the names in the file.
        meaning: the meaning of the values, as Markdown.
        unit: the unit of the values; empty where there is none.
        tables: the tables that have it; none for all.
    """

    names: tuple[str, ...]
    meaning: str
    unit: str = ""
    tables: tuple[str, ...] = ()


def _column(names: str, meaning: str, unit: str = "", tables: str = "") -> Column:
    return Column(tuple(names.split(", ")), meaning, unit, tuple(tables.split()))


SCHEMA = (
    _column(
        "row",
        "a partitioner as `--partitioners` names it, or `recorded`: the one that the network's card is of; or a row of the"
        " paper's Table 4: `GAEC` cuts affinities only; `+ GAEC` also groups segments; `+ PA-GAEC` groups with"
        " position-awareness; `GAS` replaces both at level 1",
        tables=ABLATION,
    ),
    _column(
        "rank",
        "by `AP`, then by `seconds_per_image`, which does not count where times are of several `machine`s; empty where there is"
        " no result",
        tables=LEADERBOARD,
    ),
    _column("kind", "`measured`: here; else the paper's grouping of what it publishes", tables=COMPARE),
    _column("method", "a partitioner as written, `NAME(KEY=VALUE, …)`; or the published system", tables=COMPARE),
    _column("AP val, AP test", "published AP on Cityscapes val and test", "%", COMPARE),
    _column("table", "the paper's table", tables=HYPERPARAMETERS),
    _column("k", "channels of the grouping embedding", tables=HYPERPARAMETERS),
    _column("weights", "of both affinity losses, level 1 first", tables=HYPERPARAMETERS),
    _column(
        "dataset, model",
        "as first written, `NAME(KEY=VALUE, …)`; of several ways to write the same, one; of paths as much of the end as tells"
        " them apart. `-`: the model has no pyramids for any partitioner",
        tables=OF_PARTITIONERS,
    ),
    _column("split", "of the data set", tables=ABLATION),
    _column("noise", "amount of the oracle's errors; empty for models without", tables=ABLATION),
    _column(
        "mode",
        "`single`: an image on one thread pinned to one core, in processor seconds; `batch`: four images on a pool of"
        " threads, in wall seconds, on which partitioners in Python take turns",
        tables=SCALING,
    ),
    _column("partitioner", "the row's, or as first written, likewise", tables=f"{ABLATION} {LEADERBOARD} {SCALING}"),
    _column("height, width, pixels, megapixels", "size of an image", tables=SCALING),
    _column(
        "seconds, low, high", "median and quartiles of the repeats, per image; empty where there are none", "s", SCALING
    ),
    _column("repeats", "their number", tables=SCALING),
    _column("ns_per_pixel", "`seconds` per image pixel", "ns", SCALING),
    _column(
        "exponent",
        "b of seconds ~ pixels^b, least squares on logarithms over all sizes of the mode and partitioner",
        tables=SCALING,
    ),
    _column(
        "status",
        "`ok`; `failed`, with an error; `not applicable`, to data such as volumes; `crashed`, its process ended; `timeout`;"
        " `out of memory`; `unavailable`: a package, a file of weights or a parameter is missing or wrong; `not run`, with"
        " `--overwrite never`",
        tables=OF_PARTITIONERS,
    ),
    _column(
        "note",
        "why, where the status is not `ok`; of scaling with the status before it, or `left out`",
        tables=f"{OF_PARTITIONERS} {SCALING}",
    ),
    _column(
        "parameters", "with `--tune`: the chosen values; empty where the default ones were best", tables=LEADERBOARD
    ),
    _column("tuned", "true where there was something to tune", tables=LEADERBOARD),
    _column("tune_note", "why nothing was tuned; `labels from files`: the line was added", tables=LEADERBOARD),
    _column(
        "tune_data, tune_images",
        "the training data, none of whose images is among those compared on; how many images of them",
        tables=LEADERBOARD,
    ),
    _column(
        "tune_budget, tune_seconds",
        "processor time that the runs of a partitioner on all these images could take together, and took",
        "s",
        LEADERBOARD,
    ),
    _column("tune_trials", "sets of values that were tried", tables=LEADERBOARD),
    _column(
        "tune_AP, tune_AP_default",
        "AP on the training data, of the chosen values and of the default ones",
        "%",
        LEADERBOARD,
    ),
    _column(
        "AP, AP50",
        "instance AP by the official Cityscapes evaluator, mean over classes, at overlaps 0.5 … 0.95 and at 0.5; of"
        " hyperparameters on scenes of the train split that were not trained on, empty where a training failed; in published"
        " rows AP50 is of Cityscapes' test set",
        "%",
        OF_ANSWERS,
    ),
    _column(
        "AP_low, AP_high",
        "95 % percentile interval of AP over images drawn with replacement, 1,000 times",
        "%",
        OF_ANSWERS,
    ),
    _column("AP50_low, AP50_high", "the same of AP50", "%", HYPERPARAMETERS),
    _column(
        "CSI, CSI50",
        "critical success index: TP / (TP + FN + FP), mean over images, over IoU 0.5, 0.55 … 0.9 and at 0.5; the measure of the"
        " 2018 Data Science Bowl, which papers on nuclei call AP. Pages show it first where all things are of one class."
        " Newly measured rows have `CSI50`",
        "%",
        OF_PARTITIONERS,
    ),
    _column(
        "AP50m, AP100m",
        "AP of objects within 50 m and 100 m; empty where the data set has no depth; in published rows of the test set",
        "%",
        OF_PARTITIONERS,
    ),
    _column(
        "seconds_per_image",
        "mean wall time of the partitioner alone, from pyramid to instances, after an untimed warm-up; of labels from files as"
        " their maker says, empty where not",
        "s",
        OF_PARTITIONERS,
    ),
    _column(
        "solver_seconds_per_image",
        "of these, mean processor time of the solvers of other packages that it calls (`partitioners.solver_clock`); empty"
        " where it calls none",
        "s",
        OF_PARTITIONERS,
    ),
    _column(
        "PQ, SQ, RQ",
        "panoptic, segmentation and recognition quality of the things, mean over classes",
        "%",
        OF_PARTITIONERS,
    ),
    _column(
        "VI_split, VI_merge",
        "variation of information over true instances' pixels: H(found given true), H(true given found)",
        "bits",
        OF_PARTITIONERS,
    ),
    _column("ARE", "adapted Rand error over true instances' pixels, 0 is perfect", tables=OF_PARTITIONERS),
    _column(
        "CREMI",
        "of volumes, the CREMI score: mean of the geometric means of both VI together and ARE; 0 is perfect. Pages show it"
        " first; lines are ranked by `AP`, as for images, over voxels",
        tables=OF_PARTITIONERS,
    ),
    _column(
        "energy",
        "mean multicut energy: summed log-odds, less those of the partitioner's `bias` if it has one, of the cut edges on"
        " level 1, background one part; lower is better, of equal biases",
        "nats",
        OF_PARTITIONERS,
    ),
    _column(
        "bound",
        "mean energy that no segmentation goes below (`partitioners.lower_bound`). Newly measured rows have it, and `gap`, if"
        " the partitioner cuts a graph by summed costs, as multicut solvers do",
        "nats",
        OF_PARTITIONERS,
    ),
    _column("gap", "by how much `energy` is above `bound`: no further from the optimum", "%", OF_PARTITIONERS),
    _column("instances_per_image", "mean number of found instances", tables=OF_PARTITIONERS),
    _column("images", "images evaluated", tables=OF_PARTITIONERS),
    _column(CLASS, "AP of each class; in published rows of the test set", "%", OF_PARTITIONERS),
    _column(
        "paper_cityscapes_val_AP, paper_cityscapes_val_AP50",
        "the paper's, of its network on Cityscapes val. For orientation, not comparable; empty for other rows",
        "%",
        "ablation hyperparameters",
    ),
    _column(
        "semantic_iterations, iterations",
        "of phase one, which all settings share, and of phase two",
        tables=HYPERPARAMETERS,
    ),
    _column(
        "packages",
        "names and versions of the packages that model and partitioner need or come from, where known",
        tables=f"{OF_PARTITIONERS} {SCALING}",
    ),
    _column(
        "model_version",
        "a text of the affinity model that tells it from others of the same parameters, such as a hash of its weights",
        tables=OF_PARTITIONERS,
    ),
    _column(
        "data_revision",
        "hash of the images' names and contents; for generated ones, of what decides their contents",
        tables=OF_PARTITIONERS,
    ),
    _column("key", "under which the answers are kept", tables=OF_PARTITIONERS),
    _column(
        "threads",
        "that the partitioner could use; empty where it was not run; of scaling those of the pool: as many as images, if"
        " there are as many cores",
        tables=f"{OF_PARTITIONERS} {SCALING}",
    ),
    _column("seed", "of affinity models, partitioners and the bootstrap", tables=OF_PARTITIONERS),
    _column("commit, dirty", "the code that ran the cell; true where tracked files differed from the commit"),
    _column("machine, python, numpy, torch, date", "where and when the cell was run"),
)


def tidy(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return a table with its columns in the order of the schema.

    Args:
        table: the rows.
        kind: one of the tables that the schema names.

    Raises:
        KeyError: the schema has no such column in tables of this kind.
    """
    names = [name for column in SCHEMA if not column.tables or kind in column.tables for name in column.names]
    order = {name: number for number, name in enumerate(names)}
    places = [order[CLASS if name not in order and name.startswith("AP_") else name] for name in map(str, table)]
    return table.iloc[:, sorted(range(len(places)), key=places.__getitem__)]


def markdown() -> str:
    """Return the schema as a table for results/README.md."""
    lines = ["| column | unit | only in | meaning |", "|---|---|---|---|"]
    for column in SCHEMA:
        names, tables = ", ".join(f"`{name}`" for name in column.names), ", ".join(column.tables)
        lines.append(f"| {names} | {column.unit} | {tables} | {column.meaning} |")
    return "\n".join(lines)
