"""How far block-wise partitions are from those of the whole image, and how much memory they take.

Two tables, printed and written as CSV as soon as they are done; all columns are explained in results/README.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from affinity_models import cli
from bench.blocks import distance, memory
from bench.engine.provenance import provenance
from bench.publish import sections
from bench.publish.exhibits import Exhibit, as_markdown, formats, formatted, made, read
from bench.publish.sections import run

EXAMPLES = """\
  python -m bench.blocks.compare           ten minutes
  python -m bench.blocks.compare --quick --output runs/blocks
"""
SECTIONS = {"distance": distance.SECTION, "memory": memory.SECTION}
FULL: dict[str, Any] = {"distance": distance.Settings(), "memory": memory.Settings()}
QUICK: dict[str, Any] = {"distance": distance.QUICK, "memory": memory.QUICK}


def exhibits(folder: Path) -> list[Exhibit]:
    """Return the tables of the stored rows."""
    return sections.exhibits(SECTIONS, folder)


def readme(folder: Path) -> str:
    """Return the part that the README shows: the distances with a halo."""
    rows = read(folder / "distance.csv")
    rows = rows[(rows["halo"] > 0) & (rows["partitioner"] != "components")]
    table = formatted(rows, formats("input partitioner ARE:.4f ARE_high:.4f VI:.3f ARE_jitter:.4f"))
    heads = {"partitioner": "linkage", "ARE_high": "worst ARE", "VI": "VI, bits", "ARE_jitter": "ARE after errors"}
    return f"{as_markdown(table.rename(columns=heads))}\n\n{made(rows)}"


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.blocks.compare", __doc__ or "", EXAMPLES)
    parser.add_argument("--quick", action="store_true", help="small images: does it run here?")
    cli.add(parser, "output", Path("results/blocks"), "for the tables")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Measure and write the tables."""
    options = arguments(argv)
    settings = QUICK if options.quick else FULL
    origin = provenance() | {
        "settings": {name: section_settings._asdict() for name, section_settings in settings.items()}
    }
    run("Blocks", SECTIONS, settings, origin, options.output)


if __name__ == "__main__":
    cli.run(main)
