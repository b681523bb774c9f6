"""Tables in a console: nothing of them is lost, however narrow it is."""

import pandas as pd
import pytest

from bench.publish import exhibits
from bench.publish.exhibits import Exhibit


@pytest.mark.parametrize("width", [30, 80, 200])
def test_no_text_is_cut(width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhibits, "WIDTH", width)
    names = [f"cascade-gaec(affinity=gaec(linkage=average,threshold=0.{number}))" for number in range(3)]
    columns = {f"AP{number}": ["31.25 (12…57)", "", "100.125"] for number in range(8)}
    table = pd.DataFrame({**columns, "method": names, "of_whom": ["x" * 40 + name for name in names]})
    exhibits.show([Exhibit("", "", table, table)])
    lines = capsys.readouterr().out.splitlines()
    (head,) = [line for line in lines if "method" in line]
    for texts, start, end in (
        (table["method"], head.index("method"), head.index("of whom")),
        (table["of_whom"], head.index("of whom"), None),
    ):
        column = "".join(line[start:end].strip() for line in lines)
        assert all(text in column for text in texts)
    printed = "".join(line[: head.index("method")] for line in lines)
    assert all(printed.count(text) == 8 for text in columns["AP0"] if text)
