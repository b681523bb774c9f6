"""Settings of all tests."""

import sys

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which In-Place ABN the tests used, if any did."""
    if abn := sys.modules.get("affinity_models.daffnet.abn"):
        terminalreporter.write_line(f"DaffNet's ABN: {abn.in_use()}")
