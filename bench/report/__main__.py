"""Published results as one page, and whether tables, figures and README say what the stored rows say.

DIR holds folders of results as the commands of this suite write them; README.md and docs/*.md beside it may show parts of
them, each between the lines `<!-- from DIR/FOLDER -->` and `<!-- end -->`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from affinity_models import cli
from bench.report import check, page, paper
from bench.report.kinds import folders
from partitioners import InputError

EXAMPLES = """\
  python -m bench.report                        one page that works without network: runs/report/index.html
  python -m bench.report runs                   of your own runs
  python -m bench.report --check                what is published, line by line, against the stored rows
  python -m bench.report --renew                write tables and figures in results/, README.md and docs/ anew
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.report", __doc__ or "", EXAMPLES)
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"), metavar="DIR", help="with results")
    cli.add(parser, "output", Path("runs/report"), "for the page, index.html, and for tables and figures as files")
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action=cli.OnlyTells, help="only say what differs from the stored rows; exit with 1 if any"
    )
    only.add_argument("--renew", action=cli.OnlyTells, help="only write what differs from the stored rows anew")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Write the page, or check or renew published results."""
    options = arguments(argv)
    results = options.results.absolute()
    if not results.is_dir() or not any(folders(results)):
        raise InputError(f"DIR: expected folders with results, got {options.results} without any")
    if options.renew:
        for path in check.renew(results):
            print(f"written: {path.relative_to(results.parent)}")
    elif options.check:
        _check(results)
    else:
        parts = page.parts(results)
        path = options.output / "index.html"
        page.write(parts, path)
        paper.write(parts, options.output)
        print(f"Page: {path}; for papers: tables/ (LaTeX, Markdown) and figures/ (SVG, PNG) beside it")


def _check(results: Path) -> None:
    if problems := check.problems(results):
        print(*problems, sep="\n")
        sys.exit(f"{len(problems)} lines; python -m bench.report --renew writes what is made of rows anew")
    print("Tables, figures, README and docs are what the stored rows say.")


if __name__ == "__main__":
    cli.run(main)
