"""The common part of all command lines: help that keeps its examples, and one line for a user's mistake."""

from __future__ import annotations

import argparse
import logging
import math
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO

from affinity_models.data import DATASETS, Dataset
from partitioners.errors import InputError
from partitioners.expressions import parse
from partitioners.plugin_files import plug_in


class Option(NamedTuple):
    """An option that all command lines spell the same.

    Fields:
        help: the usual text.
        metavar: the placeholder of its value.
        kind: the function from its text to its value.
        old: other spellings, which are still taken.
    """

    help: str
    metavar: str
    kind: Callable[[str], Any] = str
    old: tuple[str, ...] = ()


class _Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False or action.default in ((), []):
            return action.help  # such a default says nothing that the help does not
        if isinstance(action.default, list | tuple):
            return f"{action.help} (default: {' '.join(map(str, action.default))})"
        return super()._get_help_string(action)


class OnlyTells(argparse._StoreTrueAction):
    """The action of a flag with which a command does not write to its folders."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and which says how old spellings are written now.

    It loads what --plugin names, and sees that the folders that are to be written to can be, before any work is done.
    """

    interrupted = "interrupted"

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}; see {self.prog} --help\n")

    def parse_args(self, *arguments: Any) -> Any:  # type: ignore[override]
        options = super().parse_args(*arguments)
        try:
            plug_in(options.__dict__.pop("plugin"))
        except InputError as error:
            raise InputError(f"--plugin: {error}") from error
        spellings = options.__dict__.pop("old", [])
        given = [action for action in self._actions if getattr(options, action.dest, None)]
        if not any(isinstance(action, OnlyTells) for action in given):
            for action in given:
                if action.dest in ("output", "runs"):
                    expect_writable((action.option_strings or [str(action.metavar)])[0], getattr(options, action.dest))
        if vars(options).get("data") is not None:
            options.data = _with_parts(options.data, options.root, options.split)
        for name in dict.fromkeys(option for option, _ in spellings):
            values = getattr(options, name)
            text = shlex.join(map(str, values if isinstance(values, list) else [values or "NAME(KEY=VALUE)"]))
            print(
                f"{', '.join(flag for option, flag in spellings if option == name)}: now --{name} {text}",
                file=sys.stderr,
            )
        return options


class _Old(argparse.Action):
    """An old spelling of the option `const`, or of a part of it."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        setattr(namespace, self.dest, values)
        namespace.old = [*getattr(namespace, "old", []), (self.const, option_string)]


def parser(command: str, description: str, examples: str, goes_on: bool = False) -> argparse.ArgumentParser:
    """Return a parser that takes --plugin, and whose help shows each default, and the examples as they are written.

    Args:
        command: the command, as it is called.
        description: the text on what it does.
        examples: calls of it, one on each line.
        goes_on: True where a call that was interrupted is taken up by the same call.
    """
    kept = "; what is finished is kept, and the same command goes on from there" if goes_on else ""
    _Parser.interrupted = f"interrupted{kept}"
    made = _Parser(prog=command, description=description, epilog=f"examples:\n{examples}", formatter_class=_Formatter)
    plugin = "a file that registers partitioners, models or data sets; bench.new writes one; may be repeated"
    made.add_argument("--plugin", action="append", default=[], metavar="FILE.py", help=plugin)
    return made


def whole_number(low: int) -> Callable[[str], int]:
    """Return an argument type: whole numbers of at least `low`."""

    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < low:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {low}, got {text!r}")
        return int(text)

    return convert


def positive(text: str) -> float:
    """Return the number that a text says, finite and above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def add(
    parser: argparse._ActionsContainer,
    name: str,
    default: Any = None,
    help: str = "",
    several: bool = False,
    old: Sequence[str] = (),
) -> None:
    """Add one of the options that all command lines spell alike, and its old spellings, which help does not show.

    Args:
        parser: the command's.
        name: one of `OPTIONS`.
        default: its value if left out.
        help: text in place of the usual one.
        several: True for an option of several values.
        old: more old spellings.
    """
    shared = OPTIONS[name]
    kind: dict[str, Any] = {"type": shared.kind, "metavar": shared.metavar, "nargs": "+" if several else None}
    parser.add_argument(f"--{name}", default=default, help=help or shared.help, **kind)
    for spelling in (*shared.old, *old):
        hidden: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": argparse.SUPPRESS}
        parser.add_argument(f"--{spelling}", action=_Old, const=name, **hidden, **kind)
    for part in ("root", "split") if name == "data" else ():
        parser.add_argument(f"--{part}", action=_Old, const=name, help=argparse.SUPPRESS)


OPTIONS = {
    "data": Option("with the images: 'NAME(KEY=VALUE, …)'", "NAME", old=("dataset", "datasets")),
    "models": Option("of affinities: 'NAME(KEY=VALUE, …)'", "NAME", old=("model",)),
    "partitioners": Option("what cuts them: 'NAME(KEY=VALUE, …)'", "NAME", old=("partitioner",)),
    "limit": Option("use the first N images", "N", whole_number(1)),
    "seed": Option("of models, partitioners, the bootstrap", "S", whole_number(0)),
    "output": Option("the folder to write to", "DIR", Path),
    "runs": Option("where pyramids and answers are kept", "DIR", Path),
}
"""The options that command lines have in common, by name; bench.list shows all names of data sets, models and partitioners."""


def add_prediction(parser: argparse.ArgumentParser) -> None:
    """Add the options of how a network predicts: --tile, --overlap, --views."""
    for name, help_text in {
        "tile": "side in pixels of the tiles in which images are predicted, a multiple of 64",
        "overlap": "pixels that neighbouring tiles share, a multiple of 64",
        "views": "positions in which images are predicted, for better figures in N times the time: 1, 2, 4 or 8",
    }.items():
        text = f"{help_text}; default: the network's own"
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


def expect_writable(argument: str, path: Path) -> None:
    """Refuse a path below which no file can be made; nothing stays of the trial.

    Args:
        argument: its name on the command line.
        path: a folder or file, there or not.

    Raises:
        InputError: it is one.
    """
    folder = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(f"{argument} {path}: cannot be written to: {error.strerror} ({folder})") from None


def open_dataset(options: argparse.Namespace) -> Dataset:
    """Return the one data set that --data names.

    Raises:
        InputError: it cannot be opened.
    """
    return DATASETS.create(options.data)


def _with_parts(data: Any, root: str | None, split: str | None) -> Any:
    """Return the value of --data, with --root and --split as parameters.

    Raises:
        InputError: it takes no such parameter.
    """
    parts = {key: value for key, value in {"root": root, "split": split}.items() if value is not None}
    if isinstance(data, list | tuple):
        return [_with_parts(text, root, split) for text in data]
    if not parts:
        return data
    expression = parse(data)
    for key in parts:
        if key not in DATASETS.entry(expression.name).parameters:
            raise InputError(f"--{key}: the data set {expression.name!r} takes none")
    return str(expression.changed(DATASETS, parts))


class _AboveBars(logging.StreamHandler[TextIO]):
    """Writes lines above progress bars, not into them."""

    def emit(self, record: logging.LogRecord) -> None:
        if "tqdm" not in sys.modules:
            super().emit(record)
            return
        from tqdm import tqdm

        tqdm.write(self.format(record), file=self.stream)


def run(main: Callable[[], None]) -> NoReturn:
    """Run a command line and exit: with 2 and one line after a user's mistake, with 130 after Ctrl-C."""
    logging.basicConfig(format="%(levelname)s: %(message)s", handlers=[_AboveBars()])
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # as it is while modules are imported
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        sys.exit(_fail(str(error), 2))
    except KeyboardInterrupt:
        sys.exit(_fail(_Parser.interrupted, 130))
    except BrokenPipeError:  # the reader of a pipe, head for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        sys.exit(_fail(f"{error.filename or 'file system'}: {error.strerror or error}", 1))
    sys.exit(0)


def _fail(message: str, code: int) -> int:
    """Print a message below the progress bars, which are over, and return the code."""
    if "tqdm" in sys.modules:
        from tqdm import tqdm

        for bar in list(getattr(tqdm, "_instances", ())):
            bar.close()
    print(f"error: {message}", file=sys.stderr)
    return code
