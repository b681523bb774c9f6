"""What all command lines have in common: one spelling of options, old ones taken with a hint, mistakes on one line."""

import os
import re
import shlex
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bench import __main__ as affinity_bench
from partitioners import InputError

ROOT = Path(__file__).parents[2]
SHARED = {"data", "models", "partitioners", "limit", "seed", "output"}
OLD = {"dataset", "datasets", "model", "partitioner", "root", "rows"}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """Return exit code, output and errors of `affinity-bench`."""
    with pytest.raises(SystemExit) as stopped:
        affinity_bench.main(list(arguments))
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, captured.err


@pytest.mark.parametrize("command", affinity_bench.COMMANDS)
def test_help_teaches_one_spelling(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, command, "--help")
    shown = set(re.findall(r"--([a-z-]+)", text))
    assert code == 0 and not shown & OLD
    assert "examples:" in text


@pytest.mark.parametrize(
    ("command", "taken"),
    {
        "ablation": SHARED,
        "compare": SHARED,
        "leaderboard": SHARED,
        "export": SHARED - {"partitioners", "output"},
        "bound": {"partitioners", "output"},
        "model-card": {"data", "partitioners", "limit", "output"},
        "statistics": {"data", "limit"},
        "check": {"data", "limit"},
        "scaling": {"partitioners", "output"},
        "blocks": {"partitioners"},
        "predict": {"partitioners", "output"},
        "segment": {"partitioners", "output"},
        "train": {"data", "output"},
        "hyperparameters": {"data", "output"},
        "street": {"seed", "output"},
        "speed": {"seed", "output"},
        "report": {"output"},
    }.items(),
)
def test_commands_share_options(command: str, taken: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = run(capsys, command, "--help")
    assert set(re.findall(r"--([a-z-]+)", text)) & SHARED == taken


@pytest.mark.parametrize(
    ("command", "old", "hints", "new"),
    [
        (
            "ablation",
            "--dataset nuclei --root 'a b' --model oracle --rows gaec pa-gaec",
            [
                "--dataset, --root: now --data \"nuclei(root='a b')\"",
                "--model: now --models oracle",
                "--rows: now --partitioners gaec pa-gaec",
            ],
            """--data "nuclei(root='a b')" --models oracle --partitioners gaec pa-gaec""",
        ),
        ("leaderboard", "--datasets street nuclei", ["--datasets: now --data street nuclei"], "--data street nuclei"),
        (
            "compare",
            "--data street --split train",
            ["--split: now --data 'street(split=train)'"],
            "--data 'street(split=train)'",
        ),
        ("blocks", "a b --partitioner gaec", ["--partitioner: now --partitioners gaec"], "a b --partitioners gaec"),
        ("export", "out --dataset street", ["--dataset: now --data street"], "out --data street"),
    ],
)
def test_old_spellings_are_taken_with_a_hint(
    command: str, old: str, hints: list[str], new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(affinity_bench.COMMANDS[command])
    taken = vars(module.arguments(shlex.split(old)))
    assert [line.replace("'nuclei(root='\"'\"'a b'\"'\"')'", "\"nuclei(root='a b')\"") for line in
            capsys.readouterr().err.splitlines()] == hints  # fmt: skip
    expected = vars(module.arguments(shlex.split(new)))
    parts = ("root", "split")
    assert {key: value for key, value in taken.items() if key not in parts} == {
        key: value for key, value in expected.items() if key not in parts
    }
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ablation", "--limit", "0"], "argument --limit: expected a whole number of at least 1, got '0'"),
        (["ablation", "--data", "nuclei(root='x)"], "expected a closing ' for each opening one"),
        (["ablation", "--data", "nuclie"], "did you mean 'nuclei'"),
        (["compare", "--partitioners", "gaec(threshold=0.5"], "got 'gaec(threshold=0.5'"),
        (["statistics", "--data", "nuclei", "--split", "val"], "--split: the data set 'nuclei' takes none"),
        (["blocks", "a", "b", "--partitioners", "gaec(treshold=1)"], "did you mean 'threshold'"),
        (["street"], "--output --hash is required"),
        (["ablatoin"], "did you mean 'ablation'"),
        (["train", "nuclei", "--data", "nuclei("], "got 'nuclei('"),
        (["train", "street", "--set", "training.rate=fast"], "--set: training.rate: expected a value as TOML"),
        (["leaderboard", "--limit", "1", "--scheduler", "here"], "--scheduler: expected an address, tcp://HOST:PORT"),
        (["report", "bench", "--renew"], "DIR: expected folders with results, got bench without any"),
        (["segment", "a.png", "--weights", "nuclei", "--planes", "some"], "argument --planes: expected a whole number"),
        (
            ["segment", "a.png", "--weights", "nuclei", "--diameter", "0.001"],
            "expected to resize by a factor of up to 100",
        ),
    ],
)
def test_mistakes_end_with_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, error = run(capsys, *arguments)
    assert code == 2 and out == ""
    assert error.startswith("error: ") and error.count("\n") == 1 and said in error


def test_commands_are_listed_and_only_the_chosen_one_is_imported(capsys: pytest.CaptureFixture[str]) -> None:
    affinity_bench.main(["--help"])
    listed = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in listed] == list(affinity_bench.COMMANDS)
    assert all(re.match(r"  \S+ +[A-Z].*\.$", line) for line in listed)
    code = "import sys; from bench.__main__ import main; main(['--help'])\nprint(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"torch", "matplotlib", "affinity_models.cli", "bench.ablation.__main__"} & set(
        printed.splitlines()[-1].split()
    )


def test_the_console_command_is_declared() -> None:
    assert 'affinity-bench = "bench.__main__:main"' in (ROOT / "pyproject.toml").read_text()
    missing = [name for name, module in affinity_bench.COMMANDS.items() if not affinity_bench.summary(module)]
    assert not missing


def test_training_data_are_an_expression() -> None:
    from affinity_models.train import arguments, chosen_stages

    new = chosen_stages(arguments(["nuclei", "--data", "nuclei(root='a,b', stride=2)"]))
    assert all((run.dataset, run.parameters) == ("nuclei", {"root": "a,b", "stride": 2}) for run in new)
    old = chosen_stages(arguments(["nuclei", "--root", "x"]))
    assert {**old[0].parameters, "root": "x"} == old[0].parameters and old[0].dataset == "nuclei"


def test_results_of_similar_names_are_different_files() -> None:
    from bench.publish.exhibits import file_names

    names = file_names(["a_b", "a-b", "a b", "A-B", "数据", "данные", "", "()"])
    assert len(set(names)) == len(names) == 8 and names[:3] == ["a_b", "a-b", "a-b-2"]
    assert {"数据", "данные"} <= set(names) and all("/" not in name and name for name in names)


@pytest.mark.parametrize(
    "arguments",
    [
        ["leaderboard", "--output"],
        ["ablation", "--runs"],
        ["street", "--output"],
        ["predict", "a.png", "--weights", "street", "--output"],
        ["segment", "a.png", "--weights", "street", "--output"],
        ["train", "street", "--output"],
        ["export"],
        ["blocks", "a.zarr"],
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/below"])
def test_folders_that_cannot_be_written_to_are_refused_before_work(
    arguments: list[str],
    folder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    code, out, error = run(capsys, *arguments, folder)
    assert code == 2 and out == "" and error.count("\n") == 1
    assert f" {folder}: cannot be written to: " in error
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("flag", ["--list", "--dry-run"])
def test_a_listing_needs_no_folder_to_write_to(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--models", "oracle", "--partitioners", "gaec", "--limit", "1"]
    code, out, _ = run(capsys, "leaderboard", *chosen, flag, "--runs", "/proc/below", "--output", "/proc/below")
    assert code == 0 and out.startswith("not run") and "Cells to run: 1" in out


@pytest.mark.parametrize("flag", ["--check", "--renew"])
def test_a_check_of_results_needs_no_folder_to_write_to(flag: str) -> None:
    report = import_module(affinity_bench.COMMANDS["report"])
    assert vars(report.arguments([flag, "--output", "/proc/below"]))[flag.strip("-")] is True
    with pytest.raises(InputError, match="--output /proc/below: cannot be written to"):
        report.arguments(["--output", "/proc/below"])


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        ('InputError("wrong")', 2, "error: wrong"),
        ('OSError(28, "No space left on device", "runs/x")', 1, "error: runs/x: No space left on device"),
        ("KeyboardInterrupt()", 130, "error: interrupted"),
    ],
)
def test_errors_and_warnings_stand_on_lines_of_their_own(problem: str, code: int, said: str) -> None:
    script = (
        "import logging\nfrom tqdm import tqdm\nfrom affinity_models import cli\nfrom partitioners import InputError\n"
        f"def main():\n    for _ in tqdm(range(3)):\n        logging.warning('left out')\n        raise {problem}\n"
        "cli.run(main)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    lines = [line.rpartition("\r")[2] for line in done.stderr.splitlines()]
    assert done.returncode == code and lines[-1] == said
    assert "WARNING: left out" in lines


@pytest.mark.parametrize("command", [["bench", "leaderboard"], ["bench.leaderboard"]])
@pytest.mark.parametrize(
    ("package", "last"),
    [
        ("pandas", "error: bench.leaderboard needs pandas: pip install 'affinity-bench[bench]'"),
        ("bench.gone", "ModuleNotFoundError: gone"),
    ],
)
def test_a_missing_package_is_told_with_the_extra_that_brings_it(
    command: list[str], package: str, last: str, tmp_path: Path
) -> None:
    (tmp_path / "pandas.py").write_text(f"raise ModuleNotFoundError('gone', name={package!r})")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    line = [sys.executable, "-m", *command, "--dry-run"]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode and done.stderr.splitlines()[-1] == last
    assert (done.stderr.count("\n") == 1) == last.startswith("error: ")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
@pytest.mark.parametrize(
    "command",
    [
        ["-m", "affinity_models.train"],
        ["-m", "affinity_models.predict"],
        ["-m", "bench.leaderboard"],
        ["-m", "bench", "train"],
        ["-c", "from bench.__main__ import main; main()", "train"],
    ],
    ids=" ".join,
)
def test_an_interruption_of_imports_shows_no_traceback(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text(
        "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt:\n    raise ImportError('as numpy makes of it') from None\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize(("command", "goes_on"), [("leaderboard", True), ("predict", True), ("report", False)])
def test_an_interruption_promises_what_the_command_does(
    command: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(affinity_bench.COMMANDS[command])
    arguments = module.arguments

    def interrupted(argv: list[str]) -> None:
        arguments(argv)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "arguments", interrupted)
    given = ["a.png", "--weights", "street"] if command == "predict" else []
    code, _, error = run(capsys, command, *given)
    assert code == 130 and error.startswith("error: interrupted") and ("the same command" in error) == goes_on
