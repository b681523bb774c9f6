"""What all command lines share: help that keeps its examples, and one line for a user's mistake."""

from __future__ import annotations

import argparse
import logging
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from affinity_models.data.dataset import DATASETS, Dataset
from partitioners.errors import InputError


class _Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False or action.default in ((), []):
            return action.help  # such a default says nothing that the help does not
        if isinstance(action.default, list | tuple):
            return f"{action.help} (default: {' '.join(map(str, action.default))})"
        return super()._get_help_string(action)


def parser(command: str, description: str, examples: str) -> argparse.ArgumentParser:
    """Return an argument parser whose help shows each default, and the examples as they are written."""
    return argparse.ArgumentParser(
        prog=command, description=description, epilog=f"examples:\n{examples}", formatter_class=_Formatter
    )


def whole_number(low: int) -> Callable[[str], int]:
    """Return an argument type: whole numbers of at least `low`."""

    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < low:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {low}, got {text!r}")
        return int(text)

    return convert


def positive(text: str) -> float:
    """An argument type: finite numbers above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a data set: --dataset, --root, --split."""
    parser.add_argument("--dataset", default="street", metavar="NAME", help="a data set that bench.list shows")
    parser.add_argument("--root", type=Path, metavar="DIR", help="its folder; without, street uses a cache of its own")
    parser.add_argument(
        "--split", metavar="NAME", help="its split, where it has several (choose on train, report on val)"
    )


def add_prediction(parser: argparse.ArgumentParser) -> None:
    """Add the options of how a network predicts: --tile, --overlap, --views."""
    for name, help_text in {
        "tile": "side in pixels of the tiles in which images are predicted, a multiple of 64",
        "overlap": "pixels that neighbouring tiles share, a multiple of 64",
        "views": "positions in which images are predicted, for better figures in N times the time: 1, 2, 4 or 8",
    }.items():
        text = f"{help_text}; without, the network's own"
        parser.add_argument(f"--{name}", type=whole_number(1), metavar="N", help=text)


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Add --set, options of a training in place of those of its option file."""
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="TABLE.OPTION=VALUE",
        help="options that differ from the option file's, as TOML",
    )


def open_dataset(options: argparse.Namespace) -> Dataset:
    """Return the data set that the options of `add_dataset` chose.

    Raises:
        InputError: it cannot be opened, or takes no --root or --split.
    """
    parameters = {"root": options.root, "split": options.split}
    accepted = DATASETS.given(options.dataset, **parameters)
    for name, value in parameters.items():
        if value is not None and name not in accepted:
            raise InputError(f"--{name}: the data set {options.dataset!r} takes none")
    return DATASETS.create(options.dataset, **accepted)


def run(main: Callable[[], None]) -> NoReturn:
    """Run a command line and exit: with 2 and one line after a user's mistake, with 130 after Ctrl-C."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        sys.exit(_fail(str(error), 2))
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted; what is finished is kept, and the same command goes on from there", 130))
    except BrokenPipeError:  # the reader of a pipe, head for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        sys.exit(_fail(f"{error.filename or 'file system'}: {error.strerror or error}", 1))
    sys.exit(0)


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code
