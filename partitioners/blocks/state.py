"""The finished part of a run, on disk: killed at any moment and started again, it goes on from there."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners.blocks.windows import Blocks
from partitioners.errors import InputError
from partitioners.files import write_whole


class State:
    """The folder of an unfinished run, beside its output.

    Args:
        target: the output.
        settings: all that the result depends on, as JSON.

    Raises:
        InputError: there is a folder of a run with other settings.
    """

    def __init__(self, target: Path, settings: Mapping[str, Any]) -> None:
        self.target = target
        self.folder = target.with_name(f"{target.name}.unfinished")
        file = self.folder / "settings.json"
        if not file.exists():
            write_whole(file, json.dumps(settings).encode())
        begun = json.loads(file.read_text())
        for key, value in settings.items():
            if begun.get(key) != value:
                was = f"was begun with other settings ({key}: {begun.get(key)}, now {value})"
                raise InputError(f"{self.folder}: {was}; remove it to start anew")

    def begin(self, content: str) -> None:
        """Keep the key of the input's content, or compare it with the one that is kept.

        Raises:
            InputError: the run was begun with other content.
        """
        file = self.folder / "input.txt"
        if not file.exists():
            write_whole(file, content.encode())
        if file.read_text() != content:
            raise InputError(f"{self.folder}: was begun with an input that has changed since; remove it to start anew")

    def array(self, name: str, blocks: Blocks, dtype: Any) -> Any:
        """Return a zarr array of the image's shape, which is made where there is none."""
        import zarr

        shape, chunks = blocks.shape, tuple(map(min, blocks.side, blocks.shape))
        return zarr.open_array(str(self.folder / name), mode="a", shape=shape, chunks=chunks, dtype=dtype)

    def once(self, name: str, compute: Callable[[], Mapping[str, NDArray[Any]]]) -> None:
        """Keep the arrays that `compute` returns, unless there are some of this name."""
        if not self._file(name).exists():
            buffer = io.BytesIO()
            arrays: dict[str, Any] = dict(compute())
            np.savez_compressed(buffer, **arrays)
            write_whole(self._file(name), buffer.getvalue())

    def load(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays kept under a name."""
        with np.load(self._file(name), allow_pickle=False) as arrays:
            return dict(arrays)

    def load_all(self, name: str, key: str, blocks: Blocks) -> NDArray[Any]:
        """Return one of the arrays that a pass kept of each block, those of all blocks after each other."""
        found = []
        for block_id in np.ndindex(*blocks.counts):
            with np.load(self._file(self.name(name, block_id)), allow_pickle=False) as arrays:
                found.append(arrays[key])
        return np.concatenate(found)

    @staticmethod
    def name(name: str, block_id: tuple[int, ...]) -> str:
        """Return the name of what a pass keeps of a block."""
        return f"{name}/{'-'.join(map(str, block_id))}"

    def finish(self, name: str) -> None:
        """Make an array the output, and remove the rest."""
        os.replace(self.folder / name, self.target)
        shutil.rmtree(self.folder)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npz"
