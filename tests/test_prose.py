"""The prose rule of CONTRIBUTING, as far as a machine can tell; ruff says whether a function's docstring begins with a verb."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

PREPOSITIONS = "after as at between by for from if in into of on per that to with within"
QUESTION_WORDS = "how what when where whether which why"
NO_NOUN = re.compile(rf"(?:{'|'.join([*PREPOSITIONS.split(), *QUESTION_WORDS.split()])})\b", re.IGNORECASE)
SECTION = re.compile(r"^ *(?:Args|Fields|Members):\n(( +)\S.*\n(?: +\S.*\n)*)", re.MULTILINE)


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every docstring, those of variables too."""
    for path in (file for room in ("partitioners", "affinity_models", "bench") for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield f"{path.relative_to(ROOT)}:{text.lineno}", text.value


def arguments(docstring: str) -> Iterator[tuple[str, str]]:
    """Yield the names in the sections of arguments and fields, and the first line of the text of each."""
    for section, indent in SECTION.findall(docstring):
        yield from re.findall(rf"^{indent}(\S[^:]*): *(.*)", section, re.MULTILINE)


def test_no_sentence_of_a_docstring_begins_with_what_or_whether() -> None:
    begins = re.compile(r"(?:^|[.:;]\s)\s*(?:What|Whether) ")
    assert not [place for place, text in docstrings() if begins.search(text)]


def test_the_text_of_no_argument_begins_with_a_preposition_or_a_question_word() -> None:
    described = [(place, name, text) for place, docstring in docstrings() for name, text in arguments(docstring)]
    assert len(described) > 500  # the sections are found
    assert not [f"{place}: {name}: {text}" for place, name, text in described if NO_NOUN.match(text)]
