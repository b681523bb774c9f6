"""Check that a partitioner, an affinity model or a data set, of one's own or built in, keeps what its kind promises.

One line per promise: ok; mend, with what is wrong; or skip, where it is broken on purpose. Ends with 1 where there is
something to mend. An affinity model is checked on the first image of --data, which should be one that it is for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

from affinity_models import AFFINITY_MODELS, AffinityModel, Sample, cli
from affinity_models.data import DATASETS, Dataset
from bench.check import affinity_models, datasets, graph_partitioners, pyramid_partitioners, registered
from bench.check.promises import Check, failure, promise, title, told
from bench.check.registered import REGISTRIES
from partitioners import PARTITIONERS, GraphPartitioner, InputError, expressions, notation
from partitioners.checks import unknown
from partitioners.expressions import Expression

EXAMPLES = """\
  python -m bench.check my-partitioner
  python -m bench.check 'my-partitioner(threshold=0.3)'       or: my-partitioner --set threshold=0.3
  python -m bench.check my-model --data 'nuclei(root=DIR)'
  python -m bench.check 'my-data(root=DIR)'
"""


@dataclass(frozen=True)
class Finding:
    """The outcome of a check: nothing, or what is to be mended, or why the promise is broken on purpose."""

    check: Check
    problem: str = ""
    purpose: str = ""

    def __str__(self) -> str:
        status, more = "ok", ""
        if self.problem:
            status, more = "mend", f" Not kept: {self.problem}"
        elif self.purpose:
            status, more = "skip", f" Not meant to: {self.purpose}"
        return f"  {status:<4}  {title(self.check)}: {promise(self.check)}{more}"


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.check", __doc__ or "", EXAMPLES)
    parser.add_argument("name", metavar="NAME", help="a name that bench.list shows, or 'NAME(KEY=VALUE, …)'")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="parameters")
    cli.add(parser, "data", "street", "with the image for an affinity model: 'NAME(KEY=VALUE, …)'")
    cli.add(parser, "limit", 3, "read N images of a data set")
    return parser.parse_args(given)


def kinds(expression: Expression) -> list[str]:
    """Return the kinds in which the name is registered; of several, those that take the parameters.

    Raises:
        InputError: there is none.
    """
    having = [kind for kind, registry in REGISTRIES.items() if expression.name in registry.names()]
    if not having:
        known = sorted({name for registry in REGISTRIES.values() for name in registry.names()})
        raise InputError(f"name: {unknown(expression.name, known)}")
    taking = [k for k in having if set(expression.parameters) <= set(REGISTRIES[k].entry(expression.name).parameters)]
    return taking or having[:1]


def findings(kind: str, expression: Expression, options: argparse.Namespace) -> Iterator[Finding]:
    """Yield what came of each check; where one fails that the others build upon, it is the last.

    Raises:
        InputError: it cannot be made with these parameters, or there is no image to check it on.
    """
    name, home = expression.name, registered.home(kind, expression.name)
    known = _known(kind, options)
    create = partial(registered.make, kind, expression, known)
    checks: list[tuple[Any, ...]] = [
        (registered.check_available, kind, name),
        (registered.check_class, kind, create),
        (registered.check_description, kind, name),
    ]
    if kind == PARTITIONERS.kind:
        checks.append((registered.check_tunable, kind, expression, known))
    for check, *given in checks:
        error = failure(check, *given)
        if check is registered.check_class and isinstance(error, InputError):
            raise error
        yield Finding(check, told(error, home) if error else "")
        if error and check in (registered.check_available, registered.check_class):
            return
    suite, on = _suite(create(), options)
    exempt = getattr(suite, "EXEMPT", {}).get(name, {})
    for check in suite.CHECKS:
        purpose = exempt.get(title(check), "")
        error = None if purpose else failure(check, create, *on)
        yield Finding(check, told(error, home) if error else "", purpose)
        if error and check is suite.CHECKS[0]:
            return


def _known(kind: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return parameters for those of a kind that take them; a shipped network has the name of its data set."""
    data = expressions.parse(options.data)
    root = data.parameters.get("root")
    known = {
        AFFINITY_MODELS.kind: {"root": root and notation.literal(root), "weights": data.name},
        DATASETS.kind: {"root": options.root, "split": options.split},
    }
    return known.get(kind, {})


def _suite(made: Any, options: argparse.Namespace) -> tuple[ModuleType, Sequence[Any]]:
    """Return the checks of the kind of `made`, and what they are given."""
    if isinstance(made, AffinityModel):
        return affinity_models, _image(options)
    if isinstance(made, Dataset):
        return datasets, [options.limit]
    if isinstance(made, GraphPartitioner):
        return graph_partitioners, []
    if reason := AFFINITY_MODELS.unavailable("oracle"):
        raise InputError(f"the check of a pyramid partitioner {reason}")
    return pyramid_partitioners, []


def _image(options: argparse.Namespace) -> tuple[Sample, int]:
    """Return the first image of the data set, and its stride."""
    try:
        dataset = cli.open_dataset(options)
        return dataset.read(dataset.names()[0]), dataset.stride
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"--data: {options.data} fails, see python -m bench.check '{options.data}'") from error


def main(given: list[str] | None = None) -> None:
    """Check and print; exit with 1 where something is to be mended."""
    options = arguments(given)
    expression = expressions.parse(options.name)
    more = dict(map(notation.parameter, options.set))
    expression = replace(expression, parameters={**expression.parameters, **more})
    n_broken = 0
    for kind in kinds(expression):
        print(f"{kind} {expression.name}")
        for finding in findings(kind, expression, options):
            print(finding, flush=True)
            n_broken += bool(finding.problem)
    print(f"{n_broken} to mend" if n_broken else "nothing to mend")
    sys.exit(1 if n_broken else 0)


if __name__ == "__main__":
    cli.run(main)
