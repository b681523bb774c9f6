"""Prediction: tiles whose borders do not show, and the command line."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from affinity_models.daffnet.checkpoint import Checkpoint
from affinity_models.daffnet.model import DaffNetModel
from affinity_models.daffnet.network import DaffNet
from affinity_models.daffnet.options import NEIGHBOURHOODS, NetworkOptions
from affinity_models.daffnet.prediction import predict, predict_batch, ramp, spans
from affinity_models.daffnet.views import VIEWS
from affinity_models.data.targets import same_region
from affinity_models.predict import batches, main
from partitioners import AffinityPyramid, ClassTable, InputError

pytestmark = pytest.mark.slow

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
    tiled = predict(checkpoint.predicting(384, 256).network().eval(), image, CLASSES)
    for one, other in zip(whole.levels, tiled.levels, strict=True):
        assert one.shape == other.shape
        left = slice(0, one.shape[1] // 8)  # pixels of the first tile alone, far from its end
        np.testing.assert_allclose(other.semantic[..., left], one.semantic[..., left], atol=0.02)
        np.testing.assert_allclose(other.affinity, one.affinity, atol=0.1)


def test_a_batch_is_its_images(checkpoint) -> None:
    images = list(np.random.default_rng(0).integers(0, 256, (3, 40, 48, 3), dtype=np.uint8))
    network = checkpoint.predicting(128, 64).network().eval()
    for image, pyramid in zip(images, predict_batch(network, images, CLASSES), strict=True):
        for one, other in zip(pyramid.levels, predict(network, image, CLASSES).levels, strict=True):
            np.testing.assert_allclose(one.affinity, other.affinity, atol=1e-5)
            np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-5)


def test_positions_are_those_of_the_whole_image_in_tiles_and_batches_and_survive_saving(checkpoint, tmp_path) -> None:
    images = list(np.random.default_rng(0).integers(0, 256, (2, 100, 301, 3), dtype=np.uint8))
    plain = checkpoint.predicting(128, 64)
    placed = replace(plain, options=replace(plain.options, position_unit=8.0))
    without, pyramids = (predict_batch(one.network().eval(), images, CLASSES) for one in (plain, placed))
    for pyramid, other in zip(pyramids, without, strict=True):
        for number, (level, bare) in enumerate(zip(pyramid.levels, other.levels, strict=True)):
            side = OPTIONS.stride << number
            rows, columns = (side * (np.arange(length) + 0.5) for length in level.shape)
            added = level.embedding - bare.embedding
            np.testing.assert_allclose(added[0], np.tile((rows[:, None] - 50) / 8, level.shape[1]), atol=1e-4)
            np.testing.assert_allclose(added[1], np.tile((columns - 150.5) / 8, (level.shape[0], 1)), atol=1e-4)
            np.testing.assert_allclose(added[2], 0, atol=1e-6)
            np.testing.assert_array_equal(level.affinity, bare.affinity)
        pyramid.save(tmp_path / "half.npz", half=True)
        kept = AffinityPyramid.load(tmp_path / "half.npz")
        for level, half in zip(pyramid.levels, kept.levels, strict=True):
            np.testing.assert_allclose(half.embedding, level.embedding, atol=0.01)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("offsets", [((0, 1), (1, 0)), NEIGHBOURHOODS["ssap"]])
def test_affinities_of_a_view_are_those_of_the_image(view, offsets) -> None:
    labels = np.random.default_rng(0).integers(0, 3, (6, 8))
    seen = view.of(torch.from_numpy(labels)).contiguous().numpy()
    expected = torch.from_numpy(same_region(labels, offsets)[None].astype(np.float32))
    undone = view.affinity_undone(torch.from_numpy(same_region(seen, offsets)[None].astype(np.float32)), offsets)
    np.testing.assert_array_equal(undone, expected)
    assert np.array_equal(view.undone(torch.from_numpy(seen)), labels)


def test_the_model_takes_views_in_place_of_the_networks(checkpoint, tmp_path) -> None:
    path = tmp_path / "weights.safetensors"
    checkpoint.predicting(views=2).save(path)
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    own, two, one = (DaffNetModel(path, views).predict(image).levels[0].affinity for views in (None, 2, 1))
    assert np.array_equal(own, two) and not np.array_equal(own, one)
    with pytest.raises(InputError, match=r"views: expected one of \(1, 2, 4, 8\), got 3"):
        DaffNetModel(path, 3).predict(image)


def test_offsets_that_are_not_the_same_in_all_views_are_refused() -> None:
    with pytest.raises(InputError, match="views: expected offsets that are the same in all views, got"):
        VIEWS[4].affinity_undone(torch.zeros(1, 1, 4, 4), ((0, 1),))


@pytest.mark.parametrize("size", [(64, 64), (61, 50)])
def test_the_mean_over_all_views_does_not_depend_on_how_an_image_lies(checkpoint, size) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    network = checkpoint.predicting(views=8).network().eval()
    (pyramid,) = predict_batch(network, [image], CLASSES)
    assert [level.shape for level in pyramid.levels] == [
        level.shape for level in predict_batch(checkpoint.network().eval(), [image], CLASSES)[0].levels
    ]
    if size == (64, 64):  # else the padding lies on other sides
        for view in VIEWS[1:]:
            turned = np.ascontiguousarray(view.of(torch.from_numpy(image).permute(2, 0, 1)).permute(1, 2, 0).numpy())
            other = predict(network, turned, CLASSES).levels[0]
            semantic = view.undone(torch.tensor(other.semantic))
            np.testing.assert_allclose(semantic, pyramid.levels[0].semantic, atol=1e-4)


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


def test_command_line_goes_on(checkpoint, tmp_path, squares_root, capsys) -> None:
    weights, output = tmp_path / "weights.safetensors", tmp_path / "out"
    checkpoint.save(weights)
    images = sorted((squares_root / "images").glob("0[01].png"))

    def run(*more: str) -> set[str]:
        before = {path: path.stat().st_mtime_ns for path in output.glob("pyramids/*")}
        main([*map(str, images), "--weights", str(weights), "--output", str(output), *more])
        return {path.stem for path in output.glob("pyramids/*") if before.get(path) != path.stat().st_mtime_ns}

    assert run() == {"00", "01"} and run() == set()
    assert "2 images were predicted before" in capsys.readouterr().err
    (output / "overlays/01.png").unlink()
    assert run() == {"01"}
    images[0].write_bytes(images[1].read_bytes())
    assert run() == {"00"}
    assert run("--bf16") == {"00", "01"}


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
    assert np.array_equal(by_weights, overlay("--partitioners", "singletons"))
    assert not np.array_equal(by_weights, overlay("--partitioners", "components(threshold=0.0)"))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--tile", "100"], "multiples of 64"),
        (["--partitioners", "gaek"], "did you mean 'gaec'"),
        (["--overlap", "1024"], "tiles being larger"),
        (["--device", "moon"], "device: expected one that torch has here"),
    ],
)
def test_command_line_refuses(checkpoint, tmp_path, squares_root, more, problem) -> None:
    checkpoint.save(tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match=problem):
        image = str(squares_root / "images/00.png")
        main([image, "--weights", str(tmp_path / "weights.safetensors"), "--output", str(tmp_path), *more])
