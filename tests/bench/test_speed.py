"""The speed benchmark: its inputs, its peers, its arithmetic, and its command line."""

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from affinity_models import cli
from affinity_models.data.street.dataset import CACHE_VARIABLE
from affinity_models.metrics.partition import label_error, multicut_energy
from affinity_models.oracle import long_range
from bench.speed import __main__ as command
from bench.speed import competitors, flat, jitter, timing
from bench.speed.competitors import ALL_COMPETITORS, COMPETITORS, MUTEX_COMPETITORS, OURS, Competitor, given
from bench.speed.inputs import INPUTS, Input, make, neurites
from bench.speed.peak import peak
from bench.speed.settings import QUICK
from partitioners import NEIGHBOURS, InputError, create, grid_graph

SMALL = (96, 128)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of street scenes of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def quick_run(scenes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a quick run of all sections writes."""
    output = tmp_path_factory.mktemp("speed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            command, "QUICK", replace(QUICK, box=0.02, shape=(64, 128), volumes=((8, 24, 24),), heights=(64,))
        )
        command.main(["--quick", "--inputs", "noisy-16", "smooth-16", "--output", str(output)])
    return output


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_depend_on_name_size_and_seed_alone(name: str) -> None:
    first, again, other = make(name, SMALL, 3), make(name, SMALL, 3), make(name, SMALL, 4)
    assert np.array_equal(first.affinity, again.affinity)
    assert np.array_equal(first.truth, again.truth)
    assert not np.array_equal(first.truth, other.truth)
    assert first.affinity.shape == (2, *SMALL)
    assert first.affinity.dtype == np.float32
    assert first.affinity.min() >= 0 and first.affinity.max() <= 1


@pytest.mark.parametrize("name", INPUTS)
def test_long_affinities_are_high_inside_of_segments_and_change_no_others(name: str) -> None:
    made, offsets = make(name, SMALL, 3, long_range(2)), long_range(2)
    assert np.array_equal(made.affinity[:2], make(name, SMALL, 3).affinity)
    for affinity, (down, right) in zip(made.affinity[2:], offsets[2:], strict=True):
        ends = made.truth[: SMALL[0] - down, : SMALL[1] - right], made.truth[down:, right:]
        assert ((affinity[: SMALL[0] - down, : SMALL[1] - right] > 0.5) == (ends[0] == ends[1])).mean() > 0.9


def test_a_volume_has_neurites_and_affinities_of_all_lengths() -> None:
    made = neurites((8, 24, 24), 3)
    assert made.name == "neurites-8x24x24" and made.affinity.shape == (12, 8, 24, 24) and made.truth.max() > 3
    assert np.array_equal(made.affinity, neurites((8, 24, 24), 3).affinity)
    assert not np.array_equal(made.truth, neurites((8, 24, 24), 4).truth)


@pytest.mark.parametrize(("name", "segments"), [("noisy-16", 512), ("smooth-128", 8), ("noisy-512", 2)])
def test_segments_are_as_large_as_the_name_says(name: str, segments: int) -> None:
    truth = make(name, (256, 512)).truth
    assert np.unique(truth).tolist() == list(range(segments))
    pieces = grid_graph(np.stack([_same(truth, 0, 1), _same(truth, 1, 0)]), NEIGHBOURS)
    assert multicut_energy(pieces, truth.ravel()) < 0  # cut where labels differ, and nowhere else


def _same(labels: np.ndarray, down: int, right: int) -> np.ndarray:
    return (labels == np.roll(labels, (-down, -right), (0, 1))).astype(np.float32)


def test_noisy_affinities_err_at_one_edge_in_fifty_and_have_no_ties() -> None:
    made = make("noisy-128", (512, 512))
    right, inside = made.affinity[0, :, :-1], made.truth[:, 1:] == made.truth[:, :-1]
    assert ((right > 0.5) != inside).mean() == pytest.approx(0.0228, abs=0.001)
    assert len(np.unique(right)) > 0.9 * right.size


def test_smooth_affinities_are_half_precise_tied_and_saturated() -> None:
    affinity = make("smooth-128", (512, 512)).affinity
    assert np.array_equal(affinity, affinity.astype(np.float16))
    assert (affinity == 1).mean() > 0.05
    assert (affinity[:, :-1, :-1] < 0.5).mean() == pytest.approx(0.02, abs=0.015)


def test_no_such_input() -> None:
    with pytest.raises(InputError, match="noisy-17"):
        make("noisy-17", SMALL)


@pytest.mark.parametrize("competitor", COMPETITORS, ids=lambda one: f"{one.name}, {one.linkage}")
def test_peers_compute_the_same_where_nothing_is_tied(
    competitor: Competitor, capfd: pytest.CaptureFixture[str]
) -> None:
    if competitor.unavailable:
        pytest.skip(competitor.unavailable)
    made = make("noisy-16", SMALL)
    labels = competitor.cut(made.affinity).labels.astype(np.int64)
    expected = competitors.ours(made.affinity, competitor.linkage).labels
    assert labels.shape == SMALL
    assert label_error(expected, labels).are <= (0 if competitor.exact else 0.01)
    graph = grid_graph(made.affinity, NEIGHBOURS)
    if competitor.linkage == "sum":
        assert multicut_energy(graph, labels.ravel()) == pytest.approx(multicut_energy(graph, expected.ravel()))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "made", [make("noisy-16", SMALL, 0, long_range(2)), neurites((8, 24, 24))], ids=lambda one: one.name
)
@pytest.mark.parametrize("competitor", ALL_COMPETITORS, ids=lambda one: f"{one.name}, {one.linkage}")
def test_peers_compute_the_same_on_long_offsets_and_volumes(competitor: Competitor, made: Input) -> None:
    if competitor.unavailable:
        pytest.skip(competitor.unavailable)
    affinity = given(made.affinity, competitor.linkage)
    expected, labels = competitors.ours(affinity, competitor.linkage).labels, competitor.cut(affinity).labels
    assert labels.shape == made.truth.shape
    assert label_error(expected, labels.astype(np.int64)).are <= (0 if competitor.exact else 0.02)


def test_the_mutex_watershed_is_given_neighbours_that_attract_and_others_that_repel() -> None:
    affinity = make("noisy-16", SMALL, 0, long_range(2)).affinity
    of_the_source = create("mutex-watershed(attractive=2)").partition(grid_graph(affinity, long_range(2)))
    labels = MUTEX_COMPETITORS[0].cut(given(affinity, MUTEX_COMPETITORS[0].linkage)).labels
    assert label_error(of_the_source, labels.ravel()).vi == 0


def test_tasks_run_in_turn_until_their_time_is_spent() -> None:
    now, order = [0.0], []

    def task(name: str, seconds: float) -> None:
        order.append(name)
        now[0] += seconds
        if name == "broken":
            raise MemoryError("no memory")

    costs = {"slow": 9.0, "fast": 1.0, "broken": 0.5, "medium": 4.0}
    tasks = {name: lambda name=name, cost=cost: task(name, cost) for name, cost in costs.items()}
    runs = timing.alternate(tasks, box=8, most=3, clock=lambda: now[0])
    assert order == ["slow", "fast", "broken", "medium", "fast", "medium", "fast"]
    assert {name: found.seconds for name, found in runs.items()} == {
        "slow": [9], "fast": [1, 1, 1], "broken": [], "medium": [4, 4],
    }  # fmt: skip
    assert "no memory" in runs["broken"].error
    assert np.isnan(runs["broken"].median)


@pytest.mark.skipif(len(timing.cores()) < 2, reason="one core")
def test_pinning_ends() -> None:
    before = timing.cores()
    with timing.pinned():
        assert timing.cores() <= {max(before)}
    assert timing.cores() == before


def test_ratios_are_to_the_same_linkage_of_ours() -> None:
    one = {(one.name, one.linkage): one for one in COMPETITORS}
    average, other = one[OURS, "average"], one[OURS, "sum"]
    exact, binned, peer = (
        one["waterz", "average"], one["waterz, 256 bins", "average"], one["bioimage-cpp GAEC", "sum"],
    )  # fmt: skip
    seconds = {average: [2.0, 1.0, 9.0], other: [5.0], exact: [7.0], binned: [1.0], peer: [10.0]}
    found = {competitor: timing.Runs(times) for competitor, times in seconds.items()}
    assert flat.ratio(found[exact].median, found[average].median) == 3.5
    assert [flat.speedup(found, competitor) for competitor in (average, other)] == [3.5, 2]
    assert np.isnan(flat.speedup(found, exact))
    assert np.isnan(flat.speedup({average: found[average], binned: found[binned]}, average))
    assert np.isnan(flat.ratio(1.0, np.nan))


def test_peak_memory_counts_what_is_freed_again() -> None:
    numbers = np.ones(4_000_000)
    found = peak(np.var, np.ones(10), numbers)  # its deviations from the mean are one more array
    assert found.output == 8
    assert found.beyond_input == pytest.approx(numbers.nbytes, rel=0.1)


def test_jitter_is_seeded_small_and_within_bounds() -> None:
    affinity = np.array([[[0.0, 0.5, 1.0]]], np.float32).repeat(100, axis=1)
    moved = jitter.jittered(affinity, 0)
    assert np.array_equal(moved, jitter.jittered(affinity, 0))
    assert not np.array_equal(moved, jitter.jittered(affinity, 1))
    assert 0 < np.abs(moved - affinity).max() < 1.1e-6
    assert moved.min() >= 0 and moved.max() <= 1


def test_a_missing_peer_is_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(competitors, "version", missing)
    settings = replace(QUICK, inputs=("smooth-16",), shape=SMALL, jitter_shape=SMALL)
    for table in (flat.measure(settings), jitter.measure(settings)):
        assert len(table) == len(COMPETITORS)
        ours = table["competitor"] == OURS
        assert table["note"][~ours].str.contains("pip install").all()
        assert (table["note"][ours] == "").all()
        assert table.loc[~ours, "ARE"].isna().all() and table.loc[ours, "ARE"].notna().all()


def test_a_failing_peer_costs_its_line_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(affinity: np.ndarray) -> competitors.Cut:
        raise MemoryError("no memory")

    broken = Competitor("broken", "sum", fail, "numpy")
    for module in (flat, jitter):
        monkeypatch.setattr(module, "COMPETITORS", (*COMPETITORS[:3], broken))
    settings = replace(QUICK, inputs=("smooth-16",), shape=SMALL, jitter_shape=SMALL)
    for table in (flat.measure(settings), jitter.measure(settings)):
        assert [bool(note) for note in table["note"]] == [False, False, False, True]
        assert "no memory" in table["note"].iloc[-1]


@pytest.mark.slow
def test_a_quick_run_writes_all_sections(quick_run: Path) -> None:
    tables = {path.stem: pd.read_csv(path) for path in quick_run.glob("*.csv")}
    assert set(tables) == set(command.SECTIONS)
    for table in tables.values():
        assert table.drop(columns="note").notna().any(axis=1).all()
    assert {path.name for path in quick_run.iterdir()} - {f"{name}.csv" for name in tables} == {
        "speed.md", "origin.json", "flat.png", "memory.png", "mutex.png", "volumes.png",
    }  # fmt: skip
    for name, n_ours in (("flat", 6), ("mutex", 2), ("volumes", 5)):
        ours = tables[name][tables[name]["competitor"] == OURS]
        assert len(ours) == n_ours and (ours[["ratio", "identical", "VI_to_ours"]] == [1, True, 0]).all(axis=None)
    assert (tables["volumes"][["depth", "height", "width"]] == [8, 24, 24]).all(axis=None)
    assert "| neurites-8x24x24 | mutex watershed" in (quick_run / "speed.md").read_text()
    cascade = tables["cascade"]
    assert cascade["fragments"].str.fullmatch(r"\d+( \d+){2,3}").all()
    least = cascade[["components_seconds", "read_seconds", "write_seconds"]].sum(axis=1)
    assert cascade["ratio"].to_numpy() == pytest.approx(cascade["seconds"] / least, rel=1e-4)
    assert tables["threads"]["identical"].all()
    assert tables["corrections"]["identical"].all()
    memory = tables["memory"].dropna(subset="bytes_per_pixel")
    is_flat = memory["input"] != "street"
    assert (memory.loc[is_flat, "bytes_per_pixel"] > 0).all()
    assert (memory["bytes_per_pixel"] >= 0).all()  # a small cascade may find room in what is there


@pytest.mark.slow
def test_each_column_is_explained(quick_run: Path) -> None:
    explained = (Path(__file__).parents[2] / "results/README.md").read_text()
    explained = explained[explained.index("## Files of a speed run") :]
    for path in quick_run.glob("*.csv"):
        for column in pd.read_csv(path).columns:
            assert re.search(f"`{column}`", explained), f"{path.stem}: {column}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "flatt"], "did you mean 'flat'"),
        (["--inputs", "noisy-17"], "did you mean 'noisy-1"),
        (["--inputs", "noisy-16"], "jitter needs a smooth one"),
        (["--repeats", "0"], "expected a whole number of at least 1"),
    ],
)
def test_mistakes_end_with_one_line(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda: command.main(options))
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
