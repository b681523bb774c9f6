"""How far block-wise partitions are from those of the whole image, and how much memory they take.

Two tables, printed and written as CSV as soon as they are done; all columns are explained in results/README.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import cli
from bench.blocks import distance, memory
from bench.provenance import provenance
from bench.speed import report

EXAMPLES = """\
  python -m bench.blocks.compare           ten minutes
  python -m bench.blocks.compare --quick --output runs/blocks
"""
SECTIONS = {"distance": distance.SECTION, "memory": memory.SECTION}
FULL: dict[str, Any] = {"distance": distance.Settings(), "memory": memory.Settings()}
QUICK: dict[str, Any] = {"distance": distance.QUICK, "memory": memory.QUICK}


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.blocks.compare", __doc__ or "", EXAMPLES)
    parser.add_argument("--quick", action="store_true", help="small images: does it run here?")
    parser.add_argument("--output", type=Path, default=Path("results/blocks"), metavar="DIR", help="for the tables")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> None:
    """Measure and write the tables."""
    options = arguments(given)
    settings = QUICK if options.quick else FULL
    origin = provenance() | {"settings": {name: of._asdict() for name, of in settings.items()}}
    options.output.mkdir(parents=True, exist_ok=True)
    console = Console(width=None if Console().is_terminal else 200)
    tables = {}
    for name, section in SECTIONS.items():
        tables[name] = section.measure(settings[name])
        report.write_table(name, tables[name], origin, options.output)
        console.print(report.terminal(section, tables[name]))
    report.write_summary(SECTIONS, tables, origin, options.output, "Blocks")
    console.print(f"Tables: {options.output}", soft_wrap=True)


if __name__ == "__main__":
    cli.run(main)
