"""The README's two pictures, of published examples: `python docs/pictures.py` draws them anew."""

import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affinity_models.overlay import overlay

FOLDER = Path(__file__).parent / "pictures"
RESULTS = FOLDER.parents[1] / "results/ablation"
GAP = 8
SHOWN = {"nuclei": ("nuclei-daffnet", 0), "street": ("street-daffnet", 2)}
"""The folder of results and the number of the example, by the names of pictures."""


class Shown(NamedTuple):
    """An example of an ablation: the image (H, W, 3), and its true and found instances (H, W), 0 for background."""

    image: NDArray[np.uint8]
    truth: NDArray[np.int64]
    found: NDArray[np.int64]


def example(folder: Path, number: int) -> Shown:
    """Return an example with the instances of the partitioner that the network records."""
    with zipfile.ZipFile(folder / "examples.zip") as archive:

        def pixels(name: str) -> NDArray[np.uint8]:
            return np.asarray(Image.open(io.BytesIO(archive.read(name))))

        one = json.loads(archive.read("index.json"))[number]
        (found,) = [found for found in one["found"] if found["name"] == "recorded"]
        truth, labels = (pixels(layer["labels"]) @ np.array([1, 256, 0]) for layer in (one["truth"], found))
        return Shown(pixels(one["image"]), truth, labels)


def main() -> None:
    """Write both pictures, panels side by side."""
    FOLDER.mkdir(exist_ok=True)
    for name, (folder, number) in SHOWN.items():
        image, *labels = example(RESULTS / folder, number)
        gap = np.full((len(image), GAP, 3), 255, np.uint8)
        row = [image, *(part for one in labels for part in (gap, overlay(image, one)))]
        Image.fromarray(np.concatenate(row, axis=1)).save(FOLDER / f"{name}.jpg", quality=85)


if __name__ == "__main__":
    main()
