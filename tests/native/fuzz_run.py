"""Fuzzes the native core at size under sanitizers, in a process per core, and records how often each function was called.

    python tests/native/fuzz_run.py --inputs 10000000

It takes a clean commit, and keeps what it has built and counted below --runs: the same command again goes on from there.
The record is written only where no input failed. One that fails is shown, and ends its part.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pandas as pd
from sanitized import CHECKS, COMPILER, build_module, environment

from bench.engine.provenance import ROOT, provenance

PART = 100_000
OPTIMISATION = "-O1"


def parts(inputs: int) -> Iterator[range]:
    """Yield the numbers of inputs that are tried by one process each."""
    return (range(first, min(first + PART, inputs)) for first in range(0, inputs, PART))


def run(folder: Path, seed: int, numbers: range) -> tuple[Path, str]:
    """Return the file with the counts of a part, made unless it is there, and the error of one that failed."""
    counts = folder / f"{seed}-{numbers.start}-{numbers.stop}.csv"
    if counts.exists():
        return counts, ""
    last, unfinished = counts.with_suffix(".last"), counts.with_suffix(".unfinished")
    command = [sys.executable, folder / "fuzz.py", "--seed", str(seed), "--last", last]
    command += ["--first", str(numbers.start), "--inputs", str(len(numbers))]
    with unfinished.open("w") as table:
        done = subprocess.run(command, env=environment(folder), stdout=table, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return counts, f"{done.stderr}\nIt was input {last.read_text().strip()} of seed {seed}, at {folder}."
    unfinished.rename(counts)
    last.unlink()
    return counts, ""


def total(counts: Iterable[Path]) -> pd.DataFrame:
    """Return a line per function: its name, inputs, and how many of them returned and were refused."""
    table = pd.concat(map(pd.read_csv, counts)).groupby("function", as_index=False).sum()
    table.insert(1, "inputs", table["returned"] + table["refused"])
    return table


def write_record(folder: Path, table: pd.DataFrame, origin: dict[str, Any]) -> None:
    """Write fuzz.md: how often each function was called, and what was run where."""
    facts = ", ".join(f"{name}: {value}" for name, value in origin.items() if name != "dirty")
    text = f"# Fuzzing\n\n{table['inputs'].sum()} inputs, none of which failed.\n\n{table.to_markdown(index=False)}\n\n{facts}\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fuzz.md").write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzzes the native core at size, under sanitizers.")
    parser.add_argument("--inputs", type=int, default=10_000_000, help="how many (default: 10000000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=ROOT / "results", help="gets fuzz.md")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "fuzz", help="where a run goes on")
    options = parser.parse_args()
    origin = provenance()
    if origin["dirty"]:
        sys.exit("There are uncommitted changes: commit them first, so that the record says what was run.")
    folder = options.runs.absolute() / origin["commit"]
    if not (folder / "fuzz.py").exists():
        folder.mkdir(parents=True, exist_ok=True)
        build_module(folder, OPTIMISATION)
        shutil.copy(Path(__file__).with_name("fuzz.py"), folder)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(run, folder, options.seed, numbers) for numbers in parts(options.inputs)]
        for done, future in enumerate(as_completed(futures), 1):
            print(f"{done} of {len(futures)} parts", flush=True)
            if error := future.result()[1]:
                print(error, file=sys.stderr, flush=True)
    results = [future.result() for future in futures]
    if any(error for _, error in results):
        sys.exit("There is no record, since inputs failed.")
    compiler = subprocess.check_output([COMPILER, "--version"], text=True).splitlines()[0]
    origin = {"seed": options.seed, "compiler": compiler, "flags": " ".join([OPTIMISATION, *CHECKS])} | origin
    write_record(options.output, total(path for path, _ in results), origin)


if __name__ == "__main__":
    main()
