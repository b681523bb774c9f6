"""Write a file to begin a partitioner, an affinity model or a data set with; it works as it is.

The file is one class with comments. `--plugin NAME.py` makes any command know it, and `affinity-bench check` says
what to mend when it is your own.
"""

from __future__ import annotations

import argparse
import re
from importlib.resources import files
from pathlib import Path

from affinity_models import AFFINITY_MODELS, cli
from affinity_models.data import DATASETS
from partitioners import PARTITIONERS, InputError, Registry
from partitioners.files import write_whole

EXAMPLES = """\
  python -m bench.new partitioner my-cut       writes my-cut.py; then: python -m bench.check my-cut --plugin my-cut.py
  python -m bench.new model my-network --output plugins
  python -m bench.new dataset my-images
"""
REGISTRIES: dict[str, Registry[object]] = {
    "partitioner": PARTITIONERS,  # type: ignore[dict-item]
    "model": AFFINITY_MODELS,  # type: ignore[dict-item]
    "dataset": DATASETS,  # type: ignore[dict-item]
}


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.new", __doc__ or "", EXAMPLES)
    parser.add_argument("kind", choices=REGISTRIES, help="what it is")
    parser.add_argument("name", metavar="NAME", help="small letters, digits and '-', beginning with a letter")
    cli.add(parser, "output", Path())
    return parser.parse_args(argv)


def template(kind: str, name: str) -> str:
    """Return the code of a new partitioner, model or data set."""
    code = files("bench.new.templates").joinpath(f"{kind}.py").read_text(encoding="utf-8")
    class_name = "".join(word.capitalize() for word in name.split("-"))
    return code.replace("new-name", name).replace("NewName", class_name)


def main(argv: list[str] | None = None) -> None:
    """Write the file, and say how to go on."""
    options = arguments(argv)
    name, registry = options.name, REGISTRIES[options.kind]
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InputError(f"NAME: expected small letters, digits and single '-', as in 'my-cut', got {name!r}")
    if name in registry.names():
        raise InputError(f"NAME: {name!r} is the name of another {registry.kind}")
    path = options.output / f"{name}.py"
    if path.exists():
        raise InputError(f"NAME: {path} is there already")
    write_whole(path, template(options.kind, name).encode())
    print(f"{path}\nTo check it: python -m bench.check {name} --plugin {path}")


if __name__ == "__main__":
    cli.run(main)
