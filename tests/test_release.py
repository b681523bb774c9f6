"""What a release must not forget."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_version_is_the_same_wherever_it_stands() -> None:
    texts = [(ROOT / name).read_text() for name in ("pyproject.toml", "CITATION.cff")]
    first, second = (re.search(r'^version[ =:]+"?([^"\n]+)', text, re.MULTILINE)[1] for text in texts)
    assert first == second
