"""Options and option files; the schedule of the learning rate."""

from pathlib import Path

import pytest

from affinity_models.daffnet.neighbourhoods import NEIGHBOURHOODS
from affinity_models.daffnet.options import NETWORKS, RECIPES, TrainingOptions, changed, read_run, with_changes
from affinity_models.daffnet.schedule import learning_rate
from partitioners import InputError


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_published_runs_are_valid(path: Path) -> None:
    assert read_run(path.stem) == read_run(str(path))


def test_the_paper_s_run() -> None:
    run = read_run("daffnet-r101")
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
        ("[dataset]\nname = 'x'\n[training]\ncrop = [1, 2, 3]", "crop: expected 2 numbers"),
        ("[dataset]\nname = 'x'\n[network]\ndepth = 19", "depth: expected one of"),
        ("[dataset]\nname = 'x'\n[network]\nbackbone = 'resnett'", "did you mean 'resnet'"),
        (
            "[dataset]\nname = 'x'\n[network]\nbackbone = 'efficientnet-lite0'\ndepth = 18",
            r"depth: .* of \(0,\) .* got 18",
        ),
        ("[dataset]\nname = 'x'\n[network]\nstride = 3", "stride: expected one of"),
        ("[dataset]\nname = 'x'\n[network]\noffsets = [[0, 0]]", "offsets"),
        ("no toml", "expected TOML"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem) as refused:
        read_run(str(path))
    assert str(path) in str(refused.value)


def test_unknown_run_lists_those_there_are() -> None:
    with pytest.raises(InputError, match="daffnet-r101, nuclei, nuclei-efficientnet, street"):
        read_run("no-such")


def test_changes_of_a_command_line() -> None:
    assignments = ["network.channels=8", "training.boundary_weights=[1, 1, 1, 1]", "dataset.count=3"]
    run = changed(read_run("street"), None, {}, assignments)
    assert run.network.channels == 8 and run.training.boundary_weights == (1, 1, 1, 1)
    assert run.parameters == {"split": "train", "count": 3}
    assert changed(run, "cityscapes", {"root": "x"}, []).parameters == {"root": "x"}
    assert changed(run, None, {}, ["network.neighbourhood='ssap'"]).network.offsets == NEIGHBOURHOODS["ssap"]
    assert changed(run, None, {}, ["network.offsets=[[3, 0]]"]).network.offsets == ((3, 0),)
    with pytest.raises(InputError, match="expected TOML"):
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


@pytest.mark.parametrize("name", ["nuclei", "street"])
def test_recipes_of_another_backbone_differ_in_nothing_else(name: str) -> None:
    run, other = read_run(name), read_run(f"{name}-efficientnet")
    assert with_changes(run.network, {"backbone": "efficientnet-lite0"}) == other.network
    assert (run.dataset, run.parameters, run.training) == (other.dataset, other.parameters, other.training)


def test_rate_warms_up_stays_and_falls_in_each_phase() -> None:
    options = TrainingOptions(semantic_iterations=20, iterations=40, warm_up=4, constant=6, rate=0.4, power=0.9)
    rates = [learning_rate(iteration, options) for iteration in range(60)]
    assert rates[:4] == pytest.approx([0.1, 0.2, 0.3, 0.4]) == rates[20:24]
    assert set(rates[4:11]) == {0.4} == set(rates[24:31])
    assert rates[15] == pytest.approx(0.4 * 0.5**0.9) == rates[45]
    assert sorted(rates[10:20], reverse=True) == rates[10:20] and 0 < rates[59] < 0.02


def test_short_phases_end_before_the_rate_falls() -> None:
    options = TrainingOptions(semantic_iterations=2, iterations=3, warm_up=4, constant=6)
    assert [learning_rate(iteration, options) for iteration in range(5)] == pytest.approx(
        [0.0025, 0.005, 0.0025, 0.005, 0.0075]
    )
