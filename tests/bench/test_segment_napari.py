"""The plug-in for napari."""

import re
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from segmenting import BLOBS

from bench.segment import napari
from partitioners import InputError


def layer(data: np.ndarray, rgb: bool = False) -> SimpleNamespace:
    rank = data.ndim - rgb
    return SimpleNamespace(
        name="cells", data=data, rgb=rgb, multiscale=False, scale=np.arange(1, rank + 1), translate=np.zeros(rank)
    )


def test_napari_gets_labels_where_the_image_lies(by_threshold: None) -> None:
    for data, rgb in ((BLOBS, False), (np.dstack([BLOBS] * 3), True), (np.stack([BLOBS, BLOBS]), False)):
        labels, options, kind = napari.segment_image(layer(data, rgb))
        assert kind == "labels" and labels.shape == (data.shape[:2] if rgb else data.shape)
        assert len(options["features"]["class"]) == labels.max() == (4 if data.ndim > 2 and not rgb else 2)
        assert len(options["scale"]) == labels.ndim
    with pytest.raises(InputError, match="expected a plane or a stack"):
        napari.segment_image(layer(BLOBS[None, None]))


def test_napari_cuts_affinities() -> None:
    joined = np.broadcast_to(BLOBS > 0, (2, 12, 10)).astype(np.float32)
    labels, options, kind = napari.partition_affinities(layer(joined), offsets="backward", min_size=2)
    assert kind == "labels" and labels.shape == (12, 10) and labels.max() == 2
    assert options["scale"].tolist() == [2, 3]


def test_the_manifest_of_the_plug_in_names_functions_that_there_are() -> None:
    manifest = Path(napari.__file__).with_suffix(".yaml")
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'affinity-bench = "bench.segment:{manifest.name}"' in project
    found = re.findall(r"python_name: bench\.segment\.napari:(\w+)", manifest.read_text())
    assert found == ["segment_image", "partition_affinities"] and all(hasattr(napari, name) for name in found)


def test_napari_can_read_the_manifest() -> None:
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_file(Path(napari.__file__).with_suffix(".yaml"))
    manifest.validate_imports()
    widgets = [(widget.command, widget.autogenerate) for widget in manifest.contributions.widgets]
    assert widgets == [("affinity-bench.segment", True), ("affinity-bench.partition", True)]


@pytest.mark.skipif(find_spec("napari") is None, reason="needs napari")
def test_napari_itself_takes_the_layers(by_threshold: None) -> None:
    from napari.components import ViewerModel
    from napari.layers import Layer

    viewer = ViewerModel()
    image = viewer.add_image(BLOBS, scale=(2, 3), translate=(4, 5))
    made = Layer.create(*napari.segment_image(image))
    viewer.add_layer(made)
    assert made.data.max() == 2 and made.scale.tolist() == [2, 3] and made.translate.tolist() == [4, 5]
    assert made.features["class"].tolist() == ["nucleus", "nucleus"]
