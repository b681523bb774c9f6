"""The prose rule of CONTRIBUTING, as far as a machine can tell; ruff says whether a function's docstring begins with a verb."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_sentence_of_a_docstring_begins_with_what_or_whether() -> None:
    begins = re.compile(r"(?:^|[.:;]\s)\s*(?:What|Whether) ")
    found = []
    for path in (file for room in ("partitioners", "affinity_models", "bench") for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and begins.search(text.value):
                found.append(f"{path.relative_to(ROOT)}:{text.lineno}")
    assert not found
