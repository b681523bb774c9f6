"""Cityscapes and the street scenes, which share its layout."""

import numpy as np
import pytest

from affinity_models.data import Cityscapes, Street
from partitioners import InputError

FIRST = "aachen_000001_000019"


def test_classes_are_the_19_of_the_benchmark(cityscapes_root):
    classes = Cityscapes(cityscapes_root).classes
    assert classes.names == (
        *("road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation"),
        *("terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
    )
    assert classes.things.tolist() == list(range(11, 19))


def test_ground_truth_by_hand(cityscapes_root):
    sample = Cityscapes(cityscapes_root).read(FIRST)
    upper, lower = [0, 0, 11, 11, 13, 13], [1, 1, 13, 13, -1, -1]
    assert sample.semantic.tolist() == [upper, upper, lower, lower]
    upper, lower = [0, 0, 1, 1, 0, 0], [0, 0, 2, 3, 0, 0]
    assert sample.instances.tolist() == [upper, upper, lower, lower]
    crowd = np.zeros((4, 6), bool)
    crowd[:2, 4:] = True
    assert (sample.crowd == crowd).all()
    assert (sample.image == 7).all()
    assert sample.source == cityscapes_root / f"gtFine/val/aachen/{FIRST}_gtFine_instanceIds.png"


def test_cities_need_not_be_the_start_of_names_and_hidden_files_are_left_out(cityscapes_root, tiny):
    tiny.write_scene(cityscapes_root, "zoo", "a", [[7, 26000]])
    (cityscapes_root / "leftImg8bit/val/zoo/._a_leftImg8bit.png").touch()
    dataset = Cityscapes(cityscapes_root)
    assert dataset.names() == ["a", FIRST, "bonn_000000_000019"]
    assert dataset.read("a").instances.tolist() == [[0, 1]]


def test_name_in_two_cities_is_refused(cityscapes_root, tiny):
    tiny.write_scene(cityscapes_root, "zoo", FIRST, [[7, 26000]])
    with pytest.raises(InputError, match="unique name"):
        Cityscapes(cityscapes_root)


def test_distance_by_hand(cityscapes_root):
    distance = Cityscapes(cityscapes_root).distance(FIRST)
    assert np.isnan(distance[0, 0])
    assert np.allclose(distance.ravel()[1:], 0.2 * 1000 / 2)


def test_no_disparity_is_infinitely_far(cityscapes_root, tiny):
    tiny.save(cityscapes_root / f"disparity/val/aachen/{FIRST}_disparity.png", np.ones((4, 6)), np.uint16)
    assert np.isposinf(Cityscapes(cityscapes_root).distance(FIRST)).all()


@pytest.mark.parametrize("missing", ["disparity/val/aachen/{}_disparity.png", "camera/val/aachen/{}_camera.json"])
def test_no_distance_without_both_files(cityscapes_root, missing):
    (cityscapes_root / missing.format(FIRST)).unlink()
    assert Cityscapes(cityscapes_root).distance(FIRST) is None


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"extrinsic": {"baseline": "x"}}', '{"extrinsic": {"baseline": -1}}']
)
def test_damaged_camera_is_named(cityscapes_root, content):
    camera = cityscapes_root / f"camera/val/aachen/{FIRST}_camera.json"
    camera.write_text(content)
    with pytest.raises(InputError, match=camera.name):
        Cityscapes(cityscapes_root).distance(FIRST)


def test_disparity_of_another_size_is_named(cityscapes_root, tiny):
    tiny.save(cityscapes_root / f"disparity/val/aachen/{FIRST}_disparity.png", [[1, 2]], np.uint16)
    with pytest.raises(InputError, match=r"_disparity.png: expected 4 × 6 pixels like the image, got 1 × 2"):
        Cityscapes(cityscapes_root).distance(FIRST)


def test_unknown_split_lists_those_there_are(cityscapes_root):
    with pytest.raises(InputError, match="split: expected one of val, got 'vall'; did you mean 'val'"):
        Cityscapes(cityscapes_root, split="vall")


IMAGE, IDS, LABELS = "_leftImg8bit.png", "_gtFine_instanceIds.png", "_gtFine_labelIds.png"


@pytest.mark.parametrize("end", [IMAGE, IDS, LABELS])
def test_truncated_file_is_left_out(cityscapes_root, assert_left_out, end):
    (path,) = cityscapes_root.rglob(f"aachen*{end}")
    path.write_bytes(path.read_bytes()[:50])
    assert_left_out(Cityscapes(cityscapes_root), str(path), "cannot be read")


@pytest.mark.parametrize("end", [IDS, LABELS])
def test_missing_ground_truth_is_left_out(cityscapes_root, assert_left_out, end):
    (path,) = cityscapes_root.rglob(f"aachen*{end}")
    path.unlink()
    assert_left_out(Cityscapes(cityscapes_root), str(path), "no such file")


@pytest.mark.parametrize("end", [IDS, LABELS])
def test_other_size_is_left_out(cityscapes_root, assert_left_out, tiny, end):
    (path,) = cityscapes_root.rglob(f"aachen*{end}")
    tiny.save(path, np.full((4, 5), 7))
    assert_left_out(Cityscapes(cityscapes_root), str(path), "expected 4 × 6 pixels like the image, got 4 × 5")


def test_labels_that_disagree_are_left_out(cityscapes_root, assert_left_out, tiny):
    tiny.write_scene(cityscapes_root, "aachen", FIRST, [[7, 24001], [7, 26]])
    tiny.save(cityscapes_root / f"gtFine/val/aachen/{FIRST}{LABELS}", [[7, 24], [7, 25]])
    problem = "1 pixels differ, the first at row 1, column 1: 26, not 25"
    assert_left_out(Cityscapes(cityscapes_root), f"{FIRST}{IDS}", problem)


def test_unknown_label_is_left_out(cityscapes_root, assert_left_out, tiny):
    tiny.write_scene(cityscapes_root, "aachen", FIRST, [[7, 34]])
    assert_left_out(Cityscapes(cityscapes_root), f"{FIRST}{IDS}", "expected label ids up to 33, got 34")


class TestStreet:
    @pytest.fixture
    def calls(self, monkeypatch, tiny):
        """The calls of the generator, which is replaced by one that writes tiny scenes."""
        calls = []

        def generate(root, split, count, seed=0, progress=True, workers=1):
            calls.append((count, seed, progress))
            for index in range(count):
                tiny.write_scene(root, "street", f"street_{index:06d}_000019", [[7, 26000, 26001]], split)

        monkeypatch.setattr("affinity_models.data.street.writer.generate", generate)
        return calls

    def test_names_generate_nothing(self, tmp_path, calls):
        names = Street(tmp_path / "s").names()
        assert len(names) == 100 and names[0] == "street_000000_000019"
        assert not calls and not (tmp_path / "s").exists()

    def test_samples_generate_at_once_what_they_yield(self, tmp_path, calls):
        dataset = Street(tmp_path, seed=4)
        assert len(list(dataset.samples(3))) == 3
        assert calls[0] == (3, 4, True)  # one progress bar
        assert [count for count, _, progress in calls[1:] if progress or count > 3] == []

    def test_reading_generates_up_to_the_image(self, tmp_path, calls):
        dataset = Street(tmp_path, split="train")
        assert dataset.read(dataset.names()[2]).instances.tolist() == [[0, 1, 2]]
        assert calls == [(3, 0, True)]
        assert dataset.distance(dataset.names()[3]).shape == (1, 3)
        assert calls[1:] == [(4, 0, True)]

    def test_default_folder_is_the_cache_one_per_seed(self, tmp_path, monkeypatch):
        monkeypatch.setenv("AFFINITY_BENCH_CACHE", str(tmp_path))
        assert Street().root.parent == Street(seed=1).root.parent == tmp_path
        assert Street().root != Street(seed=1).root
        monkeypatch.delenv("AFFINITY_BENCH_CACHE")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert Street().root.parent == tmp_path / "home/.cache/affinity-bench"

    def test_generated_scenes_are_read(self, street_root):
        dataset = Street(street_root, count=2)
        sample = dataset.read("street_000000_000019")
        assert sample.size == (512, 1024) and dataset.stride == 2
        assert sample.source.is_file()
        assert Cityscapes(street_root).names() == dataset.names()

    def test_folder_of_another_seed_is_refused(self, street_root):
        with pytest.raises(InputError, match=r"street: root: .*seed"):
            Street(street_root, count=2, seed=1).read("street_000000_000019")

    @pytest.mark.parametrize("wrong", [{"split": "test"}, {"count": 0}, {"seed": -1}, {"root": 3}])
    def test_wrong_parameter_is_named(self, wrong):
        with pytest.raises(InputError, match=f"^{next(iter(wrong))}: expected"):
            Street(**wrong)
