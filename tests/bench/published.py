"""A small folder of results: a leaderboard with two example images, and curves of time with one of these."""

from pathlib import Path

import numpy as np
import pandas as pd

from affinity_models import Sample
from bench import examples
from bench.examples import Example
from bench.leaderboard import tables
from bench.publish import exhibits
from bench.scaling import tables as scaling
from partitioners import ClassTable, Segmentation

ORIGIN = {"commit": "0123456789ab", "dirty": False, "machine": "a machine", "python": "3.11.7", "date": "2026-11-25"}
CLASSES = ClassTable(("road", "car", "person"), (False, True, True))
LINES = (  # partitioner, AP, milliseconds
    ("oracle", 99.0, 9.0),
    ("cascade-gaec", 62.5, 4.75),
    ("gaec(linkage=average, threshold=0.6)", 58.0, 12.0),
    ("components", 41.0, 1.25),
    ("gaec(linkage=average, threshold=0.9)", 0.0, 2.0),
)


def scene(name: str, shift: int = 0) -> Sample:
    """80 × 120 pixels: three cars, two of which touch, a person, a column of void."""
    instances = np.zeros((80, 120), int)
    instances[10:30, 5 + shift : 25 + shift], instances[10:30, 25 + shift : 45 + shift] = 1, 2
    instances[45:70, 10:50], instances[40:75, 80:95] = 3, 4
    semantic = np.array([0, 1, 1, 1, 2])[instances]
    semantic[:, 110:] = -1
    image = np.random.default_rng(0).integers(60, 200, (80, 120, 3)).astype(np.uint8)
    return Sample(name, image, semantic, instances, CLASSES)


def split(sample: Sample) -> Segmentation:
    """One true car, another that is taken for a person, the third in halves, one on void, and one out of nowhere."""
    labels = np.select([sample.instances == 1, sample.instances == 2], [1, 2], 0)
    labels[45:70, 10:30], labels[45:70, 30:50] = 3, 4
    labels[:10, 110:], labels[0:8, 60:90] = 5, 6
    return Segmentation(labels.astype(np.int32), np.array([1, 2, 1, 1, 1, 2], np.int32), np.full(6, 0.75, np.float32))


def merged(sample: Sample) -> Segmentation:
    """The person, and the two touching cars as one."""
    labels = np.select([sample.instances == 4, np.isin(sample.instances, [1, 2])], [1, 2], 0)
    return Segmentation(labels.astype(np.int32), np.array([2, 1], np.int32), np.full(2, 0.5, np.float32))


def perfect(sample: Sample) -> Segmentation:
    """The truth."""
    return Segmentation(sample.instances, sample.instance_classes[1:], np.ones(4, np.float32))


def board() -> pd.DataFrame:
    """Rows of a leaderboard with one failure."""
    lines = [
        {
            "rank": rank,
            "dataset": "street",
            "model": "oracle(noise=0.75)",
            "partitioner": name,
            "status": "ok",
            "note": "",
            "AP": ap,
            "AP50": ap,
            "seconds_per_image": milliseconds / 1000,
            "AP_low": ap - 2,
            "AP_high": ap + 1,
            "PQ": ap,
            "ARE": 0.25,
            "images": 2,
            **ORIGIN,
            "seed": 0,
        }
        for rank, (name, ap, milliseconds) in enumerate(LINES, 1)
    ]
    failure = {"dataset": "street", "model": "oracle(noise=0.75)", "partitioner": "waterz", "status": "timeout"}
    return pd.DataFrame([*lines, {**failure, "note": "more than 60 s", **ORIGIN}])


def curves() -> pd.DataFrame:
    """Rows of a run of scaling, with twelve partitioners."""
    names = ["waterz", "networkit-leiden(resolution=2, iterations=5)", *scaling.NAMED]
    lines = [
        {
            "mode": "single",
            "threads": 1,
            "partitioner": name,
            "megapixels": size,
            "seconds": size * number,
            "exponent": 1,
            **ORIGIN,
        }
        for number, name in enumerate(names, 1)
        for size in (0.5, 1)
    ]
    return pd.DataFrame(lines).assign(note="")


def publish(folder: Path) -> Path:
    """Write results/ into `folder` and return it."""
    output = folder / "results/leaderboard"
    output.mkdir(parents=True)
    exhibits.store(board(), output / "leaderboard.csv")
    exhibits.write("Leaderboard", tables.exhibits(output), output)
    cut = {"oracle": perfect, "cascade-gaec": split, "components": merged}
    shown = [
        Example("street, oracle(noise=0.75)", sample, {name: function(sample) for name, function in cut.items()})
        for sample in (scene("first"), scene("second", shift=40))
    ]
    examples.write(output / examples.FILE, shown)
    again = folder / "results/scaling"
    again.mkdir()
    exhibits.store(curves(), again / "scaling.csv")
    exhibits.write("Scaling", scaling.exhibits(again), again)
    examples.write(again / examples.FILE, shown[:1])
    return folder / "results"
