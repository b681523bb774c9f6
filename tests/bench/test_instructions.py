"""The check of instruction counts: what is worse, what a commit message accepts, and the counting itself."""

import shutil
import subprocess
import sys

import pytest

from bench.instructions import __main__ as command
from bench.instructions import cases, count, history
from bench.instructions.compare import Row, compare, table
from partitioners import InputError

COUNTS = {"a": 1000, "b": 1000}


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        (1000, 1050, False),
        (1000, 1051, True),
        (1000, 500, False),
        ("lacks it", 1000, False),
        ("lacks it", "lacks it", False),
        (1000, "broken", True),
    ],
)
def test_a_case_is_worse_where_it_costs_over_five_percent_more_or_fails(before, now, worse):
    assert Row("case", before, now).is_worse(5) is worse


def test_the_table_says_what_is_worse_and_what_was_not_there():
    before = {"old": 2_000_000, "new": "TypeError: no boxes", "gone": 1}
    now = {"old": 2_500_000, "new": 3_000_000, "gone": "ValueError: no"}
    old, new, gone = table(compare(before, now), 5).splitlines()[2:]
    assert old.split() == ["old", "2.00", "2.50", "1.250", "WORSE"]
    assert new.split() == ["new", "3.00", "not", "before:", "TypeError:", "no", "boxes"]
    assert gone.split() == ["gone", "0.00", "WORSE:", "ValueError:", "no"]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of one commit, in place of the project's; returns a function that adds a commit."""
    monkeypatch.setattr(history, "ROOT", tmp_path)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]

    def commit(message, content):
        (tmp_path / "partitioners").mkdir(exist_ok=True)
        (tmp_path / "partitioners/core.hpp").write_text(content)
        for arguments in (["add", "."], [*identity, "commit", "--quiet", "--message", message]):
            subprocess.run(["git", *arguments], cwd=tmp_path, check=True)

    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    commit("First", "1")
    return commit


def test_trailers_since_a_commit_accept_the_largest_of_their_percentages(repository):
    first = history.resolve("HEAD")
    assert history.accepted(first) == 0
    repository("Mend\n\nInstructions: +12.5 % because ties are exact", "2")
    repository("Mend again\n\nInstructions: +7% because of checks", "3")
    repository("Talk\n\nInstructions: +99 % is not in the last paragraph\n\nThe end.", "4")
    assert history.accepted(first) == 12.5
    assert history.accepted("HEAD") == 0


def test_a_commit_is_exported_as_it_was(repository, tmp_path):
    repository("Second", "2")
    history.export("HEAD~1", tmp_path / "first")
    assert (tmp_path / "first/partitioners/core.hpp").read_text() == "1"


def test_nothing_is_counted_without_a_parent_or_a_difference(repository, capsys):
    command.main([])
    assert "no parent commit" in capsys.readouterr().out
    command.main(["--against", "HEAD"])
    assert "partitioners are those of HEAD" in capsys.readouterr().out
    with pytest.raises(InputError, match="--against: expected a commit, got 'nowhere'"):
        command.main(["--against", "nowhere"])


@pytest.fixture
def counted(repository, monkeypatch):
    """Two commits whose counts are those that the test puts into the returned list."""
    repository("Second\n\nInstructions: +20 % because …", "2")
    results = []
    monkeypatch.setattr(command, "compile_marks", lambda scratch: scratch)
    monkeypatch.setattr(command, "count_tree", lambda *_: results.pop(0))
    return results


def test_the_command_fails_where_a_case_costs_more_than_a_message_accepts(counted, capsys):
    counted[:] = COUNTS, {"a": 1200, "b": 900}
    command.main([])
    assert "0 of 2 cases cost over 20 % more" in capsys.readouterr().out
    counted[:] = COUNTS, {"a": 1201, "b": 900}
    with pytest.raises(SystemExit, match="1"):
        command.main([])
    assert "1 of 2 cases cost over 20 % more" in capsys.readouterr().out


def test_missing_tools_are_said_and_pass(repository, monkeypatch, capsys):
    repository("Second", "2")
    monkeypatch.setattr(count.shutil, "which", lambda name: None)
    monkeypatch.delenv("CXX", raising=False)
    command.main([])
    assert "not counted, valgrind and a C++ compiler are needed" in capsys.readouterr().out


@pytest.fixture
def marks(tmp_path):
    try:
        return count.compile_marks(tmp_path)
    except count.CannotCount as reason:
        pytest.skip(str(reason))


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
def test_counts_are_of_what_lies_between_the_marks_and_repeat(marks, tmp_path):
    script = """if True:
        import ctypes, sys
        marks = ctypes.CDLL(sys.argv[1])
        for n in (1000, 9000):
            sum(range(50000))
            marks.start()
            sum(range(n))
            marks.stop(b"sum, %d" % n)
        print("done")
    """
    runs = [count.callgrind([sys.executable, "-S", "-c", script, marks], tmp_path) for _ in range(2)]
    assert runs[0] == runs[1]
    printed, counts = runs[0]
    assert printed == "done\n" and set(counts) == {"sum, 1000", "sum, 9000"}
    assert 1000 < counts["sum, 1000"] < counts["sum, 9000"] / 4


def test_a_case_that_cannot_run_is_reported_and_the_others_go_on(marks, monkeypatch, capsys):
    impossible = cases.Case(cases.Fragments, "time_no_such", (4,))
    monkeypatch.setattr(cases, "CASES", [impossible, cases.Case(cases.Fragments, "time_pa_gaec", (4,))])
    monkeypatch.setattr(sys, "argv", ["cases", str(marks)])
    cases.main()
    failures = count.json.loads(capsys.readouterr().out)
    assert list(failures) == ["Fragments.time_no_such(4)"]
    assert failures["Fragments.time_no_such(4)"].startswith("AttributeError")
