"""The leaderboard as tables: answers compared with the truth, ranked by quality, then by time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from affinity_models.metrics.bootstrap import bootstrap
from bench.engine.cells import Cell, Tuning, names
from bench.engine.isolation import OK
from bench.engine.schema import LEADERBOARD, tidy
from bench.engine.scoring import Scored, columns, leading, notes_on_columns, problems, traced
from bench.leaderboard import figures
from bench.publish.exhibits import Exhibit, as_markdown, formatted, made, read, with_interval
from partitioners.expressions import Expression

SOLVER = "`solver`: what solvers of other packages take of ms/img."
NOTE = f"AP in percent by the official Cityscapes evaluator, with 95 % bootstrap intervals over images. {SOLVER}"
TIMES_NOTE = " Times are of several machines: compare those of one `machine` only. Of equal AP the rank is the same."
FILE = "leaderboard.csv"
"""Of the rows, in the folder of a leaderboard."""
README_LINES = 8
_FIRST_COLUMNS = {"rank": ".0f", "partitioner": ""}
_LAST_COLUMNS = {
    "AP (95 %)": "",
    "AP50": ".1f",
    "PQ": ".1f",
    "ARE": ".3f",
    "gap": ".2f",
    "ms/img": ".1f",
    "solver": ".1f",
    "tuned": "",
    "problem": "",
}


def board(scored: Mapping[Cell, Scored], seed: int) -> pd.DataFrame:
    """Return a line per cell, best first within each data set and model; results/README.md explains the columns.

    Args:
        scored: results of `bench.engine.scoring.score`, of at least one cell.
        seed: the seed of the run, and of the bootstrap.
    """
    short_names = names(scored)
    lines = [_line(cell, result, seed, short_names) for cell, result in scored.items()]
    return ranked(pd.DataFrame(lines).assign(seed=seed))


def _line(cell: Cell, scored: Scored, seed: int, short_names: Mapping[Expression, str]) -> dict[str, Any]:
    line: dict[str, Any] = {
        "dataset": short_names[cell.affinities.dataset],
        "model": short_names[cell.affinities.model],
        "partitioner": short_names[cell.chosen],
        **scored.ending,
        **_tuning(cell.tuning, short_names),
    }
    if scored.outcomes:
        line |= columns(scored, bootstrap({"": scored.matches}, scored.classes, seed=seed).ap[""])
    return line | traced(cell, scored.record)


def _tuning(tuning: Tuning | None, short_names: Mapping[Expression, str]) -> dict[str, Any]:
    """Return the columns of a partitioner in a run with --tune."""
    if tuning is None:
        return {}
    return {
        "parameters": tuning.text,
        "tuned": not tuning.note,
        "tune_note": tuning.note,
        "tune_data": short_names[tuning.data],
        "tune_images": tuning.images,
        "tune_budget": tuning.budget,
        "tune_seconds": tuning.seconds,
        "tune_trials": tuning.trials,
        "tune_AP": math.nan if tuning.ap is None else 100 * tuning.ap,
        "tune_AP_default": math.nan if tuning.default_ap is None else 100 * tuning.default_ap,
    }


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Return lines in the order of their ranks within each data set and model.

    They are ranked by AP, then by time; by AP alone, with equal ranks, where times are of several machines.
    """
    boards = [_ranked(lines) for _, lines in table.groupby(["dataset", "model"], sort=False)]
    return tidy(pd.concat(boards, ignore_index=True), LEADERBOARD)


def _ranked(lines: pd.DataFrame) -> pd.DataFrame:
    by = ["AP"] if on_several_machines(lines) else ["AP", "seconds_per_image"]
    values = lines.reindex(columns=by).round({"AP": 4})  # stored rows have six digits
    values = values.sort_values(by, ascending=[name != "AP" for name in by], kind="stable")
    ranks = values["AP"].rank(method="min" if len(by) == 1 else "first", ascending=False, na_option="bottom")
    lines = lines.loc[values.index]
    return lines.assign(rank=ranks.where(lines["status"] == OK).astype("Int64"))


def exhibits(folder: Path) -> list[Exhibit]:
    """Return a table per data set and model of the rows that are stored."""
    results = []
    for number, (title, lines) in enumerate(_cases(read(folder / FILE)), 1):
        note = NOTE + notes_on_columns(lines) + (TIMES_NOTE if on_several_machines(lines) else "")
        results.append(Exhibit(title, note, lines, _essentials(lines), figures.plot(lines), f"pareto-{number}"))
    return results


def readme(folder: Path) -> str:
    """Return the part that the docs show: the best rows of each data set and model, without references, which find the same."""
    parts = []
    for title, lines in _cases(read(folder / FILE)):
        best = lines[(lines["status"] == OK) & ~lines["partitioner"].str.contains("-reference")].head(README_LINES)
        parts += [f"{title}:", as_markdown(_essentials(best)), made(best)]
    return "\n\n".join(parts)


def _cases(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for (dataset, model), lines in table.groupby(["dataset", "model"], sort=False):
        images = lines.get("images", pd.Series(dtype=float)).max()
        title = f"{dataset}, affinities of {model}" + ("" if pd.isna(images) else f", {images:.0f} images")
        yield title + _how_tuned(lines), lines


def _how_tuned(lines: pd.DataFrame) -> str:
    """Say on what and how long a table's partitioners were tuned; empty where they were not."""
    settings = lines.reindex(columns=["tune_data", "tune_images", "tune_budget"]).dropna().drop_duplicates()
    return "".join(
        f"; tuned on {setting.tune_data}, {setting.tune_images:.0f} images, {setting.tune_budget:g} processor seconds each"
        for setting in settings.itertuples()
    )


def texts(lines: pd.DataFrame) -> pd.DataFrame:
    """Return lines of a leaderboard with columns for reading: AP with its interval, milliseconds, problems."""
    return lines.assign(
        **{
            "AP (95 %)": with_interval(lines, "AP"),
            "ms/img": 1000 * lines.get("seconds_per_image", math.nan),
            "solver": 1000 * lines.get("solver_seconds_per_image", math.nan),
            "problem": problems(lines),
        }
    )


def on_several_machines(lines: pd.DataFrame) -> bool:
    """Say whether times of lines are of several machines, and so not to be compared."""
    return bool(figures.timed(lines)["machine"].nunique() > 1)


def _essentials(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the essential columns, as text; with the machine where there are several."""
    table = texts(lines)
    if "tuned" in lines:
        values = lines["parameters"].fillna(lines["tune_note"]).fillna("default values")
        table["tuned"] = values.where(lines["status"] == OK)
    machine = {"machine": ""} if on_several_machines(lines) else {}
    return formatted(table, _FIRST_COLUMNS | leading(lines) | _LAST_COLUMNS | machine)
