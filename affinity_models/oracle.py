"""The oracle: pyramids from the ground truth, with as much of a network's kinds of error as one asks for."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from affinity_models.base import AFFINITY_MODELS, AffinityModel
from affinity_models.data.targets import block_majority, region_classes, regions, same_region
from affinity_models.sample import VOID, Sample
from partitioners import AffinityPyramid, PyramidLevel, checks, needs
from partitioners.arrays import IntegerArray
from partitioners.graph import Offsets
from partitioners.pyramid import neighbours

# What `noise=1` means, each error in the unit of what it spoils; all but the confusion grow in proportion with `noise`.
MARGIN = 5.0  # logit of a sure affinity or class, the same at any noise
AFFINITY_DEVIATION = 1.5  # of logits
CLASS_DEVIATION = 0.8  # of scores
DISPLACEMENT = 0.4  # of boundaries, in pixels of the level
BRIDGES = 0.01  # share of boundary pixels at which the affinities are those of the inside (Fig. 2 of the paper)
EMBEDDING_DEVIATION = 0.6  # length of the deviation of a pixel's embedding
CORRELATION = 1.5  # length over which errors are alike, in pixels of the level, the same at any noise
RADIUS = 2.0  # distance of an instance's embedding from its class's, where nothing confuses it
CONFUSION = 0.75  # of uniform random numbers, the power by which that distance shrinks: a ninth of the pairs of a class
#                   then lie nearer than 1, where their affinity is above one half; a twentieth at a noise of 0.75

LONG_RANGE = ((2, 3, 3), (3, 9, 9), (4, 27, 27))
"""Lengths across slices, down and to the right of the offsets that "long-range" adds to the direct ones: those of Lee et al.,
"Superhuman accuracy on the SNEMI3D connectomics challenge", arXiv 1706.00120, whose slices are far apart."""


def long_range(rank: int) -> Offsets:
    """Return the steps to the next pixel along each of `rank` axes, and those of `LONG_RANGE`."""
    direct = np.array(neighbours(rank))
    return tuple(map(tuple, np.concatenate([direct, *(direct * lengths[-rank:] for lengths in LONG_RANGE)]).tolist()))


@AFFINITY_MODELS.register("oracle", unavailable=needs("scipy", extra="bench"))
@dataclass(frozen=True)
class Oracle(AffinityModel):
    """Affinities, semantics and embeddings from the ground truth, with seeded, spatially correlated errors.

    It sets the partitioner apart from the network, and serves every data set. A volume has one level and no embeddings.
    Errors are drawn anew on each level:

    - boundaries are displaced, the same way for affinities, classes and embeddings;
    - affinities and class scores carry Gaussian noise on their logits, and are less sure next to boundaries;
    - at some places a boundary's affinities, but for long offsets, are those of the inside: the false bridges of the
      paper's Fig. 2;
    - embeddings carry noise, and some instances get one near their class's own, as a network gives to objects that
      look alike: two such instances of a class are confused, wherever they are in the image.

    Args:
        noise: 0 for the truth itself; 1 for the amounts stated in this module.
        seed: the seed of all errors; with the same seed, errors at another noise are the same ones, smaller or larger.
        stride: image pixels per pixel of level 1; None for the data set's.
        levels: number of pyramid levels.
        channels: k, channels of the embedding.
        neighbourhood: "direct", the next pixel along each axis, or "long-range", also those at 3, 9 and 27 pixels in an
            image, and at 2, 3 and 4 slices.

    Raises:
        InputError: a parameter is not as above.
    """

    noise: float = 0.0
    seed: int = 0
    stride: int | None = None
    levels: int = 4
    channels: int = 32
    neighbourhood: str = "direct"

    def __post_init__(self) -> None:
        checks.number("noise", self.noise, 0)
        checks.integer("seed", self.seed)
        if self.stride is not None:
            checks.integer("stride", self.stride, 1)
        checks.integer("levels", self.levels, 1)
        checks.integer("channels", self.channels, 1)
        checks.choice("neighbourhood", self.neighbourhood, ("direct", "long-range"))

    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid of `sample`, from its ground truth alone."""
        checks.instance("sample", sample, Sample)
        stride = self.stride or stride
        source = [self.seed, crc32(sample.name.encode())]
        keys = regions(sample)
        codes = self._codes(sample, keys, np.random.default_rng([*source, 0]))
        levels = [
            self._level(
                sample, block_majority(keys, stride << number), codes, np.random.default_rng([*source, number + 1])
            )
            for number in range(1 if sample.is_volume else self.levels)
        ]
        return AffinityPyramid(tuple(levels), sample.classes, stride, sample.size)

    def _codes(self, sample: Sample, keys: IntegerArray, rng: np.random.Generator) -> dict[int, NDArray[np.float64]]:
        """Return the embedding (k,) of each region: its class's, and from there some way in a direction of its own."""

        def direction() -> NDArray[np.float64]:
            vector = rng.standard_normal(self.channels)
            return vector / np.linalg.norm(vector)

        of_class = [2 * RADIUS * direction() for _ in range(len(sample.classes) + 1)]  # the last for void, -1
        numbers = np.arange(-len(sample.classes), int(keys.max()) + 1)
        codes = {}
        for key, class_ in zip(numbers.tolist(), region_classes(sample, numbers).tolist(), strict=True):
            distance = RADIUS * rng.random() ** (CONFUSION * self.noise)
            step = distance * direction()
            codes[key] = of_class[class_] + (step if key > 0 else 0)
        return codes

    def _level(
        self, sample: Sample, keys: IntegerArray, codes: dict[int, NDArray[np.float64]], rng: np.random.Generator
    ) -> PyramidLevel:
        keys = _displaced(keys, DISPLACEMENT * self.noise, rng)
        offsets = long_range(keys.ndim) if self.neighbourhood == "long-range" else neighbours(keys.ndim)
        affinity = self._affinity(keys, offsets, rng)
        semantic = self._semantic(region_classes(sample, keys), sample, rng)
        if sample.is_volume:
            return PyramidLevel(affinity, semantic, np.empty((0, *keys.shape), np.float32), offsets)
        values, index = np.unique(keys, return_inverse=True)
        embedding = np.stack([codes[key] for key in values.tolist()])[index.reshape(keys.shape)].transpose(2, 0, 1)
        deviation = EMBEDDING_DEVIATION * self.noise / np.sqrt(self.channels)
        embedding = embedding + deviation * _field(rng, (self.channels, *keys.shape))
        return PyramidLevel(affinity, semantic, embedding.astype(np.float32), offsets)

    def _affinity(self, keys: IntegerArray, offsets: Offsets, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return affinities (A, *shape) from whether both pixels are inside one of the regions `keys` (*shape).

        The first offsets are the direct ones.
        """
        inside = same_region(keys, offsets)
        sureness = 1 - 0.5 * min(1.0, self.noise) * _nearness(keys)
        shared, separate = _field(rng, (1, *keys.shape)), _field(rng, inside.shape)
        bridged = _field(rng, (1, *keys.shape)) > _upper_quantile(min(1.0, BRIDGES * self.noise))
        inside[: keys.ndim] |= bridged
        logit = np.where(inside, MARGIN, -MARGIN) * sureness
        return _sigmoid(logit + AFFINITY_DEVIATION * self.noise * (shared + separate) / np.sqrt(2))

    def _semantic(self, classes: IntegerArray, sample: Sample, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return distributions (C, *shape) around the true `classes` (*shape); void is any stuff."""
        per_class = (-1, *(1,) * classes.ndim)
        number = np.arange(len(sample.classes)).reshape(per_class)
        stuff = ~np.array(sample.classes.is_thing).reshape(per_class)
        truth = np.where(classes == VOID, stuff, number == classes)
        sureness = 1 - 0.5 * min(1.0, self.noise) * _nearness(classes)
        score = np.where(truth, MARGIN, 0) * sureness + CLASS_DEVIATION * self.noise * _field(rng, truth.shape)
        odds = np.exp(score - score.max(axis=0))
        semantic: NDArray[np.float64] = odds / odds.sum(axis=0)
        return semantic


def _displaced(keys: IntegerArray, deviation: float, rng: np.random.Generator) -> IntegerArray:
    """Return `keys` (*shape), each pixel's from a place some pixels away, neighbours' from nearby ones."""
    shift = np.rint(deviation * _field(rng, (keys.ndim, *keys.shape))).astype(np.int64)
    places = np.indices(keys.shape) + shift
    displaced: IntegerArray = keys[
        tuple(place.clip(0, length - 1) for place, length in zip(places, keys.shape, strict=True))
    ]
    return displaced


def _field(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return standard normal noise (c, *shape), smooth over CORRELATION pixels along all axes but the first."""
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    impulse = np.zeros(int(12 * CORRELATION) + 1)
    impulse[len(impulse) // 2] = 1
    rank = len(shape) - 1
    deviation = (gaussian_filter1d(impulse, CORRELATION) ** 2).sum() ** (rank / 2)
    noise = rng.standard_normal(shape, np.float32)
    smooth: NDArray[np.float32] = gaussian_filter(noise, (0, *(CORRELATION,) * rank), mode="wrap")
    return smooth / np.float32(deviation)


def _upper_quantile(share: float) -> float:
    """Return the value that a standard normal variable exceeds with probability `share`."""
    from scipy.stats import norm

    return float(norm.isf(share))


def _nearness(keys: IntegerArray) -> NDArray[np.float64]:
    """Return (*shape) in [0, 1], the nearness to pixels that a boundary of `keys` (*shape) parts from their next ones."""
    from scipy.ndimage import gaussian_filter

    parted = np.any(~same_region(keys, neighbours(keys.ndim)), axis=0).astype(np.float64)
    nearness: NDArray[np.float64] = (2 * gaussian_filter(parted, CORRELATION)).clip(0, 1)
    return nearness


def _sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logit))
