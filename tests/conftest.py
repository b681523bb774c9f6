"""Settings of all tests."""

from importlib.util import find_spec


def pytest_report_header() -> str:
    """Say which In-Place ABN the tests of DaffNet use."""
    if find_spec("torch") is None:
        return "DaffNet: not tested, torch is not installed"
    from affinity_models.daffnet.abn import in_use

    return f"DaffNet: ABN by {in_use()}"
