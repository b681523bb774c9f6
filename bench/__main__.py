"""All commands of this suite under one name: `affinity-bench ablation …` is `python -m bench.ablation …`."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bench.start import end_at_once, told

COMMANDS = {
    "ablation": "bench.ablation.__main__",
    "leaderboard": "bench.leaderboard.__main__",
    "compare": "bench.compare",
    "scaling": "bench.scaling.__main__",
    "speed": "bench.speed.__main__",
    "train": "affinity_models.train",
    "segment": "bench.segment.__main__",
    "predict": "affinity_models.predict",
    "model-card": "bench.model_card",
    "hyperparameters": "bench.hyperparameters",
    "export": "bench.export.__main__",
    "bound": "bench.bound",
    "blocks": "bench.blocks.__main__",
    "report": "bench.report.__main__",
    "statistics": "bench.statistics",
    "street": "bench.street",
    "list": "bench.list",
    "check": "bench.check.__main__",
    "new": "bench.new.__main__",
    "instructions": "bench.instructions.__main__",
}
"""The module of each command."""


def summary(module: str) -> str:
    """Return the first line of a module's docstring, without importing it."""
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    return (ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or "").splitlines()[0]


def main(argv: list[str] | None = None) -> None:
    """Run the chosen command, and exit as it does."""
    if argv is None:
        end_at_once()
    name, *arguments = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        print("usage: affinity-bench COMMAND …, and affinity-bench COMMAND --help says more", *_listed(), sep="\n")
    elif name in COMMANDS:
        try:
            from affinity_models import cli

            cli.run(lambda: import_module(COMMANDS[name]).main(arguments))
        except ModuleNotFoundError as error:
            if not (line := told(COMMANDS[name], error)):
                raise
            print(line, file=sys.stderr)
            sys.exit(2)
    else:
        from partitioners.checks import unknown

        print(f"error: COMMAND: {unknown(name, COMMANDS)}", file=sys.stderr)
        sys.exit(2)


def _listed() -> list[str]:
    return [f"  {name:<16} {summary(module)}" for name, module in COMMANDS.items()]


if __name__ == "__main__":
    main()
