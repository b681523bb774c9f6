"""Writing a frozen set, image by image; the manifest is renewed after each, so that what is finished is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affinity_models import AffinityModel, Sample
from affinity_models.data import Dataset, write_entry
from affinity_models.manifest import FILE, FORMAT, describe, version
from bench.engine.cells import key
from bench.engine.plugins import plugin_key
from bench.engine.provenance import own_code_key, provenance
from bench.export.problems import Problem, flat_problem
from partitioners import AffinityPyramid, InputError
from partitioners.files import write_whole

README = Path(__file__).with_name("FORMAT.md")


@dataclass(frozen=True)
class Freezing:
    """The pyramids to freeze, those that a model predicts for images.

    Args:
        root: the folder to write.
        dataset, model: sources of images and of pyramids.
        names: the names of the images, fit for files.
        origin: data set, model and seed, as they were chosen, and the identity of both.
        with_images: True if the set holds the images, too.
    """

    root: Path
    dataset: Dataset
    model: AffinityModel
    names: Sequence[str]
    origin: dict[str, Any]
    with_images: bool = False

    def run(self) -> Iterator[str]:
        """Write all missing files, and yield the name of each image once it is there.

        Raises:
            InputError: an image cannot be read or predicted, the folder is not empty, or it holds another set.
        """
        content = self._manifest()
        if content["complete"]:
            return
        self._save(content)
        for name in self.names:
            if name not in content["images"]:
                image, paths = self._write(self.dataset.read(name))
                content["images"][name] = image
                content["files"] |= self._described(paths)
                self._save(content)
            yield name
        write_whole(self.root / "README.md", README.read_bytes())
        write_whole(self.root / "classes.json", _json(_classes(self.dataset)))
        content["files"] |= self._described([self.root / "README.md", self.root / "classes.json"])
        content |= {"complete": True, "version": version(content["files"])}
        self._save(content)

    def _manifest(self) -> dict[str, Any]:
        """Return the existing manifest, or a new one."""
        created = provenance()
        created.pop("torch", None)  # of a learned model, the version is what counts
        origin = {**self.origin, "model_version": self.model.version, "names": list(self.names)}
        origin["data_revision"] = key([(name, self.dataset.revision(name)) for name in self.names])
        origin |= {"with_images": self.with_images, "code": own_code_key() + plugin_key([self.dataset, self.model])}
        manifest = {"format": FORMAT, "complete": False, "version": None, "origin": origin, "made": created}
        path = self.root / FILE
        if not path.exists():
            if self.root.is_dir() and any(self.root.iterdir()):
                raise InputError(f"{self.root}: expected a new or empty folder, or an export to go on with")
            return manifest | {"images": {}, "files": {}}
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            differ = [name for name, value in origin.items() if content["origin"].get(name) != value]
        except (ValueError, KeyError, AttributeError) as error:
            raise InputError(f"{path}: not a readable manifest: {error!r}") from error
        if differ:
            raise InputError(f"{self.root}: holds another set (of other {', '.join(differ)}): choose another folder")
        return content

    def _write(self, sample: Sample) -> tuple[dict[str, Any], list[Path]]:
        """Write all files of an image; return its entry in the manifest, and the files."""
        pyramid = self.model.predict(sample, self.dataset.stride).halved()
        problem = flat_problem(pyramid)
        paths = write_entry(self.root, sample, pyramid, with_image=self.with_images, half=True)
        for path, content in (
            (self.root / "graphs" / f"{sample.name}.npz", problem.arrays()),
            (self.root / "multicut" / f"{sample.name}.txt", problem.text()),
        ):
            write_whole(path, content)
            paths.append(path)
        return _image(pyramid, problem), paths

    def _described(self, paths: Sequence[Path]) -> dict[str, Any]:
        return {path.relative_to(self.root).as_posix(): describe(path) for path in paths}

    def _save(self, content: dict[str, Any]) -> None:
        write_whole(self.root / FILE, _json(content))


def _image(pyramid: AffinityPyramid, problem: Problem) -> dict[str, Any]:
    levels = [{"shape": level.shape, "offsets": level.offsets} for level in pyramid.levels]
    return {
        "size": pyramid.image_size,
        "stride": pyramid.stride,
        "levels": levels,
        "nodes": len(problem.pixels),
        "edges": len(problem.edges),
        "expected": problem.expected(),
        "bound": problem.bound(),
    }


def _classes(dataset: Dataset) -> list[dict[str, Any]]:
    table = dataset.classes
    return [{"name": name, "thing": is_thing} for name, is_thing in zip(table.names, table.is_thing, strict=True)]


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
