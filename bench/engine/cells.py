"""Cells: what is run, where its answers are kept, and what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from affinity_models import AFFINITY_MODELS, AffinityModel
from affinity_models.data import DATASETS, Dataset
from bench.engine.isolation import OUT_OF_MEMORY, TIMEOUT, Limits
from partitioners import PARTITIONERS, Partitioner
from partitioners.arrays import IntegerArray
from partitioners.expressions import Expression, short
from partitioners.files import write_whole
from partitioners.plugin_files import PluginFile, plugin_files

NOBODY = Expression("-")


def key(*parts: Any) -> str:
    """Return hexadecimal digits that change with the parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]


def known(expression: Expression, dataset: Dataset, seed: int) -> dict[str, Any]:
    """Return parameters for models that take them; a shipped network has the name of the data set it was trained on."""
    return {"root": getattr(dataset, "root", None), "weights": expression.name, "seed": seed}


@dataclass(frozen=True)
class Affinities:
    """The pyramids that a model predicts for images, each once.

    Args:
        dataset, model: the expressions of both, as written.
        seed: the seed of the model and of partitioners, where they take one.
        images: name and revision of each image.
        key: a hash of all that decides a pyramid's content, but for its image.
        model_version: the model's own.
        partitioner: the one that the model was measured with, or an empty string.
        problem: the reason why there are none, or an empty string.
        plugins: the files that are plugged in, which a process that unpickles this has loaded.
    """

    dataset: Expression
    model: Expression
    seed: int
    images: tuple[tuple[str, str], ...] = ()
    key: str = ""
    model_version: str = ""
    partitioner: str = ""
    problem: str = ""
    plugins: tuple[PluginFile, ...] = field(default_factory=plugin_files, repr=False)

    @property
    def label(self) -> str:
        """Model and data set, for people."""
        return f"{self.model} on {self.dataset}"

    def open(self) -> Dataset:
        """Return the data set."""
        return self.dataset.create(DATASETS)

    def make_model(self, dataset: Dataset) -> AffinityModel:
        """Return the model."""
        return self.model.create(AFFINITY_MODELS, **known(self.dataset, dataset, self.seed))

    @property
    def packages(self) -> set[str]:
        """The import names of the packages that the model needs or is from, where known."""
        return self.model.packages(AFFINITY_MODELS)

    @property
    def data_revision(self) -> str:
        """The digits that change with an image or its ground truth."""
        return key(self.images)

    def folder(self, store: Path) -> Path:
        """Return where the pyramids are kept."""
        return store / "pyramids" / f"{self.dataset.name}-{self.model.name}-{self.key}"

    def pyramids(self, store: Path) -> dict[str, Path]:
        """Return the files of the pyramids, there or not, by the names of images."""
        return {name: self.folder(store) / f"{name}.{revision}.npz" for name, revision in self.images}

    def predicted(self, store: Path) -> dict[str, Path]:
        """Return the files of those pyramids that are there."""
        return {name: path for name, path in self.pyramids(store).items() if path.exists()}


@dataclass(frozen=True)
class Tuning:
    """How the parameters of a partitioner were chosen.

    Args:
        partitioner: the partitioner as it was before.
        values: the chosen values of the parameters that were tuned; none where the default ones were best.
        data: the data on which they were tuned.
        images: the number of images.
        budget: processor seconds that could be used.
        seconds: processor seconds that were used.
        trials: the number of sets of values that were tried.
        ap, default_ap: AP on these data with the chosen and the default values, fractions; None where there is none.
        note: the reason why nothing was tuned, or an empty string.
    """

    partitioner: Expression
    values: tuple[tuple[str, Any], ...]
    data: Expression
    images: int
    budget: float
    seconds: float = 0.0
    trials: int = 0
    ap: float | None = None
    default_ap: float | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """The chosen values, for people."""
        return ", ".join(f"{key}={value}" for key, value in self.values)


@dataclass(frozen=True)
class Cell:
    """A partitioner and the pyramids that it is run on.

    Args:
        affinities: the pyramids.
        partitioner: the partitioner's expression, as written; `NOBODY` without pyramids.
        key: a hash of all that decides the answers.
        problem: the reason why it cannot be run, or an empty string.
        thresholds: the thresholds at which the partitioner, one of `partitioners.tuning.Hierarchical`, cuts in one run;
            where there are any, no other answers are kept.
        tuning: the choice of its parameters, or None where they were not tuned.
    """

    affinities: Affinities
    partitioner: Expression
    key: str = ""
    problem: str = ""
    thresholds: tuple[float, ...] = ()
    tuning: Tuning | None = None

    @property
    def label(self) -> str:
        """All three choices, for people."""
        at = f" at {len(self.thresholds)} thresholds" if self.thresholds else ""
        return f"{self.partitioner}{at}, {self.affinities.label}"

    @property
    def answerers(self) -> dict[str, Expression]:
        """The partitioners of its answers, by the names under which these are kept."""
        expressions = [self.with_values({"threshold": value}) for value in self.thresholds] or [self.partitioner]
        return {str(expression): expression for expression in expressions}

    def with_values(self, values: Mapping[str, Any]) -> Expression:
        """Return the partitioner with other values of its parameters, as `Expression.changed` takes them."""
        return self.partitioner.changed(PARTITIONERS, values)

    @property
    def packages(self) -> set[str]:
        """The import names of the packages that model and partitioner need or are from, where known."""
        partitioner_packages = self.partitioner.packages(PARTITIONERS) if self.partitioner != NOBODY else set()
        return self.affinities.packages | partitioner_packages

    @property
    def chosen(self) -> Expression:
        """The partitioner as it was chosen, before its parameters were tuned."""
        return self.tuning.partitioner if self.tuning else self.partitioner

    @property
    def takes_truth(self) -> bool:
        """True for the control that takes the truth."""
        return "truth" in PARTITIONERS.entry(self.partitioner.name).parameters

    def make_partitioner(self, truth: IntegerArray | None) -> Partitioner:
        """Return the partitioner; `truth` is for the control that takes it."""
        return self.partitioner.create(PARTITIONERS, seed=self.affinities.seed, truth=truth)

    def folder(self, store: Path) -> Path:
        """Return where answers, record and log are kept."""
        names = (self.affinities.dataset.name, self.affinities.model.name, self.partitioner.name, self.key)
        return store / "partitions" / "-".join(names)

    def answer(self, store: Path, name: str) -> Path:
        """Return the file of the answer to an image."""
        return self.folder(store) / f"{name}.npz"


def names(cells: Iterable[Cell]) -> dict[Expression, str]:
    """Return short names for the data sets, models and partitioners, as they were chosen, of all cells of a run."""
    expressions: list[Expression] = []
    for cell in cells:
        expressions += [cell.affinities.dataset, cell.affinities.model, cell.chosen]
        expressions += [cell.tuning.data] if cell.tuning else []
    return short(expressions)


@dataclass(frozen=True)
class Record:
    """The end of a cell; its file is written last, so once it exists, all else does.

    Args:
        status: "ok", or what went wrong.
        note: the reason why it is not "ok".
        images: the names of those with answers.
        limits: the limits within which it was run.
        origin: the code, the machine and the date of the run.
    """

    status: str
    note: str = ""
    images: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    origin: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def path(folder: Path) -> Path:
        """Return the file of the record in a cell's folder."""
        return folder / "cell.json"

    @classmethod
    def read(cls, folder: Path) -> Record | None:
        """Return the record in a cell's folder, or None where there is no readable one."""
        try:
            fields = json.loads(cls.path(folder).read_text())
            return cls(**fields | {"images": tuple(fields["images"]), "limits": Limits(**fields["limits"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Write the record, whole or not at all."""
        write_whole(self.path(folder), (json.dumps(asdict(self), indent=1) + "\n").encode())

    def holds(self, limits: Limits) -> bool:
        """Say whether these limits would change nothing: they are no wider than those that it failed by."""
        field = {TIMEOUT: "seconds", OUT_OF_MEMORY: "gigabytes"}.get(self.status)
        return field is None or not getattr(limits, field) > getattr(self.limits, field)
