"""Count the instructions of the partitioners of the working tree and of an earlier commit, and fail where they grew.

Each case is an asv benchmark at its smallest size, run once under valgrind's callgrind. One that costs 5 % more than
before fails, unless the message of a commit since then accepts it in its last line: "Instructions: +12 % because …".
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from affinity_models import cli
from bench.engine.provenance import ROOT
from bench.instructions.compare import ALLOWED, compare, table
from bench.instructions.count import CannotCount, compile_marks, count_tree
from bench.instructions.history import accepted, differs, export, resolve
from partitioners.errors import InputError

PARENT = "HEAD~1"
EXAMPLES = """  python -m bench.instructions                  # against the parent commit (of a merge, the first)
  python -m bench.instructions --against HEAD   # what is not yet committed"""


def main(argv: list[str] | None = None) -> None:
    """Compare, print the table, and exit with 1 where a case is worse."""
    parser = cli.parser("python -m bench.instructions", __doc__ or "", EXAMPLES)
    parser.add_argument("--against", default=PARENT, metavar="COMMIT", help="the earlier commit")
    against = parser.parse_args(argv).against
    commit = resolve(against)
    if commit is None and against != PARENT:
        raise InputError(f"--against: expected a commit, got {against!r}")
    if commit is None:
        print("instructions: not counted, no parent commit here")
    elif not differs(commit):
        print(f"instructions: not counted, partitioners are those of {against}")
    else:
        _check(commit)


def _check(commit: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        try:
            marks = compile_marks(scratch)
            export(commit, scratch / "tree")
            before = count_tree(scratch / "tree", marks, scratch / "before")
        except CannotCount as reason:
            print(f"instructions: not counted, {reason}")
            return
        try:
            now = count_tree(ROOT, marks, scratch / "now")
        except CannotCount as reason:
            sys.exit(f"instructions: the working tree fails: {reason}")
    allowed = max(ALLOWED, accepted(commit))
    rows = compare(before, now)
    print(table(rows, allowed))
    worse = sum(row.is_worse(allowed) for row in rows)
    print(f"{worse} of {len(rows)} cases cost over {allowed:g} % more than at {commit[:12]}, or fail")
    if worse:
        print("to accept a cost, end a commit's message with a line like: Instructions: +12 % because …")
        sys.exit(1)


if __name__ == "__main__":
    cli.run(main)
