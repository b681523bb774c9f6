"""Expressions: what is written is what is made."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affinity_models import AFFINITY_MODELS
from affinity_models.data import DATASETS
from partitioners import PARTITIONERS, InputError, create, expressions

TEXTS = st.text(st.sampled_from("ab/, ()[]{}='\"\\\n0.é"), max_size=12)
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
    "text",
    [
        "",
        "gaec(",
        "gaec)",
        "gaec(0.5)",
        "gaec(a=1",
        "gaec(a=(1)",
        "gaec(a=1))",
        "(a=1)",
        "a b",
        "f(a=1)(b=2)",
        "f(a=[1))",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match=r"KEY=VALUE|brackets"):
        expressions.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f(a='b)", "a closing ' for each opening one, got \"f(a='b)\""),
        ('f(a="b, c=1)', 'a closing " for each'),
        ("f(a=[1, b=2)", "as many opening as closing brackets, got 'f(a=[1, b=2)'"),
        ("f(a=1, a=2)", "a: expected one value, got two in 'f(a=1, a=2)'"),
    ],
)
def test_what_is_left_open_or_given_twice_is_refused_with_its_text(text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        expressions.parse(text)


@given(
    TEXTS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.booleans()
    | st.none()
    | st.lists(TEXTS)
)
def test_any_value_can_be_written_and_read(value):
    written = expressions.Expression("nuclei").changed(DATASETS, {"root": value, "stride": 2})
    read = expressions.parse(str(written))
    assert read == written and read.plain(DATASETS) == ["nuclei", {"root": value, "stride": 2}]


def test_quotes_protect_a_path(tmp_path, nuclei_root):
    root = tmp_path / "a,b (1)= [c]"
    nuclei_root.rename(root)
    written = expressions.parse(f"nuclei(root='{root}', stride=2)")
    assert written.create(DATASETS).root == root
    assert written.canonical(DATASETS) == str(written)
    assert expressions.short([written]) == {written: "nuclei(root='a,b (1)= [c]', stride=2)"}


SAME = {
    "gaec": ["gaec()", "gaec(threshold=0.50)", "gaec(linkage='wpgma')", 'gaec(threshold=5e-1, linkage="wpgma")'],
    "gaec(linkage=sum)": ["gaec(threshold=0, linkage=sum)", "gaec(linkage='sum', threshold=0.0)"],
    "gaec(linkage=average, threshold=0.6)": ["gaec(threshold=0.60, linkage=average)"],
    "cascade-gaec(finest=gas)": [
        "cascade-gaec(finest=gas(threshold=0.5), grouping=pa-gaec)",
        "cascade-gaec(affinity='gaec(threshold=0.6, linkage=average)', finest=gas())",
    ],
    "cascade-gaec(grouping=None)": ["cascade-gaec(min_size=None, grouping=None)"],
    "rescored": ["rescored(partitioner=cascade-gaec(grouping=pa-gaec), levels=3)"],
}


@pytest.mark.parametrize(("text", "others"), SAME.items())
def test_identity_is_what_is_created(text, others):
    for other in others:
        assert expressions.parse(other).canonical(PARTITIONERS) == text
        assert create(other) == create(text)
    assert expressions.choose(PARTITIONERS, [*others, text]) == [expressions.parse(others[0])]


def test_a_seed_that_is_given_is_not_the_seed_of_the_run():
    texts = ["gas", "gas(seed=0)", "cascade-gaec(finest=gas)", "cascade-gaec(finest=gas(seed=0))"]
    assert len(expressions.choose(PARTITIONERS, texts, seed=0)) == 2
    assert len(expressions.choose(PARTITIONERS, texts, seed=3)) == 4


def test_paths_are_whole_in_identities_and_as_short_as_they_stay_distinct_in_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("runA/pred", "runB/pred"):
        (tmp_path / folder).mkdir(parents=True)
    texts = [
        "saved(root=runA/pred)",
        "saved(root=runB/pred)",
        f"saved(root='{tmp_path}/runB/../runA/pred/')",
        "saved(root=runC/x)",
    ]
    first, second, third = chosen = expressions.choose(AFFINITY_MODELS, texts)
    assert [str(one) for one in chosen] == [*texts[:2], texts[3]]
    assert first.canonical(AFFINITY_MODELS) == f"saved(root={tmp_path}/runA/pred)"
    assert expressions.short(chosen) == {first: texts[0], second: texts[1], third: "saved(root=x)"}
    monkeypatch.chdir(tmp_path / "runA")
    (folder,) = expressions.choose(AFFINITY_MODELS, ["saved(root=pred)"])
    assert folder.canonical(AFFINITY_MODELS) == f"saved(root={tmp_path}/runA/pred)"


def test_patterns_choose_all_that_match_each_once():
    chosen = expressions.choose(PARTITIONERS, ["gae*(threshold=0)", "gaec( threshold = 0 )", "gaec"])
    assert [str(one) for one in chosen] == ["gaec(threshold=0)", "gaec-reference(threshold=0)", "gaec"]
    for text, message in {"gaek": "did you mean 'gaec'", "z*": "no 'z*'", "ga*(linkag=sum)": "'linkage'"}.items():
        with pytest.raises(InputError, match=re.escape(message)):
            expressions.choose(PARTITIONERS, [text])


def test_of_paths_the_end_is_shown():
    written = expressions.parse("x(root=/a/b c/d, y=f(weights=../g.h, z=1), part=1)")
    assert expressions.short([written]) == {written: "x(root=d, y=f(weights=g.h, z=1), part=1)"}


def test_packages_are_those_of_all_parts():
    written = expressions.parse("cascade-gaec(affinity=gmis(affinity=leidenalg-multicut), finest=gas)")
    assert written.packages(PARTITIONERS) == {"bioimage_cpp", "leidenalg", "igraph"}
