import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

import affinity_models.data
import partitioners.registry
from partitioners import InputError, Registry, create, needs


@dataclass(frozen=True)
class Thing:
    """A thing.

    More about it.
    """

    size: int
    colour: str = "red"


@pytest.fixture
def registry():
    result = Registry("thing", "a_group_that_nobody_uses")
    result.register("thing")(Thing)
    return result


def with_plugins(monkeypatch, **loaders):
    """Let entry points of the given names call the given functions when loaded."""
    points = [SimpleNamespace(name=name, value=f"{name}_package", load=load) for name, load in loaders.items()]
    monkeypatch.setattr(partitioners.registry, "entry_points", lambda group: points if group == "a_group" else [])
    return Registry("thing", "a_group")


def test_create_and_describe(registry):
    assert registry.create("thing", size=3) == Thing(3, "red")
    assert registry.names() == ["thing"]
    assert registry.entry("thing").summary == "A thing."
    assert registry.entry("thing").parameters == ("size", "colour")
    assert registry.unavailable("thing") is None


def test_names_are_sorted_and_one_class_may_have_two(registry):
    registry.register("another")(Thing)
    assert registry.names() == ["another", "thing"]
    assert registry.create("another", size=1) == registry.create("thing", size=1)


def test_register_returns_what_it_decorates(registry):
    assert registry.register("again")(Thing) is Thing


def test_duplicates_are_refused(registry):
    with pytest.raises(InputError, match=r"thing name 'thing' is taken by .*Thing"):
        registry.register("thing")(dict)
    assert registry.create("thing", size=1) == Thing(1)


@pytest.mark.parametrize("call", ["create", "entry", "unavailable"])
def test_unknown_names_get_a_suggestion(registry, call):
    with pytest.raises(InputError, match=r"thing: no 'thin'; did you mean 'thing'\? There are thing$"):
        getattr(registry, call)("thin")


def test_parameters(registry):
    with pytest.raises(
        InputError, match=r"thing: no parameter 'color'; did you mean 'colour'\? It takes size, colour$"
    ):
        registry.create("thing", size=1, color="blue")
    with pytest.raises(InputError, match="thing: needs the parameter 'size'"):
        registry.create("thing", colour="blue")
    registry.register("plain")(object)
    with pytest.raises(InputError, match=r"plain: no parameter 'zzz'. It takes none$"):
        registry.create("plain", zzz=1)


def test_create_takes_expressions(registry):
    assert registry.create("thing(size=3, colour='dark red')") == Thing(3, "dark red")
    assert registry.create("thing(size=3, colour=blue)", size=4) == Thing(4, "blue")
    with pytest.raises(InputError, match=r"thing: no parameter 'color'"):
        registry.create("thing(size=1, color=blue)")


def test_steps_are_expressions():
    step = create("gaec", threshold=0.6)
    expected = create("cascade-gaec", affinity=step, grouping=None)
    assert create("cascade-gaec(affinity=gaec(threshold=0.6), grouping=None)") == expected
    assert create("cascade-gaec", affinity="gaec(threshold=0.6)", grouping=None) == expected
    assert create("cascade-gaec(affinity=gas, grouping=None)", affinity=step) == expected
    assert create("gas", rest="gaec(threshold=0.6)").rest == step
    inner = "cascade-gaec(affinity=gaec(threshold=0.6), grouping=None)"
    assert create("rescored", partitioner=inner).partitioner == expected


def test_models_and_data_sets_are_expressions(nuclei_root):
    assert affinity_models.create("oracle(noise=0.5)", seed=3) == affinity_models.Oracle(0.5, 3)
    assert affinity_models.data.create(f"nuclei(root='{nuclei_root}')", stride=2).stride == 2


def test_what_is_unavailable_is_listed_with_its_reason(registry):
    registry.register("gone", unavailable=needs("no_such_package", "sys", extra="peers"))(Thing)
    reason = "needs no_such_package: pip install 'affinity-bench[peers]'"
    assert registry.names() == ["gone", "thing"]
    assert registry.unavailable("gone") == reason
    assert registry.entry("gone").packages == ("no_such_package", "sys") and registry.entry("thing").packages == ()
    with pytest.raises(InputError) as raised:
        registry.create("gone", size=1)
    assert str(raised.value) == f"thing 'gone' is unavailable: {reason}"


def test_what_is_installed_is_available():
    assert needs("json", "numpy", extra="peers")() is None


def test_plugins_register_when_first_asked_for(monkeypatch):
    calls = []

    def load():
        calls.append(1)
        registry.register("plugged")(Thing)

    registry = with_plugins(monkeypatch, plug=load)
    assert not calls
    assert registry.create("plugged", size=2) == Thing(2)
    assert registry.names() == ["plugged"] and calls == [1]


def test_a_broken_plugin_is_a_name_with_a_reason(monkeypatch):
    def fail():
        raise ImportError("no numbers today")

    registry = with_plugins(monkeypatch, broken=fail, fine=lambda: registry.register("fine")(Thing))
    assert registry.names() == ["broken", "fine"]
    assert registry.create("fine", size=1) == Thing(1)
    assert "broken_package failed to load: ImportError('no numbers today')" in registry.unavailable("broken")
    with pytest.raises(InputError, match="thing 'broken' is unavailable: its plug-in broken_package failed"):
        registry.create("broken")


def test_a_plugin_cannot_take_a_name(monkeypatch):
    registry = with_plugins(monkeypatch, thief=lambda: registry.register("mine")(dict))
    registry.register("mine")(Thing)
    assert registry.names() == ["mine", "thief"]
    assert registry.create("mine", size=1) == Thing(1)
    assert "is taken" in registry.unavailable("thief")


def test_import_loads_nothing_heavy():
    heavy = {"torch", "networkx", "igraph", "scipy", "pandas", "matplotlib", "sklearn", "skimage"}
    code = f"import sys, partitioners; partitioners.names(); print(*({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
