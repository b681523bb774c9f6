"""Options and option files; the schedule of the learning rate."""

from pathlib import Path

import pytest

from affinity_models.daffnet.options import (
    NEIGHBOURHOODS,
    NETWORKS,
    RECIPES,
    TrainingOptions,
    changed,
    read_stages,
    with_changes,
)
from partitioners import InputError


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_published_runs_are_valid(path: Path) -> None:
    assert read_stages(path.stem) == read_stages(str(path))


def test_the_paper_s_run() -> None:
    (run,) = read_stages("daffnet-r101")
    assert run.network == NETWORKS["daffnet-r101"]
    options = run.training
    assert (options.crop, options.batch, options.iterations) == ((513, 1025), 16, 55_500)
    assert (options.rate, options.decay, options.scale) == (0.01, 5e-4, (0.7, 1.3))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[training]\nrate = 1", "dataset: expected a name"),
        ("[dataset]\nname = 'x'\n[trainig]", "did you mean 'training'"),
        ("[dataset]\nname = 'x'\n[training]\nratte = 1", "did you mean 'rate'"),
        ("[dataset]\nname = 'x'\n[training]\nrate = 'a'", "rate: expected a finite number"),
        ("[dataset]\nname = 'x'\n[training]\nbf16 = 1", "bf16: expected bool"),
        ("[dataset]\nname = 'x'\n[training]\nonly = ['embeding']", "did you mean 'embedding'"),
        ("[dataset]\nname = 'x'\n[training]\ncrop = [1, 2, 3]", "crop: expected 2 numbers"),
        ("[dataset]\nname = 'x'\n[network]\ndepth = 19", "depth: expected one of"),
        ("[dataset]\nname = 'x'\n[network]\nbackbone = 'resnett'", "did you mean 'resnet'"),
        (
            "[dataset]\nname = 'x'\n[network]\nbackbone = 'efficientnet-lite0'\ndepth = 18",
            r"depth: .* of \(0,\) .* got 18",
        ),
        ("[dataset]\nname = 'x'\n[network]\nstride = 3", "stride: expected one of"),
        ("[dataset]\nname = 'x'\n[network]\nposition_unit = -1", "position_unit: expected a number in"),
        ("[dataset]\nname = 'x'\n[network]\nposition_unit = 1\nchannels = 1", "channels: expected at least 2"),
        ("[dataset]\nname = 'x'\n[network]\noffsets = [[0, 0]]", "offsets"),
        ("no toml", "expected TOML"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem) as refused:
        read_stages(str(path))
    assert str(path) in str(refused.value)


def test_a_stage_differs_from_the_one_before_and_has_no_phase_one(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    text = """
        [dataset]
        name = "nuclei"
        [network]
        stride = 2
        [training]
        semantic_iterations = 5
        iterations = 10
        [[stages]]
        network = {stride = 1, position_unit = 8.0}
        training = {rate = 0.5}
        [[stages]]
        training = {semantic_iterations = 1, iterations = 2}
    """
    path.write_text(text)
    runs = read_stages(str(path))
    assert [run.network.stride for run in runs] == [2, 1, 1]
    assert [run.network.position_unit for run in runs] == [0, 8, 8]
    assert [(run.training.semantic_iterations, run.training.iterations) for run in runs] == [(5, 10), (0, 10), (1, 2)]
    assert [run.training.rate for run in runs] == [0.01, 0.5, 0.5]
    path.write_text(text + "dataset = {}")
    with pytest.raises(InputError, match="stage 3: table: expected one of network, training, got 'dataset'"):
        read_stages(str(path))


def test_unknown_run_lists_those_there_are() -> None:
    with pytest.raises(InputError, match="daffnet-r101, nuclei, street"):
        read_stages("no-such")


def test_changes_of_a_command_line() -> None:
    assignments = ["network.channels=8", "training.boundary_weights=[1, 1, 1, 1]", "dataset.count=3"]
    run = changed(read_stages("street")[0], None, {}, assignments)
    assert run.network.channels == 8 and run.training.boundary_weights == (1, 1, 1, 1)
    assert run.parameters == {"split": "train", "count": 3}
    assert changed(run, "cityscapes", {"root": "x"}, []).parameters == {"root": "x"}
    assert changed(run, None, {}, ["network.neighbourhood='ssap'"]).network.offsets == NEIGHBOURHOODS["ssap"]
    assert changed(run, None, {}, ["network.offsets=[[3, 0]]"]).network.offsets == ((3, 0),)
    with pytest.raises(InputError, match=r"--set: training.rate: expected a value as TOML, .* got fast"):
        changed(run, None, {}, ["training.rate=fast"])
    with pytest.raises(InputError, match="did you mean 'training'"):
        changed(run, None, {}, ["trainin.rate=1"])


def test_a_backbone_of_a_single_size_has_no_depth_and_width() -> None:
    small = NETWORKS["daffnet-small"]
    other = with_changes(small, {"backbone": "efficientnet-lite0"})
    assert (other.depth, other.width, other.features) == (0, 0, small.features)
    assert with_changes(other, {"backbone": "resnet", "depth": 18, "width": 32}) == small
    with pytest.raises(InputError, match="depth: expected a whole number of at least 1, got 0"):
        with_changes(other, {"backbone": "resnet"})


def test_rate_warms_up_stays_and_falls_in_each_phase() -> None:
    options = TrainingOptions(semantic_iterations=20, iterations=40, warm_up=4, constant=6, rate=0.4, power=0.9)
    rates = [options.learning_rate(iteration) for iteration in range(60)]
    assert rates[:4] == pytest.approx([0.1, 0.2, 0.3, 0.4]) == rates[20:24]
    assert set(rates[4:11]) == {0.4} == set(rates[24:31])
    assert rates[15] == pytest.approx(0.4 * 0.5**0.9) == rates[45]
    assert sorted(rates[10:20], reverse=True) == rates[10:20] and 0 < rates[59] < 0.02


def test_short_phases_end_before_the_rate_falls() -> None:
    options = TrainingOptions(semantic_iterations=2, iterations=3, warm_up=4, constant=6)
    assert [options.learning_rate(iteration) for iteration in range(5)] == pytest.approx(
        [0.0025, 0.005, 0.0025, 0.005, 0.0075]
    )
