"""Labels of programs in other languages as lines of a leaderboard, and leaderboards joined."""

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from boards import write_nuclei
from PIL import Image

from bench.engine import labels
from bench.export.__main__ import main as export
from bench.leaderboard.__main__ import main
from partitioners import AffinityPyramid, InputError, PyramidLevel
from partitioners.pyramid import ClassTable

COMPONENTS = r"""
function find(u) { while (u in up && up[u] != u) u = up[u]; return u }
$1 == "MULTICUT" { next }
{ for (i = 1; i <= 2; i++) { if (!($i in up)) up[$i] = $i; if ($i > last) last = $i } }
$3 >= 0 { up[find($1)] = find($2) }
END { for (u = 0; u <= last; u++) print find(u) }
"""
"""Connected components of the edges that attract, in awk."""
SCORES = ["AP", "AP_low", "AP_high", "PQ", "ARE", "energy", "instances_per_image", "data_revision"]


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a frozen `set` of three images, and labels/ of its multicut problems."""
    folder = tmp_path_factory.mktemp("frozen")
    nuclei = write_nuclei(folder)
    export([str(folder / "set"), "--data", f"nuclei(root={nuclei})", "--models", "oracle(noise=1)"])
    (folder / "labels").mkdir()
    for problem in (folder / "set/multicut").iterdir():
        done = subprocess.run(["awk", COMPONENTS, problem], capture_output=True, text=True, check=True)
        (folder / "labels" / problem.name).write_text(done.stdout)
    rank(folder, "here", "components", "gaec")
    return folder


def rank(folder: Path, name: str, *partitioners: str, more: tuple[str, ...] = ()) -> Path:
    """The board of some partitioners."""
    chosen = ["--data", f"pyramids(root={folder / 'set'})", "--models", "saved", "--partitioners", *partitioners]
    main([*chosen, "--runs", str(folder / "runs"), "--output", str(folder / name), *more])
    return folder / name


def copy(board: Path, name: str, **values: object) -> Path:
    """A board with other values in some columns."""
    other = board.parent / name
    other.mkdir()
    table(board).assign(**values).to_csv(other / "leaderboard.csv", index=False)
    return other


def table(board: Path) -> pd.DataFrame:
    return pd.read_csv(board / "leaderboard.csv", keep_default_na=True)


def added(board: Path, *more: str, labels: str = "labels") -> pd.DataFrame:
    """The rows after labels were added, by partitioner."""
    main(["add", str(board), str(board.parent / "set"), str(board.parent / labels), *more])
    return table(board).set_index("partitioner")


def test_labels_of_an_awk_program_score_as_the_same_partitioner_here(frozen: Path) -> None:
    board = copy(frozen / "here", "awk")
    found = added(board, "--name", "awk components")
    pd.testing.assert_series_equal(
        found.loc["awk components", SCORES], found.loc["components", SCORES], check_names=False
    )
    assert found.loc["awk components", ["seconds_per_image", "packages", "threads"]].isna().all()
    assert found.loc["awk components", "status"] == "ok" and sorted(found["rank"]) == [1, 2, 3]
    page = (board / "leaderboard.md").read_text()
    assert "awk components" in page and "several machines" not in page and (board / "pareto-1.png").exists()


def test_times_are_of_the_machine_that_is_named(frozen: Path) -> None:
    board, times = copy(frozen / "here", "timed"), frozen / "times.csv"
    times.write_text("name,seconds\na,0.25\nb,0.5\nc,0.75\n")
    found = added(board, "--times", str(times), "--machine", "a board of 1999")
    assert found.loc["labels", "seconds_per_image"] == 0.5 and found.loc["labels", "machine"] == "a board of 1999"
    assert found.loc["labels", "rank"] == found.loc["components", "rank"]  # equal AP, times not to be compared
    page = (board / "leaderboard.md").read_text()
    assert (
        "Times are of several machines" in page and "a board of 1999" in page and not (board / "pareto-1.png").exists()
    )
    again = added(board)  # replaced
    assert again.index.is_unique and np.isnan(again.loc["labels", "seconds_per_image"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "gaec"], "--name: expected one that no partitioner of .* has, got 'gaec'"),
        (["--machine", "x"], "--machine: expected together with --times"),
        (["--times", "TIMES"], "--times: expected seconds above 0 for b in .*times.csv, got none"),
    ],
)
def test_wrong_options_are_refused(frozen: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "times.csv").write_text("name,seconds\na,1\nc,2\n")
    arguments = [str(tmp_path / "times.csv") if text == "TIMES" else text for text in arguments]
    with pytest.raises(InputError, match=message):
        main(["add", str(frozen / "here"), str(frozen / "set"), str(frozen / "labels"), *arguments])


def test_a_board_of_another_set_is_refused(frozen: Path) -> None:
    board = copy(frozen / "here", "other-set", model_version="0123456789ab")
    with pytest.raises(InputError, match=r"expected results on .*set, version [0-9a-f]{12}; it has none"):
        added(board)


def pyramid() -> AffinityPyramid:
    """3 × 4 pixels, two images' pixels for each; the last row is no thing but for its last pixel, which has no edge."""
    thing = np.ones((3, 4), np.float32)
    thing[2, :3] = thing[1, 3] = 0
    level = PyramidLevel(np.ones((2, 3, 4), np.float32), np.stack([1 - thing, thing]))
    return AffinityPyramid((level,), ClassTable(("none", "cell"), (False, True)), 2, (6, 8), min_size=0)


EXPECTED = [[1, 1, 2, 2], [0, 1, 2, 0], [0, 0, 0, 3]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "5\n5\n0\n0\n-3\n5\n0\n7\n"),
        ("a.txt", "5 5 0 0 -3 5 0"),  # a text file does not tell of the last node
        ("a.npy", np.array([[9, 9, 2**40, 2**40], [0, 9, 2**40, 9], [9, 9, 9, 2**41]])),
        ("a.png", np.array([[300, 300, 4, 4], [0, 300, 4, 9], [9, 9, 9, 5]], np.uint16)),
        ("a.tif", np.array([[70000, 70000, 4, 4], [0, 70000, 4, 9], [9, 9, 9, 5]], np.int32)),
    ],
)
def test_kinds_of_files(tmp_path: Path, name: str, content: object) -> None:
    path = tmp_path / name
    write(path, content)
    found = labels.read(labels.find(tmp_path, ["a"])["a"], pyramid()).labels[::2, ::2]
    of = {label: EXPECTED[y][x] for (y, x), label in np.ndenumerate(found)}
    assert np.vectorize(of.get)(found).tolist() == EXPECTED and len(set(of.values())) == len(of) == 4


def write(path: Path, content: object) -> None:
    if isinstance(content, np.ndarray):
        np.save(path, content) if path.suffix == ".npy" else Image.fromarray(content).save(path)
    else:
        path.write_text(str(content))


def test_slices_of_a_volume_lie_one_below_another(tmp_path: Path) -> None:
    parts = np.arange(1, 25, dtype=np.uint8).reshape(2, 3, 4)
    semantic = np.stack([np.zeros((2, 3, 4)), np.ones((2, 3, 4))])
    level = PyramidLevel(np.ones((3, 2, 3, 4)), semantic, offsets=((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    volume = AffinityPyramid((level,), ClassTable(("none", "cell"), (False, True)), 1, (2, 3, 4), min_size=0)
    Image.fromarray(parts.reshape(6, 4)).save(tmp_path / "v.png")
    assert (labels.read(tmp_path / "v.png", volume).labels == parts).all()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "1 2 3", r"a.txt: expected 8 labels, one per node, got 3"),
        ("a.txt", "1 2 x", r"a.txt: expected a text file of whole numbers"),
        ("a.npy", np.zeros((6, 8), int), r"a.npy: labels of level 1: expected shape \(3, 4\), got \(6, 8\)"),
        ("a.npy", np.zeros((3, 4)), r"a.npy: .* expected integer values, got dtype float64"),
        ("a.npy", np.full((3, 4), -1), r"a.npy: labels: expected values in \[0, inf\], got -1"),
        ("a.npy", "text", r"a.npy: expected an .npy file of integers"),
        ("a.png", np.zeros((3, 4, 3), np.uint8), r"a.png: expected grey labels of 8, 16 or 32 bits"),
        ("b.png", np.zeros((3, 4), np.uint8), r"expected a.txt or .npy or .png or .tif, .* found none for 1: a"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, name: str, content: object, message: str) -> None:
    write(tmp_path / name, content)
    with pytest.raises(InputError, match=message):
        labels.read(labels.find(tmp_path, ["a"])["a"], pyramid())


def test_two_files_for_an_image_are_refused(tmp_path: Path) -> None:
    for name in ("a.txt", "a.npy"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"expected one file for a, got a.txt, a.npy"):
        labels.find(tmp_path, ["a"])


def merged(*boards: Path, output: str = "merged") -> pd.DataFrame:
    output = boards[0].parent / output
    main(["merge", *map(str, boards), "--output", str(output)])
    return table(output)


def test_leaderboards_of_several_runs_are_those_of_one(frozen: Path) -> None:
    names = ("components", "gaec", "singletons")
    apart = merged(frozen / "here", rank(frozen, "there", "singletons", "gaec"))
    pd.testing.assert_frame_equal(apart, table(rank(frozen, "all", *names)))
    assert (frozen / "merged/leaderboard.md").read_text() == (frozen / "all/leaderboard.md").read_text()


def test_times_of_other_machines_are_not_ranked(frozen: Path) -> None:
    fast = copy(frozen / "here", "fast", machine="another", seconds_per_image=1e-9, dataset="pyramids(root=elsewhere)")
    names = table(fast)["partitioner"].map({"components": "mine", "gaec": "gaec"})
    found = merged(frozen / "here", copy(fast, "renamed", partitioner=names), output="both").set_index("partitioner")
    assert found["dataset"].nunique() == 1 and found.loc["gaec", "machine"] != "another"  # the first stays
    assert found.loc["mine", "machine"] == "another" and found.loc["mine", "rank"] == found.loc["components", "rank"]
    assert "Times are of several machines" in (frozen / "both/leaderboard.md").read_text()


def test_a_failure_gives_way_to_a_result(frozen: Path) -> None:
    failed = copy(frozen / "here", "failed", status="timeout", AP=np.nan, energy=np.nan, rank=np.nan)
    assert merged(failed, frozen / "here", output="repaired")["status"].tolist() == ["ok", "ok"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"AP": 1.5}, "(components|gaec) on .*set.*: expected one value of AP, got .* in .*here and 1.5 in .*wrong"),
        ({"parameters": "threshold=0.3"}, "expected one value of parameters, got nan in .*here and threshold=0.3 in"),
        ({"model_version": "0123456789ab"}, r"set\), affinities of saved: expected one value of model_version, got"),
        ({"seed": 1}, "expected one value of seed, got 0 in .* and 1 in"),
    ],
)
def test_contradictions_are_refused(frozen: Path, tmp_path: Path, values: dict[str, object], message: str) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    here = table(frozen / "here").assign(parameters=np.nan)
    here.assign(**values).to_csv(wrong / "leaderboard.csv", index=False)
    with pytest.raises(InputError, match=message):
        merged(frozen / "here", wrong)


def test_a_folder_without_a_leaderboard_is_refused(frozen: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a folder with leaderboard.csv"):
        merged(tmp_path)
    (tmp_path / "leaderboard.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"leaderboard.csv: expected the column data_revision, got a, b"):
        merged(tmp_path)
    with pytest.raises(InputError, match="--output: expected the folder to write to"):
        main(["merge", str(frozen / "here")])
