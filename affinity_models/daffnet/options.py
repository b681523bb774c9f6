"""All options of a network and of its training, and the option files that hold them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from affinity_models.daffnet.backbones import BACKBONES
from partitioners import checks
from partitioners.errors import InputError
from partitioners.graph import Offsets, check_offsets
from partitioners.pyramid import NEIGHBOURS

RECIPES = Path(__file__).parent / "recipes"
LEVELS = 4
SIZES = ("depth", "width")
"""The parameters of a backbone that comes in several sizes."""
DEPTHS = (18, 34, 50, 101)
STRIDES = (1, 2, 4)
HEADS = ("semantic", "affinity", "embedding")
UNIT = 64
"""Tiles and overlaps are multiples of it: one or more pixels of the coarsest level, whatever the stride."""
T = TypeVar("T")


def window(radius: int) -> Offsets:
    """Return the offsets of a square window of 2 · radius + 1 pixels, half of them."""
    reach = range(-radius, radius + 1)
    return tuple((dy, dx) for dy in reach for dx in reach if (dy, dx) > (0, 0))


def rays(distances: tuple[int, ...]) -> Offsets:
    """Return the offsets in eight directions at each distance, half of them."""
    return tuple((distance * dy, distance * dx) for distance in distances for dy, dx in window(1))


NEIGHBOURHOODS: dict[str, Offsets] = {"daffnet": NEIGHBOURS, "ssap": window(2), "gmis": rays((1, 2, 4, 8, 16, 32, 64))}
"""The offsets for which an affinity head predicts (Fig. 2 of Deep Affinity Net), of two opposite ones one.

DaffNet: the 4 neighbours. SSAP (Gao et al., ICCV 2019): a 5 × 5 window, 24 neighbours.
GMIS (Liu et al., ECCV 2018): 8 directions at 7 distances, 56 neighbours."""


def sizes_of(backbone: str) -> list[str]:
    """Return those of `SIZES` that a backbone takes.

    Raises:
        InputError: no backbone has this name.
    """
    return [name for name in SIZES if name in BACKBONES.entry(backbone).parameters]


@dataclass(frozen=True)
class NetworkOptions:
    """The options that a DaffNet is built from.

    Args:
        depth: layers of the ResNet: 18, 34, 50 or 101; 0 for a backbone of a single size.
        width: channels of its first convolution, 64 in the ResNets of torchvision; 0 likewise.
        features: channels of each level's shared output, which the heads take.
        channels: k, channels of the grouping embedding.
        stride: image pixels per pixel of level 1: 4 as in the paper, 2 or 1 for small objects.
        neighbourhood: the neighbourhood of the affinities: "daffnet", "ssap" or "gmis".
        offsets: pairs (dy, dx) in place of a named neighbourhood, one of two opposite ones.
        position_unit: image pixels to a unit of the position that is added to the first two channels of each embedding,
            which makes it semi-convolutional (see `affinity_models.daffnet.network.with_position`); 0 for none, as in the paper.
        tile, overlap: side of the tiles in which images are predicted, and what neighbours share, in pixels,
            multiples of 64. A network that was trained on small crops does better on small tiles.
        views: number of positions in which an image is predicted, for the mean: 1, 2 (and mirrored), 4 (and upside down)
            or 8 (and turned), in as many times the time.
        backbone: a name among `BACKBONES`.

    Raises:
        InputError: an option is not as above.
    """

    depth: int = 101
    width: int = 64
    features: int = 256
    channels: int = 32
    stride: int = 4
    neighbourhood: str = "daffnet"
    offsets: Offsets = ()
    position_unit: float = 0.0
    tile: int = 1024
    overlap: int = 256
    views: int = 1
    backbone: str = "resnet"

    def __post_init__(self) -> None:
        sizes = sizes_of(self.backbone)
        for name in (*sizes, "features", "channels", "stride", "tile", "overlap", "views"):
            checks.integer(name, getattr(self, name), 1)
        fixed = {name: (0,) for name in SIZES if name not in sizes}
        for name, choices in ({"depth": DEPTHS, "stride": STRIDES, "views": (1, 2, 4, 8)} | fixed).items():
            if getattr(self, name) not in choices:
                of_backbone = f" with the backbone {self.backbone}" * (name in SIZES)
                raise InputError(f"{name}: expected one of {choices}{of_backbone}, got {getattr(self, name)}")
        checks.number("position_unit", self.position_unit, 0)
        if self.position_unit and self.channels < 2:
            raise InputError(f"channels: expected at least 2, to which a position is added, got {self.channels}")
        if self.tile % UNIT or self.overlap % UNIT or not 0 < self.overlap < self.tile:
            raise InputError(
                f"tile, overlap: expected multiples of {UNIT}, tiles being larger, got {self.tile} and {self.overlap}"
            )
        checks.choice("neighbourhood", self.neighbourhood, NEIGHBOURHOODS)
        offsets = self.offsets or NEIGHBOURHOODS[self.neighbourhood]
        object.__setattr__(self, "offsets", check_offsets(offsets, len(offsets)))


@dataclass(frozen=True)
class TrainingOptions:
    """How a DaffNet is trained; the defaults are those of section 4.3 of the paper.

    Args:
        semantic_iterations: the iterations of phase one, with the semantic loss alone.
        iterations: the iterations of phase two, with all losses.
        batch: images per iteration, over all processes.
        crop: height and width of the random crop, in pixels of the scaled image.
        scale: the smallest and the largest factor by which images are scaled.
        object_share: the share of crops that are laid around a random object; the others are laid anywhere. Its class
            is drawn first, evenly from all, then an image with it, so that rare classes and small objects are seen more
            often.
        turns: True to flip upside down and turn by 90 degrees as well, for images that have no up.
        colour: standard deviation of random changes of gamma, contrast and brightness; 0 for none.
        rate: base learning rate.
        momentum, decay: the parameters of SGD; weights are decayed, biases and normalisation too.
        warm_up: iterations of each phase over which the rate rises linearly.
        constant: iterations of each phase with the base rate, thereafter it falls to 0 as (1 - t) ** power.
        power: the exponent of that poly rule.
        clip: largest norm of the gradient.
        semantic_weight, push_weight, pull_weight: the weights of the losses, the same on all levels.
        boundary_weights, solid_weights: the weights of the affinity losses, level 1 first.
        only: the heads that are trained, of "semantic", "affinity" and "embedding", everything else staying as it is, which
            takes half the time; none for the whole network.
        freeze_normalisation: True to use the running statistics of normalisation, and not to change them.
        bf16: True to compute convolutions in bfloat16, where the device is fast at it.
        workers: processes that read images; 0 reads in the training process.
        cached: images that each of these keeps in memory once they are read.
        seed: the seed of initial weights, order and augmentation.
        holdout: number of images, evenly spread over the data set, that are not trained on but give the AP shown.
        validate_every: iterations between two validations; 0 for none but the last.
        save_every: iterations between two checkpoints.

    Raises:
        InputError: an option is not as above.
    """

    semantic_iterations: int = 55_500
    iterations: int = 55_500
    batch: int = 16
    crop: tuple[int, int] = (513, 1025)
    scale: tuple[float, float] = (0.7, 1.3)
    object_share: float = 0.0
    turns: bool = False
    colour: float = 0.0
    rate: float = 0.01
    momentum: float = 0.9
    decay: float = 5e-4
    warm_up: int = 1000
    constant: int = 10_000
    power: float = 0.9
    clip: float = 10.0
    semantic_weight: float = 2.0
    push_weight: float = 0.5
    pull_weight: float = 0.5
    boundary_weights: tuple[float, ...] = (0.25, 0.5, 1.0, 1.0)
    solid_weights: tuple[float, ...] = (0.25, 0.5, 1.0, 1.0)
    only: tuple[str, ...] = ()
    freeze_normalisation: bool = False
    bf16: bool = True
    workers: int = 0
    cached: int = 0
    seed: int = 0
    holdout: int = 0
    validate_every: int = 0
    save_every: int = 500

    def __post_init__(self) -> None:
        for name in (
            "semantic_iterations",
            "iterations",
            "warm_up",
            "constant",
            "workers",
            "cached",
            "seed",
            "holdout",
        ):
            checks.integer(name, getattr(self, name), 0)
        for name, low in {"batch": 1, "validate_every": 0, "save_every": 1}.items():
            checks.integer(name, getattr(self, name), low)
        for name in ("colour", "rate", "momentum", "decay", "power", "clip"):
            checks.number(name, getattr(self, name), 0)
        checks.number("object_share", self.object_share, 0, 1)
        for name, length in {"crop": 2, "scale": 2, "boundary_weights": LEVELS, "solid_weights": LEVELS}.items():
            values = tuple(getattr(self, name))
            if len(values) != length or min(values) < 0:
                raise InputError(f"{name}: expected {length} numbers of at least 0, got {values}")
            object.__setattr__(self, name, values)
        for head in self.only:
            checks.choice("only", head, HEADS)
        if min(self.crop) < 1 or not 0 < self.scale[0] <= self.scale[1]:
            raise InputError(f"crop, scale: expected a size and an interval, got {self.crop} and {self.scale}")

    @property
    def total(self) -> int:
        """Iterations of both phases."""
        return self.semantic_iterations + self.iterations

    def learning_rate(self, iteration: int) -> float:
        """Return the rate of an iteration of 0 … total - 1; each of the two phases has a schedule of its own.

        It rises linearly, is constant, then follows the poly rule (section 4.3). Poly is Chen et al., "Encoder-Decoder with
        Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018; warm-up Goyal et al., "Accurate, Large
        Minibatch SGD", 2017.
        """
        step, length = iteration, self.semantic_iterations
        if iteration >= self.semantic_iterations:
            step, length = iteration - self.semantic_iterations, self.iterations
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        falling = step - self.warm_up - self.constant
        if falling < 0:
            return self.rate
        rate: float = self.rate * (1 - falling / (length - self.warm_up - self.constant)) ** self.power
        return rate


NETWORKS = {
    "daffnet-r101": NetworkOptions(),
    "daffnet-small": NetworkOptions(depth=18, width=32, features=32, stride=2),
}
"""The paper's network, and one that a CPU can train."""


@dataclass(frozen=True)
class Run:
    """One training, or one stage of it.

    Args:
        dataset: name of the data set.
        parameters: the parameters of the data set.
        network, training: the options of both.
        backbone: the state dict of a classifier of ImageNet to start from, torchvision's for the ResNet; None for the one
            that the backbone's package has, and random weights where it has none.
        initial: a DaffNet of the same backbone to start from; of its other tensors, those that fit are taken; None for none.
        use: the images that the network is made for, and those that it is not, in words to follow "made" in a sentence for
            its users; empty if unknown.
    """

    dataset: str
    parameters: dict[str, Any]
    network: NetworkOptions
    training: TrainingOptions
    backbone: Path | None = None
    initial: Path | None = None
    use: str = ""


def read_stages(name: str) -> list[Run]:
    """Return the training that an option file describes: its stages, each of which begins with the weights of the one before.

    Args:
        name: the name of a file in `recipes/`, without extension, or the path of a TOML file. Its tables are `dataset`
            (name, and what that data set takes), `network` (base, one of `NETWORKS`, and options that differ) and
            `training`; `use` is a text. Each of the tables `stages` describes one more stage by options of `network`
            and `training` that differ from those of the stage before; it has no phase one unless it says so.

    Raises:
        InputError: there is no such file, it is no TOML, or a table or option is unknown or not as it must be.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.exists():
        recipes = sorted(file.stem for file in RECIPES.glob("*.toml"))
        raise InputError(f"run: expected one of {', '.join(recipes)} or the path of a .toml file, got {name!r}")
    try:
        return _stages(parse_toml(path.read_text(encoding="utf-8")))
    except (InputError, TypeError) as error:
        raise InputError(f"{path}: {error}") from None


def _stages(tables: dict[str, Any]) -> list[Run]:
    for table in tables:
        checks.choice("table", table, ("dataset", "network", "training", "stages", "use"))
    dataset = dict(tables.get("dataset", {}))
    network = dict(tables.get("network", {}))
    base = checks.choice("base", network.pop("base", "daffnet-small"), NETWORKS)
    if "name" not in dataset:
        raise InputError("dataset: expected a name, got none")
    run = Run(dataset.pop("name"), dataset, NETWORKS[base], TrainingOptions(), use=str(tables.get("use", "")))
    stages = [_with_tables(run, network, tables.get("training", {}))]
    for number, stage in enumerate(tables.get("stages", []), 2):
        for table in stage:
            checks.choice(f"stage {number}: table", table, ("network", "training"))
        training = {"semantic_iterations": 0, **stage.get("training", {})}
        stages.append(_with_tables(stages[-1], stage.get("network", {}), training))
    return stages


def _with_tables(run: Run, network: dict[str, Any], training: dict[str, Any]) -> Run:
    return replace(run, network=with_changes(run.network, network), training=with_changes(run.training, training))


def changed(run: Run, dataset: str | None, parameters: dict[str, Any], assignments: Sequence[str]) -> Run:
    """Return a run with other options.

    Args:
        run: the run.
        dataset: another data set's name, whose parameters replace those of the run, or None.
        parameters: the parameters of the data set.
        assignments: each "network.OPTION=VALUE", "training.OPTION=VALUE" or "dataset.PARAMETER=VALUE" with a TOML value.

    Raises:
        InputError: an assignment is not as above.
    """
    inherited = run.parameters if dataset in (None, run.dataset) else {}
    changes: dict[str, dict[str, Any]] = {"dataset": {**inherited, **parameters}, "network": {}, "training": {}}
    for assignment in assignments:
        target, _, value = assignment.partition("=")
        table, _, option = target.partition(".")
        checks.choice("--set: table", table, changes)
        try:
            changes[table][option] = parse_toml(f"value = {value}")["value"]
        except InputError:
            raise InputError(
                f"--set: {target}: expected a value as TOML, such as 3, 0.5 or '\"text\"', got {value}"
            ) from None
    run = _with_tables(run, changes["network"], changes["training"])
    return replace(run, dataset=dataset or run.dataset, parameters=changes["dataset"])


def with_changes(options: T, changes: dict[str, Any]) -> T:
    """Return `options` with some of its fields replaced.

    Raises:
        InputError: there is no such option, or its value is not as it must be.
    """
    values = {item.name: getattr(options, item.name) for item in fields(options)}  # type: ignore[arg-type]
    for name, value in changes.items():
        checks.choice("option", name, values)
        expected = type(values[name])
        if expected in (bool, str) and not isinstance(value, expected):
            raise InputError(f"{name}: expected {expected.__name__}, got {value!r}")
    if "backbone" in changes:
        values |= {name: 0 for name in SIZES if name not in sizes_of(changes["backbone"])}
    if "neighbourhood" in changes and "offsets" not in changes:
        values["offsets"] = ()
    frozen = {name: _tuples(value) for name, value in changes.items()}
    return type(options)(**{**values, **frozen})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises:
        InputError: it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        tables: dict[str, Any] = tomllib.loads(text)
        return tables
    except ValueError as error:
        raise InputError(f"expected TOML: {error}") from None
