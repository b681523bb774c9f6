"""Plug-ins that are one file each: written by `bench.new`, known to every command and to the processes that it starts."""

import pickle
from pathlib import Path

import pandas as pd
import pytest
from boards import options

from affinity_models import AFFINITY_MODELS
from affinity_models.data import DATASETS
from bench.__main__ import main as affinity_bench
from bench.engine.plan import plan
from bench.leaderboard.__main__ import main as leaderboard
from partitioners import PARTITIONERS, InputError, plugin_files
from partitioners.plugin_files import VARIABLE, PluginFile, plug_in

CODE = '''
from partitioners import GraphPartitioner, create, register


@register("mine")
class Mine(GraphPartitioner):
    """Cuts as another one does."""

    def _cut(self, graph, labelled):
        return create("gaec", threshold=0.6).partition(graph)


@register("made")
def made():
    """Is made by a function."""
    return create("gaec", threshold=0.6)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, whose files this process forgets in the end."""
    for registry in (PARTITIONERS, AFFINITY_MODELS, DATASETS):
        registry.names()
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    monkeypatch.setattr(plugin_files, "_LOADED", {})
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as stopped:
        affinity_bench(list(arguments))
    captured = capsys.readouterr()
    return stopped.value.code, captured.out + captured.err


@pytest.mark.parametrize("kind", ["partitioner", "dataset", "model"])
def test_a_new_file_passes_the_checks(kind: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--plugin", "new-data.py", "--data", "new-data"] if kind == "model" else []
    assert run(capsys, "new", "dataset", "new-data")[0] == 0
    assert run(capsys, "new", kind, "my-own-2", "--output", "files")[0] == 0
    code, text = run(capsys, "check", "my-own-2", "--plugin", "files/my-own-2.py", *data)
    assert code == 0 and "nothing to mend" in text, text
    assert run(capsys, "list", "--plugin", "files/my-own-2.py")[1].count("my-own-2(") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "dataset", "nuclei"], "NAME: 'nuclei' is the name of another data set"),
        (["new", "model", "My_model"], "NAME: expected small letters"),
        (["new", "model", "there"], "NAME: there.py is there already"),
        (["new", "modell", "x"], "argument kind: invalid choice"),
        (["list", "--plugin", "missing.py"], "missing.py: No such file or directory"),
        (["list", "--plugin", "notes.txt"], "notes.txt: expected a file of Python code, NAME.py"),
        (["list", "--plugin", "there.py"], "there.py, line 3: ZeroDivisionError: division by zero"),
        (["list", "--plugin", "folder.py"], "folder.py: Is a directory"),
        (["list", "--plugin", "broken.py"], "broken.py: SyntaxError"),
        (["list", "--plugin", "taken.py"], "taken.py, line 3: InputError: partitioner name 'gaec' is taken"),
    ],
)
def test_mistakes_end_with_one_line(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "there.py").write_text("def fail():\n    return 1\n1 / 0\n")
    (folder / "broken.py").write_text("def broken(:\n")
    (folder / "taken.py").write_text("from partitioners import register\n\n@register('gaec')\ndef mine(): ...\n")
    (folder / "folder.py").mkdir()
    code, text = run(capsys, *arguments)
    assert code == 2 and text.count("\n") == 1 and text.startswith("error: ") and said in text


def test_keys_change_with_the_file_and_no_other(folder: Path, nuclei_root: Path) -> None:
    def keys() -> list[str]:
        plug_in([file])
        chosen = [[f"nuclei(root={nuclei_root})"], ["oracle"], ["mine", "made", "cascade-gaec(affinity=mine)", "gaec"]]
        return [cell.key for cell in plan(*chosen, limit=1, seed=0)]

    file = folder / "my file.py"
    file.write_text(CODE)
    before = keys()
    assert keys() == before
    file.write_text(CODE.replace("0.6", "0.7"))
    assert [old == new for old, new in zip(before, keys(), strict=True)] == [False, False, False, True]


def test_unpickling_loads_the_code_that_was_pickled(folder: Path) -> None:
    (folder / "mine.py").write_text(CODE)
    plug_in(["mine.py"])
    (one,) = plugin_files.plugin_files()
    newer = pickle.dumps(PluginFile(one.path, CODE.replace('"made"', '"made-anew"')))
    assert "made-anew" not in PARTITIONERS.names()
    pickle.loads(newer)
    assert {"mine", "made", "made-anew"} <= set(PARTITIONERS.names())
    plug_in(["mine.py"])
    assert plugin_files.plugin_files() == (one,)
    with pytest.raises(InputError, match="'mine' is taken"):
        PluginFile(str(folder / "other.py"), CODE + "\n").load()


@pytest.mark.slow
def test_leaderboard(folder: Path, nuclei_root: Path) -> None:
    (folder / "mine.py").write_text(CODE)
    rows = ("mine", "made", "gaec(threshold=0.6)")
    leaderboard(options(nuclei_root, "--plugin", "mine.py", partitioners=rows))
    table = pd.read_csv(nuclei_root.parent / "board/leaderboard.csv").set_index("partitioner")
    assert set(table.index) == set(rows)
    assert set(table["status"]) == {"ok"} and table["AP"].nunique() == 1
