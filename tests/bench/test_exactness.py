"""On the pyramids that are measured, the native core gives what the references give, pixel for pixel."""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from layouts import save

from affinity_models import create as create_model
from affinity_models.data import create as create_dataset
from partitioners import AffinityPyramid, create, grid_graph

ROWS = [(None, None), ("gaec", None), ("pa-gaec", "gas"), ("pa-gaec", None)]  # grouping and finest step
LINKAGES = ["wpgma", "average", "sum"]

pytestmark = pytest.mark.slow


def write_nuclei(root: Path) -> Path:
    """Write one image of 240 × 300 pixels full of round nuclei, many of which touch."""
    rng = np.random.default_rng(3)
    rows, columns = np.indices((240, 300))
    masks = np.zeros(rows.shape, np.uint16)
    for number in range(1, 90):
        y, x, radius = rng.uniform((0, 0, 5), (240, 300, 16))
        masks[(np.hypot(rows - y, columns - x) < radius) & (masks == 0)] = number
    save(root / "images/cells.png", np.where(masks[..., None] > 0, 180, 20) + np.zeros(3))
    save(root / "masks/cells.png", masks, np.uint16)
    return root


@pytest.fixture(scope="module")
def pyramids(street_root, tmp_path_factory):
    """A function that returns the oracle's pyramids of a data set's first images, at a noise."""
    roots = {"street": street_root, "nuclei": write_nuclei(tmp_path_factory.mktemp("nuclei"))}
    roots["real nuclei"] = os.environ.get("NUCLEI")

    @cache
    def make(name: str, noise: float) -> list[AffinityPyramid]:
        if roots[name] is None:
            pytest.skip("NUCLEI names no folder with images/ and masks/")
        extra = {"count": 2} if name == "street" else {}
        dataset = create_dataset(name.split()[-1], root=roots[name], **extra)
        oracle = create_model("oracle", noise=noise)
        return [oracle.predict(dataset.read(image), dataset.stride) for image in dataset.names()[:2]]

    return make


def in_half_precision(pyramid: AffinityPyramid) -> AffinityPyramid:
    fields = ("affinity", "semantic", "embedding")
    levels = [
        replace(level, **{field: getattr(level, field).astype(np.float16).astype(np.float32) for field in fields})
        for level in pyramid.levels
    ]
    return replace(pyramid, levels=tuple(levels))


@pytest.mark.parametrize("half", [False, True], ids=["single", "half"])
@pytest.mark.parametrize("noise", [0, 0.75])
@pytest.mark.parametrize("dataset", ["street", "nuclei", "real nuclei"])
def test_rows_of_the_ablation_equal_their_references(pyramids, dataset, noise, half):
    for pyramid in pyramids(dataset, noise):
        pyramid = in_half_precision(pyramid) if half else pyramid
        for grouping, finest in ROWS:
            native = create("cascade-gaec", grouping=grouping, finest=finest).partition(pyramid)
            slow = {"grouping": grouping and f"{grouping}-reference", "finest": finest and f"{finest}-reference"}
            reference = create("cascade-gaec-reference", **slow).partition(pyramid)
            assert len(native.classes) > 5
            for field in ("labels", "classes", "scores"):
                assert np.array_equal(getattr(native, field), getattr(reference, field)), (grouping, finest, field)


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("noise", [0, 0.75])
@pytest.mark.parametrize("dataset", ["street", "nuclei", "real nuclei"])
def test_flat_gaec_equals_its_reference(pyramids, dataset, noise, linkage):
    for pyramid in pyramids(dataset, noise):
        level = in_half_precision(pyramid).levels[0]
        crop = level.affinity[:, 100:180, 150:270]
        assert len(np.unique(crop)) < crop.size / 4  # ties decide
        graph = grid_graph(crop, level.offsets)
        parts = [create(name, linkage=linkage).partition(graph) for name in ("gaec", "gaec-reference")]
        assert np.array_equal(*parts) and parts[0].max() > 1
