"""Prediction: tiles whose borders do not show, and the command line."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from affinity_models.daffnet.checkpoint import Checkpoint
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import NetworkOptions
from affinity_models.daffnet.prediction import predict, predict_batch
from affinity_models.daffnet.tiling import ramp, spans
from affinity_models.predict import batches, main
from partitioners import AffinityPyramid, ClassTable, InputError

CLASSES = ClassTable(("background", "nucleus"), (False, True))
OPTIONS = NetworkOptions(depth=18, width=4, features=4, channels=3, stride=2)


@pytest.fixture
def checkpoint() -> Checkpoint:
    torch.manual_seed(0)
    state = DaffNet(OPTIONS, 2).state_dict()
    return Checkpoint(OPTIONS, CLASSES, {f"network.{name}": tensor for name, tensor in state.items()})


@settings(deadline=None)
@given(st.integers(1, 2000), st.integers(1, 5), st.integers(1, 5))
def test_tiles_cover_an_image_with_weights_that_sum_to_one_where_two_meet(length, overlap, more) -> None:
    tile, overlap = 64 * (2 * overlap + more - 1), 64 * overlap  # no more than two tiles meet
    found = spans(length, tile, overlap)
    assert found[0][0] == 0 and found[-1][1] == length
    assert all(start % 64 == 0 and 0 < stop - start <= tile for start, stop in found)
    for side in (1, 16, 64):
        total = torch.zeros(-(-length // side))
        for span in found:
            weight = ramp(span, length, overlap, side)
            total[span[0] // side : span[0] // side + len(weight)] += weight
        torch.testing.assert_close(total, torch.ones(len(total)))


def test_tiles_change_nothing_far_from_their_borders_and_join_smoothly(checkpoint) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 500, 3), dtype=np.uint8)
    network = checkpoint.network().eval()
    whole = predict(network, image, CLASSES)
    tiled = predict(checkpoint.tiled(384, 256).network().eval(), image, CLASSES)
    for one, other in zip(whole.levels, tiled.levels, strict=True):
        assert one.shape == other.shape
        left = slice(0, one.shape[1] // 8)  # pixels of the first tile alone, far from its end
        np.testing.assert_allclose(other.semantic[..., left], one.semantic[..., left], atol=0.02)
        np.testing.assert_allclose(other.affinity, one.affinity, atol=0.1)


def test_a_batch_is_its_images(checkpoint) -> None:
    images = list(np.random.default_rng(0).integers(0, 256, (3, 40, 48, 3), dtype=np.uint8))
    network = checkpoint.tiled(128, 64).network().eval()
    for image, pyramid in zip(images, predict_batch(network, images, CLASSES), strict=True):
        for one, other in zip(pyramid.levels, predict(network, image, CLASSES).levels, strict=True):
            np.testing.assert_allclose(one.affinity, other.affinity, atol=1e-5)
            np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-5)


def test_batches_keep_the_order_and_part_where_the_size_changes(tmp_path) -> None:
    paths = [tmp_path / f"{name}.png" for name in "abcde"]
    for path, width in zip(paths, (4, 4, 4, 5, 4), strict=True):
        Image.fromarray(np.zeros((3, width, 3), np.uint8)).save(path)
    found = [[path for path, _ in batch] for batch in batches(paths, 2)]
    assert found == [paths[:2], paths[2:3], paths[3:4], paths[4:]]


def test_command_line(checkpoint, tmp_path, squares_root) -> None:
    weights = tmp_path / "weights.safetensors"
    checkpoint.save(weights)
    images = sorted((squares_root / "images").glob("0[01].png"))
    main([*map(str, images), "--weights", str(weights), "--output", str(tmp_path / "out"), "--batch", "2"])
    for path in images:
        pyramid = AffinityPyramid.load(tmp_path / f"out/pyramids/{path.stem}.npz")
        assert pyramid.image_size == (48, 40) and pyramid.classes == CLASSES and len(pyramid.levels) == 4
        with Image.open(tmp_path / f"out/overlays/{path.stem}.png") as overlay:
            assert overlay.size == (40, 48)


def test_overlays_show_what_the_partitioner_of_the_weights_or_of_the_command_line_finds(
    checkpoint, tmp_path, squares_root
) -> None:
    weights, image = tmp_path / "weights.safetensors", str(squares_root / "images/00.png")
    things = ClassTable(CLASSES.names, (True, True))
    replace(checkpoint, classes=things, record={"partitioner": "singletons", "min_size": 1}).save(weights)

    def overlay(*more: str) -> np.ndarray:
        main([image, "--weights", str(weights), "--output", str(tmp_path), *more])
        with Image.open(tmp_path / "overlays/00.png") as found:
            return np.array(found)

    by_weights = overlay()
    pyramid = AffinityPyramid.load(tmp_path / "pyramids/00.npz")
    assert (pyramid.partitioner, pyramid.min_size) == ("singletons", 1)
    assert np.array_equal(by_weights, overlay("--partitioner", "singletons"))
    assert not np.array_equal(by_weights, overlay("--partitioner", "components(threshold=0.0)"))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--tile", "100"], "multiples of 64"),
        (["--partitioner", "gaek"], "did you mean 'gaec'"),
        (["--overlap", "1024"], "tiles being larger"),
        (["--device", "moon"], "device: expected one that torch has here"),
    ],
)
def test_command_line_refuses(checkpoint, tmp_path, squares_root, more, problem) -> None:
    checkpoint.save(tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match=problem):
        image = str(squares_root / "images/00.png")
        main([image, "--weights", str(tmp_path / "weights.safetensors"), "--output", str(tmp_path), *more])
