"""What all command lines share: help that keeps its examples, and one line for a user's mistake."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from typing import NoReturn

from partitioners.errors import InputError


def parser(command: str, description: str, examples: str) -> argparse.ArgumentParser:
    """Return an argument parser whose help shows each default, and the examples as they are written."""

    class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
        pass

    return argparse.ArgumentParser(
        prog=command, description=description, epilog=f"examples:\n{examples}", formatter_class=Formatter
    )


def whole_number(low: int) -> Callable[[str], int]:
    """Return an argument type: whole numbers of at least `low`."""

    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < low:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {low}, got {text!r}")
        return int(text)

    return convert


def run(main: Callable[[], None]) -> NoReturn:
    """Run a command line and exit: with 2 and one line after a user's mistake, with 130 after Ctrl-C."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    try:
        main()
    except InputError as error:
        sys.exit(_fail(str(error), 2))
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted; what is finished is kept, and the same command goes on from there", 130))
    except OSError as error:
        sys.exit(_fail(f"{error.filename or 'file system'}: {error.strerror or error}", 1))
    sys.exit(0)


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code
