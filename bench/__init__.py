"""The studies, what they share, and checks for regressions."""

import sys

if (
    sys.argv[0] == "-m"
):  # the start of python -m bench.COMMAND, whose imports come before all that could catch their errors
    from bench.start import end_at_once, explain

    end_at_once()
    sys.excepthook = explain
