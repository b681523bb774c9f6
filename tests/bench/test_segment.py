"""The command that segments images of one's own: going on after an interruption, and what it says of mistakes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from segmenting import BLOBS, COLOURS, png, run

from affinity_models import Segmenter
from bench.segment.__main__ import main
from partitioners import InputError


def test_one_bad_file_stops_no_other_and_what_is_done_stays(
    by_threshold: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, output = tmp_path / "images", tmp_path / "images/out"
    (folder / "deeper").mkdir(parents=True)
    for name in ("a.png", "deeper/a.png", "b.png"):
        png(folder / name, Image.fromarray(BLOBS))
    (folder / "bad.png").write_bytes((folder / "a.png").read_bytes()[:60])
    (folder / "notes.txt").write_text("no image")
    command = (folder, "--weights", "nuclei", "--output", output)
    assert run(*command) == 1
    captured = capsys.readouterr()
    assert "3 files with 6 objects" in captured.out and "before" not in captured.out
    assert f"error: {folder / 'bad.png'}: " in captured.err and "1 of 4 files failed" in captured.err
    assert {path.relative_to(output / "labels").as_posix() for path in (output / "labels").rglob("*.tif")} == {
        "a.tif",
        "b.tif",
        "deeper/a.tif",
    }
    png(folder / "bad.png", Image.fromarray(BLOBS))
    png(folder / "b.png", Image.fromarray(BLOBS[::-1]))
    (output / "tables/deeper/a.csv").unlink()
    assert run(*command) == 0
    out = capsys.readouterr().out
    assert "3 files with 6 objects" in out and "1 file done before" in out and "\na:" not in out
    assert run(*command, "--scale", 2) == 0
    assert "before" not in capsys.readouterr().out


def test_an_error_of_one_image_is_told_with_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(self: Segmenter, image: np.ndarray) -> None:
        raise RuntimeError("not enough memory")

    monkeypatch.setattr(Segmenter, "find", find)
    png(tmp_path / "a.png", Image.fromarray(BLOBS))
    assert run(tmp_path / "a.png", "--weights", "nuclei", "--output", tmp_path / "out") == 1
    assert f"error: {tmp_path / 'a.png'}: RuntimeError: not enough memory" in capsys.readouterr().err


def test_files_that_share_a_stem_keep_their_extension(by_threshold: None, tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp", "b.png"):
        png(tmp_path / name, Image.fromarray(BLOBS))
    assert run(tmp_path, "--weights", "nuclei", "--output", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out/labels").iterdir()) == ["a.bmp.tif", "a.png.tif", "b.tif"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "PATH, --affinities: expected one of the two"),
        (["a.png", "--affinities", "a.npy"], "PATH, --affinities: expected one of the two"),
        (["a.png"], "--weights: expected"),
        (["a.png", "--weights", "nuclei", "--offsets", "forward"], "--offsets: expected with --affinities only"),
        (["--affinities", "a.npy", "--channel", "1"], "--channel: expected with images only"),
        (["nothing.png", "--weights", "nuclei"], "nothing.png: no such file or folder"),
        (["empty", "--weights", "nuclei"], "empty: expected images"),
        (["a.png", "other/a.png", "--weights", "nuclei"], "expected files of different names"),
        (["a.png", "--weights", "nuclei", "--output", "a.png/out"], "--output a.png/out: cannot be written to"),
    ],
)
def test_mistakes_are_told_before_the_work(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (Path("empty"), Path("other")):
        folder.mkdir()
    for path in (Path("a.png"), Path("other/a.png")):
        png(path, Image.fromarray(BLOBS))
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        main(arguments)


def test_a_colour_image_is_remarked_on_where_the_network_knows_grey(
    by_threshold: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    png(tmp_path / "a.png", Image.fromarray(COLOURS))
    assert run(tmp_path / "a.png", "--weights", "nuclei", "--output", tmp_path / "out") == 0
    assert "trained on grey: --channel 0, 1 or 2" in capsys.readouterr().out


def test_neither_asv_nor_evaluators_are_needed(tmp_path: Path) -> None:
    png(tmp_path / "a.png", Image.fromarray(BLOBS))
    hidden = (
        "asv",
        "cityscapesscripts",
        "jinja2",
        "matplotlib",
        "pandas",
        "rich",
        "skimage",
        "tabulate",
        "imagecodecs",
    )
    code = f"""\
import sys
sys.modules.update(dict.fromkeys({hidden}))
from bench.__main__ import main
main(["segment", {str(tmp_path)!r}, "--weights", "nuclei", "--coco", "--output", {str(tmp_path / "out")!r}])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 file with" in done.stdout and (tmp_path / "out/labels/a.tif").exists()


def test_a_missing_package_is_one_line_with_its_extra() -> None:
    code = "import sys; sys.modules['tifffile'] = None; from bench.__main__ import main; main(['segment', '.', '--weights', 'nuclei'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: segment needs tifffile: pip install 'affinity-bench[segment]'\n"
