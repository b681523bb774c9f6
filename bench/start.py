"""Errors that end a command before or while its modules are imported: told in one line, and of Ctrl-C nothing."""

from __future__ import annotations

import signal
import sys
from types import TracebackType

OWN = ("partitioners", "affinity_models", "bench")
EXTRAS = {"affinity_models.predict": "segment", "affinity_models.train": "models"}
EXTRAS |= {"bench.blocks": "blocks", "bench.segment": "segment"}
"""Extras with the packages of commands, by their modules; of all others it is `bench`."""


def end_at_once() -> None:
    """Let Ctrl-C end the process without an error, until `cli.run` makes it one: packages may turn it into any other.

    Where it is ignored, it stays so.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def told(module: str, error: BaseException | None) -> str:
    """Return a line on an error for users, or an empty string for others.

    Args:
        module: the name of the command's module.
        error: the exception that ended it.
    """
    module = module.removesuffix(".__main__")
    if not isinstance(error, ModuleNotFoundError) or str(error.name).partition(".")[0] in OWN:
        return ""
    # pip knows the extras of what is installed, and asks no index for it
    return f"error: {module} needs {error.name}: pip install 'affinity-bench[{EXTRAS.get(module, 'bench')}]'"


def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that ends `python -m bench.COMMAND`, whose `sys.excepthook` this is."""
    module = sys.orig_argv[sys.orig_argv.index("-m") + 1] if "-m" in sys.orig_argv else "bench"
    if line := told(module, error):
        print(line, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)
