"""asv: one cell at a time, in the environment that this is run in; and what its JSON files say."""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from asv.commands.run import Run
from asv.config import Config
from asv.console import log
from asv.environment import ExistingEnvironment, get_env_name
from asv.machine import MachineCollection
from asv.results import Results, iter_results_for_machine

from bench.engine.isolation import Limits
from bench.engine.provenance import ROOT, provenance
from bench.scaling.cells import MODES, SUITE, Cell, Place
from bench.speed.timing import cores
from partitioners import PARTITIONERS, InputError
from partitioners.expressions import Expression, parse
from partitioners.files import write_whole

SETUP = 300.0
"""Wall seconds that a process may take to start and to make its input, beside twice its box: a machine may be busy."""
REPEATS = 10
CONFIGURATION = "asv.conf.json"


class Here(ExistingEnvironment):  # type: ignore[misc]  # asv has no types
    """The environment that this is run in. asv's own class puts the path of Python into names of files."""

    tool_name = "here"

    @property
    def python(self) -> str:
        """The version."""
        return ".".join(map(str, sys.version_info[:2]))

    @property
    def name(self) -> str:
        """In asv's tables."""
        name: str = get_env_name(self.tool_name, self.python, {}, {})
        return name


def configure(place: Place) -> None:
    """Write asv's configuration beside its results, so that its own commands can be used on them."""
    home = place.results.parent
    settings = {
        **json.loads((ROOT / CONFIGURATION).read_text()),
        "repo": os.path.relpath(ROOT, home),
        "benchmark_dir": os.path.relpath(SUITE, home),
        "results_dir": place.results.name,
        "html_dir": ".asv/html",
        "environment_type": "existing",
        "matrix": {},
    }
    write_whole(home / CONFIGURATION, (json.dumps(settings, indent=2) + "\n").encode())


def measure(cell: Cell, partitioners: Iterable[Expression], place: Place, limits: Limits) -> None:
    """Time a cell and add it to asv's results; to be called in a process of its own.

    asv writes into a folder of its own first, so that earlier results stay whole, whatever happens.

    Args:
        cell: the timed one. On a single thread, processor seconds are counted, on one core.
        partitioners: all of the run, so that the results have a place for each.
        place: the place of results, below a configuration by `configure`.
        limits: seconds for the repeats of the cell, which may overrun it once.
    """
    os.environ["ASV_PARTITIONERS"] = json.dumps(_described(partitioners, place))
    scratch = place.runs / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    stored = place.results / place.machine
    if stored.exists():
        shutil.copytree(stored, scratch / place.machine)
    _run(cell, place, limits, scratch)
    for file in scratch.rglob("*.json"):
        if file.name != "machines.json":
            write_whole(place.results / file.relative_to(scratch), file.read_bytes())


def _described(partitioners: Iterable[Expression], place: Place) -> dict[str, Any]:
    """Return the partitioners with results, which asv would otherwise forget, and those of this run."""
    stored = dict.fromkeys(timings(place.results, place.machine).query("commit == @place.commit")["partitioner"])
    return {name: [name, {}] for name in stored} | {
        str(partitioner): partitioner.plain(PARTITIONERS) for partitioner in partitioners
    }


def _run(cell: Cell, place: Place, limits: Limits, scratch: Path) -> None:
    """Run asv as `asv run --environment here --bench CELL` does."""
    assert limits.seconds is not None
    machines = scratch / "machines.json"
    scratch.mkdir(parents=True, exist_ok=True)
    MachineCollection.save(place.machine, _machine(place.machine), _path=str(machines))
    home = place.results.parent
    settings = Config.load(home / CONFIGURATION)
    settings.environment_type, settings.pythons, settings.results_dir = Here.tool_name, ["same"], str(scratch)
    settings.default_benchmark_timeout = SETUP + 2 * limits.seconds
    os.chdir(home)
    log.enable()
    Run.run(
        settings,
        bench=[cell.benchmark],
        attribute={
            "rounds": 1,
            "repeat": [1, REPEATS, limits.seconds / 2],
            **({"cpu_affinity": [max(cores())]} if cell.mode.threads == 1 and hasattr(os, "sched_setaffinity") else {}),
        },
        set_commit_hash=place.commit,
        machine=place.machine,
        show_stderr=True,
        pull=False,
        _machine_file=str(machines),
    )


def _machine(name: str) -> dict[str, str]:
    return {
        "machine": name,
        "os": platform.system(),
        "arch": platform.machine(),
        "cpu": provenance()["machine"],
        "num_cpu": str(os.cpu_count()),
        "ram": "",
    }


def as_kept(partitioners: Iterable[Expression], place: Place) -> list[Expression]:
    """Return partitioners as results of this commit, or of earlier ones, spell them where they have them."""
    spellings: dict[str, Expression] = {}
    for folder in (place.results, place.history):
        for name in dict.fromkeys(timings(folder, place.machine)["partitioner"]):
            with suppress(InputError):  # of a plug-in that is gone
                stored = parse(name)
                spellings.setdefault(stored.canonical(PARTITIONERS), stored)
    return [spellings.get(partitioner.canonical(PARTITIONERS), partitioner) for partitioner in partitioners]


COLUMNS = ["commit", "when", "version", "mode", "partitioner", "pixels", "seconds", "low", "high", "repeats"]


def timings(results: Path, machine: str) -> pd.DataFrame:
    """Return a machine's timings in a folder of asv's JSON files, a line per commit and cell; `COLUMNS` are its columns.

    `commit` is of 12 digits, `when` its date; `seconds` is the median of the repeats, `low` and `high` their
    quartiles, all of a whole batch; `version` changes with the code of the benchmark.
    """
    all_results = iter_results_for_machine(str(results), machine)
    lines = [line for results in all_results for mode in MODES for line in _lines(results, mode)]
    return pd.DataFrame(lines, columns=COLUMNS)


def _lines(results: Results, mode: str) -> Iterator[tuple[Any, ...]]:
    name = MODES[mode].benchmark
    if name not in results.get_all_result_keys():
        return
    params = results.get_result_params(name)
    values, stats = results.get_result_value(name, params), results.get_result_stats(name, params)
    identity = (
        results.commit_hash[:12],
        pd.Timestamp(results.date, unit="ms", tz="UTC"),
        results.benchmark_version[name],
    )
    for texts, seconds, stat in zip(product(*params), values, stats, strict=True):
        if seconds is not None and seconds == seconds:  # neither failed nor left out
            partitioner, pixels = map(ast.literal_eval, texts)
            yield (*identity, mode, partitioner, pixels, seconds, stat["q_25"], stat["q_75"], stat["repeat"])
