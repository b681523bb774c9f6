"""Frozen sets: what is written, that it can be gone on with, and that a changed file is refused."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from layouts import save

from affinity_models import cli
from affinity_models.data import Pyramids
from affinity_models.manifest import Manifest
from affinity_models.metrics.partition import multicut_energy
from bench.engine import answers
from bench.export import freeze
from bench.export.__main__ import main
from bench.leaderboard.__main__ import main as leaderboard
from partitioners import AffinityPyramid, InputError, create, grid_graph

FOLDERS = ("graphs", "instances", "multicut", "pyramids", "semantic")


def export(nuclei: Path, name: str = "set", *more: str) -> Path:
    root = nuclei.parent / name
    main([str(root), "--data", f"nuclei(root={nuclei})", "--models", "oracle(noise=1)", *more])
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_set_holds_what_its_readme_says(nuclei: Path) -> None:
    root = export(nuclei, "set", "--limit", "2")
    assert sorted(contents(root)) == sorted(
        ["README.md", "classes.json", "manifest.json"]
        + [
            f"{kind}/{name}.{'txt' if kind == 'multicut' else 'npz' if kind in ('graphs', 'pyramids') else 'png'}"
            for kind in FOLDERS
            for name in "ab"
        ]
    )
    manifest = json.loads((root / "manifest.json").read_text())
    assert manifest["complete"] and manifest["version"] == Manifest.read(root).version
    assert json.loads((root / "classes.json").read_text())[1] == {"name": "nucleus", "thing": True}
    with np.load(root / "pyramids/a.npz") as arrays:
        assert {arrays[name].dtype for name in arrays if name != "meta"} == {np.dtype(np.float16)}
    pyramid = AffinityPyramid.load(root / "pyramids/a.npz")
    level, said = pyramid.levels[0], manifest["images"]["a"]
    assert said["levels"][0] == {"shape": list(level.shape), "offsets": [list(pair) for pair in level.offsets]}
    graph = grid_graph(level.affinity, level.offsets, pyramid.is_thing(1))
    with np.load(root / "graphs/a.npz") as arrays:
        pixels, edges, affinity, cost = (arrays[name] for name in ("pixels", "edges", "affinity", "cost"))
    assert (pixels[edges] == graph.edges).all() and (affinity == graph.weights).all()
    assert said["nodes"] == pyramid.is_thing(1).sum() == len(pixels) and said["edges"] == len(edges)
    first, *lines = csv.reader((root / "multicut/a.txt").read_text().splitlines(), delimiter=" ")
    assert first == ["MULTICUT"] and [[int(u), int(v)] for u, v, _ in lines] == edges.tolist()
    assert np.allclose([float(last) for *_, last in lines], cost, rtol=1e-8)
    labels = create("gaec", linkage="sum").partition(graph)
    energy = multicut_energy(graph, labels)
    assert said["expected"]["gaec-sum"] == {"parts": len(set(labels[pixels])), "energy": pytest.approx(energy)}
    assert energy - 1 <= said["bound"] <= energy


def test_the_leaderboard_partitions_the_stored_values(nuclei: Path) -> None:
    root = export(nuclei)
    runs, output = nuclei.parent / "runs", nuclei.parent / "board"
    chosen = ["--data", f"pyramids(root={root})", "--models", "saved", "--partitioners", "gaec"]
    leaderboard([*chosen, "--runs", str(runs), "--output", str(output)])
    table = pd.read_csv(output / "leaderboard.csv")
    assert table["images"].tolist() == [3] and table["AP"].notna().all()
    assert table["model_version"].tolist() == [Manifest.read(root).version]
    for name in "abc":
        expected = create("gaec").partition(AffinityPyramid.load(root / f"pyramids/{name}.npz"))
        (path,) = runs.glob(f"partitions/*/{name}.npz")
        (found,) = answers.load(path).values()
        assert (found.segmentation.labels == expected.labels).all()


def test_what_was_interrupted_goes_on_to_the_same_set(nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contents(export(nuclei))
    write, calls = freeze.write_entry, []

    def interrupted(root: Path, sample: object, *more: object, **options: object) -> list[Path]:
        calls.append(sample.name)
        if calls == ["a", "b"]:
            raise KeyboardInterrupt
        return write(root, sample, *more, **options)

    monkeypatch.setattr(freeze, "write_entry", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(nuclei, "other")
    with pytest.raises(InputError, match="was not finished"):
        Pyramids(nuclei.parent / "other")
    assert contents(export(nuclei, "other")) == whole and calls == ["a", "b", "b", "c"]
    export(nuclei, "other")
    assert len(calls) == 4


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("pyramids/b.npz", None, "missing in the frozen set"),
        ("graphs/b.npz", b"more", "expected bytes"),
        ("instances/a.png", b"", "expected sha256"),
        ("manifest.json", b"?", "not a readable manifest"),
    ],
)
def test_a_changed_file_is_refused(
    nuclei: Path, file: str, content: bytes | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = export(nuclei)
    path = root / file
    before, status = path.read_bytes(), path.stat()
    path.unlink()
    if content is not None:  # one byte changed where nothing is added
        path.write_bytes(before + content if content else before[:-1] + bytes([before[-1] ^ 1]))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    chosen = ["--data", f"pyramids(root={root})", "--models", "saved", "--runs", str(nuclei.parent / "runs")]
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda: leaderboard(chosen))
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert stopped.value.code == 2 and message in error and file in error


def test_a_set_does_not_go_on_with_another_truth(nuclei: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = nuclei / "masks/a.png"
    before = mask.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(freeze, "flat_problem", [].pop)  # fails at the first image
        with pytest.raises(TypeError):
            export(nuclei)
    for _ in range(2):  # unfinished, and finished
        save(mask, np.zeros((40, 56)), np.uint16)
        with pytest.raises(InputError, match=r"holds another set \(of other data_revision\): choose another folder"):
            export(nuclei)
        mask.write_bytes(before)
        assert Pyramids(export(nuclei)).read("a").instances.max() == 3


def test_images_are_there_only_where_asked_for(nuclei: Path) -> None:
    image = Pyramids(export(nuclei)).read("a").image
    assert (image == 128).all()
    image = Pyramids(export(nuclei, "with", "--images")).read("a").image
    assert set(np.unique(image)) == {0, 200}


def test_other_folders_are_left_alone(nuclei: Path) -> None:
    with pytest.raises(InputError, match="expected a new or empty folder"):
        export(nuclei, "blobs")
    export(nuclei)
    with pytest.raises(InputError, match=r"holds another set \(of other names"):
        export(nuclei, "set", "--limit", "1")
    with pytest.raises(InputError, match=r"holds another set \(of other seed"):
        export(nuclei, "set", "--seed", "1")
