"""Expressions: what is written is what is made."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affinity_models.data import DATASETS
from partitioners import PARTITIONERS, InputError, create, expressions

WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)
KEYS = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
VALUES = st.recursive(
    WORDS | st.integers().map(str),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.builds("{}({}={}, {}={})".format, WORDS, KEYS, inner, KEYS, inner)
    ),
    max_leaves=6,
)


@given(WORDS, st.dictionaries(KEYS, VALUES, max_size=3), st.sampled_from(["", " "]))
def test_parse_reads_what_is_written(name, parameters, space):
    inside = f"{space},{space}".join(f"{key}{space}={space}{value}" for key, value in parameters.items())
    assert expressions.parse(f"{space}{name}({inside}){space}") == expressions.Expression(name, parameters)


def test_values_are_literals_strings_or_partitioners():
    made = expressions.parse("cascade-gaec(affinity=gaec(linkage=average, threshold=0.25), grouping=None)")
    expected = create("cascade-gaec", affinity=create("gaec", linkage="average", threshold=0.25), grouping=None)
    assert made.create(PARTITIONERS) == expected
    assert expressions.parse("cascade-gaec(affinity=gas)").create(PARTITIONERS, seed=3).affinity.seed == 3


def test_words_of_a_data_set_are_no_partitioners(tmp_path, monkeypatch, nuclei_root):
    (tmp_path / "gaec").symlink_to(nuclei_root)
    monkeypatch.chdir(tmp_path)
    assert str(expressions.parse("nuclei(root=gaec, stride=2)").create(DATASETS).root) == "gaec"


def test_what_is_written_counts_more_than_what_is_known():
    assert expressions.parse("gas(seed=1)").create(PARTITIONERS, seed=2).seed == 1
    assert expressions.parse("gas").create(PARTITIONERS, seed=2, unheard_of=3).seed == 2


@pytest.mark.parametrize(
    "text", ["", "gaec(", "gaec)", "gaec(0.5)", "gaec(a=1", "gaec(a=(1)", "gaec(a=1))", "(a=1)", "a b"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match=r"KEY=VALUE|brackets"):
        expressions.parse(text)


def test_patterns_choose_all_that_match_each_once():
    chosen = expressions.choose(PARTITIONERS, ["gae*(threshold=0)", "gaec( threshold = 0 )", "gaec"])
    assert [str(one) for one in chosen] == ["gaec(threshold=0)", "gaec-reference(threshold=0)", "gaec"]
    for text, message in {"gaek": "did you mean 'gaec'", "z*": "no 'z*'", "ga*(linkag=sum)": "'linkage'"}.items():
        with pytest.raises(InputError, match=re.escape(message)):
            expressions.choose(PARTITIONERS, [text])


def test_of_paths_the_end_is_shown():
    written = expressions.parse("x(root=/a/b c/d, y=f(weights=../g.h, z=1), part=1)")
    assert str(written) == "x(root=d, y=f(weights=g.h, z=1), part=1)"


def test_packages_are_those_of_all_parts():
    written = expressions.parse("cascade-gaec(affinity=gmis(affinity=leidenalg-multicut), finest=gas)")
    assert written.packages(PARTITIONERS) == {"bioimage_cpp", "leidenalg", "igraph"}
