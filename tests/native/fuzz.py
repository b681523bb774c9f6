"""Calls every function of the native core with what arbitrary bytes decode to.

Each call must return arrays of the right shapes, or raise ValueError, TypeError or (image too large) MemoryError.

    python tests/native/fuzz.py --seconds 600             # seeded random bytes
    python tests/native/fuzz.py FILE                      # one input again
    python tests/native/fuzz.py --atheris [FLAG ...]      # by libFuzzer (pip install atheris)

libFuzzer sees into the core where that is built by clang with -fsanitize=fuzzer-no-link.
A build of the core with sanitizers is taken where PYTHONPATH has one: see test_sanitized.py, which CI runs.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

try:
    import _native as native  # a build for this test
except ImportError:
    from partitioners import _native as native

LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 17, 40, 150]
DTYPES = ["f2", "f4", "f8", "g", "c8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "O", "S3", "M8[s]"]
SWAPPED = [">f2", ">f4", ">f8", ">i4", ">i8", ">u2"]
# No number of nodes, and no height, that would be granted but not fit into memory.
INTEGERS = [-1, 0, 1, 2, 100, 2**40, 2**61, 2**62, 2**63 - 1, -(2**63), 2**63, 2**64]
FLOATS = [float("nan"), float("inf"), float("-inf"), -0.0, -1.0, 0.5, 1.5, 5e-324, 1e-9, 1e19, 1e308]
OTHERS: list[Any] = [None, "", "text", b"\0", [], [[1], [2, 3]], {}, object(), 2.5, True, ...]


class Draw:
    """Choices read off bytes; off zeros where those are used up."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, count: int) -> np.ndarray:
        taken = self.data[self.position : self.position + count].ljust(count, b"\0")
        self.position += count
        return np.frombuffer(taken, np.uint8)

    def choose(self, options: Any) -> Any:
        return options[int(self.take(1)[0]) % len(options)]

    def integers(self, shape: tuple[int, ...], end: int, start: int = 0) -> np.ndarray:
        """Return int64 numbers in [start, end), zeros if there are none; large arrays repeat themselves."""
        count = int(np.prod(shape))
        numbers = np.resize(self.take(2 * min(count, 257)).view(np.uint16), count).astype(np.int64).reshape(shape)
        return start + numbers % max(end - start, 1)

    def values(self, *shape: int) -> np.ndarray:
        """Return float32 numbers in [0, 1], many or few different ones."""
        steps = self.choose([1, 2, 8, 60_000])
        return (self.integers(shape, steps + 1) / steps).astype(np.float32)

    def length(self) -> int:
        return self.choose(LENGTHS)

    def threshold(self) -> float:
        return self.choose([0.5, 0.0, 1.0, *FLOATS])


def graph(draw: Draw) -> tuple[Any, ...]:
    n_nodes, n_edges = draw.length(), draw.length()
    edges = draw.integers((n_edges, 2), n_nodes)
    edges[:, 1] = (edges[:, 0] + 1 + edges[:, 1] % max(n_nodes - 1, 1)) % max(n_nodes, 1)
    values = draw.integers((n_edges,), draw.choose([2, 2**16]), -1) << draw.choose([0, 11, 26, 44])
    sizes = draw.integers((n_edges,), 5, 1) << draw.choose([0, 0, 20, 50])
    return n_nodes, edges, values, sizes, draw.choose(["wpgma", "average", "sum"]), fixed_threshold(draw)


def fixed_threshold(draw: Draw) -> int:
    return draw.choose([1 << 25, 0, -1, 1 << 10, *INTEGERS])


def open_graph(draw: Draw) -> tuple[Any, ...]:
    arguments = graph(draw)
    return *arguments, draw.integers((arguments[0],), 2) > 0


def graph_with_boxes(draw: Draw) -> tuple[Any, ...]:
    arguments = graph(draw)
    corners = draw.integers((arguments[0], 4), 30, -10) << draw.choose([0, 0, 40, 55])
    corners[:, 2:] += corners[:, :2]
    return *arguments, corners, draw.threshold()


def offsets(draw: Draw) -> np.ndarray:
    near = [[0, 1], [1, 0], [-1, 0], [0, -1], [1, -1], [7, 3], [0, -40], [2**31 - 4, 1], [-5, -(2**31) + 4]]
    return np.array([draw.choose(near) for _ in range(draw.choose([2, 1, 0, 5]))], np.int64).reshape(-1, 2)


def grid(draw: Draw) -> tuple[Any, ...]:
    pairs, height, width = offsets(draw), draw.length(), draw.length()
    affinity = draw.values(len(pairs), height, width).astype(draw.choose(["f4", "f8"]))
    mask = draw.choose([None, draw.integers((height, width), 4) > 0])
    return affinity, pairs, draw.choose(["wpgma", "average", "sum"]), fixed_threshold(draw), mask


def association(draw: Draw) -> tuple[Any, ...]:
    n_nodes, edges, *_ = graph(draw)
    order, initial = draw.integers((draw.length(),), n_nodes), draw.integers((n_nodes,), 5, -3)
    return edges, draw.values(len(edges)), order, draw.threshold(), initial


def label_map(draw: Draw, height: int, width: int, least: int = -1) -> np.ndarray:
    return draw.integers((height, width), max(1, min(height * width, draw.choose([2, 9, 30_000]))), least).astype("i4")


def level(draw: Draw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pairs, height, width = offsets(draw), draw.length(), draw.length()
    return label_map(draw, height, width), draw.values(len(pairs), height, width), pairs


def growth(draw: Draw) -> tuple[Any, ...]:
    labels, affinity, pairs = level(draw)
    return labels, affinity, pairs, draw.integers((draw.length(),), labels.size), draw.threshold()


def relabelling(draw: Draw) -> tuple[Any, ...]:
    labels = label_map(draw, draw.length(), draw.length())
    n_parts = max(draw.length(), int(labels.max(initial=0)))
    return labels, draw.integers((n_parts,), n_parts, -1)


def upsampling(draw: Draw) -> tuple[Any, ...]:
    height, width = draw.length(), draw.length()
    return label_map(draw, (height + 1) // 2, (width + 1) // 2), draw.integers((height, width), 2) > 0


def segments(draw: Draw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    height, width = draw.length(), draw.length()
    channels = [draw.values(draw.choose([3, 0, 1, 9]), height, width) for _ in range(2)]
    return label_map(draw, height, width, 0), *channels


def classes(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    semantic = segments(draw)[1]
    return semantic, draw.integers((len(semantic),), 2) > 0


def image(draw: Draw) -> tuple[Any, ...]:
    labels, semantic, _ = segments(draw)
    stride = draw.choose([1, 2, 3, 2**40])
    size = (length * stride - draw.choose([0, stride - 1]) for length in labels.shape)
    return labels, semantic, draw.integers((len(semantic),), 2) > 0, draw.choose([0, 1, 10, *INTEGERS]), stride, *size


def looks(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    n_segments = draw.choose([*LENGTHS, 2**33])
    channels = [2, 0, 1, 9] if n_segments in LENGTHS else [0]
    semantic, embedding = (draw.values(n_segments, draw.choose(channels)).astype("f8") for _ in range(2))
    return semantic, embedding * draw.choose([1, 4, -1e150, 1e200])


def looks_in_reach(draw: Draw) -> tuple[Any, ...]:
    return *looks(draw), draw.choose([2.0**26, *FLOATS]), fixed_threshold(draw)


Shapes = list[tuple[int | None, ...]]


def one_per_node(n_nodes: int, *_: Any) -> Shapes:
    return [(n_nodes,)]


def like_labels(labels: np.ndarray, *_: Any) -> Shapes:
    return [np.shape(labels)]


def tree(*_: Any) -> Shapes:
    return [(None, 2), (None,)]


# For each function: how its arguments are drawn, and the shapes of what it returns for them; None is any length.
FUNCTIONS: dict[str, tuple[Callable[[Draw], tuple[Any, ...]], Callable[..., Shapes]]] = {
    "connected_components": (lambda draw: graph(draw)[:2], one_per_node),
    "renumber": (lambda draw: (draw.integers((draw.length(),), 9, -2),), like_labels),
    "contract": (graph, one_per_node),
    "contract_inner": (open_graph, one_per_node),
    "contract_by_position": (graph_with_boxes, one_per_node),
    "contract_grid": (grid, lambda affinity, *_: [(np.prod(np.shape(affinity)[1:]),)]),
    "merge_tree": (graph, tree),
    "merge_tree_of_grid": (grid, tree),
    "associate": (association, lambda *arguments: [np.shape(arguments[-1])]),
    "is_thing": (classes, lambda semantic, _: [np.shape(semantic)[1:]]),
    "upsample": (upsampling, lambda _, is_thing: [np.shape(is_thing)]),
    "region_graph": (level, lambda labels, *_: [(), np.shape(labels), (None, 2), (None,)]),
    "relabel": (relabelling, like_labels),
    "reachable": (lambda draw: level(draw)[::2], lambda *_: [(None,)]),
    "grow": (growth, like_labels),
    "segment_statistics": (
        segments,
        lambda _, semantic, embedding: [(None,), (None, 4), (None, len(semantic)), (None, len(embedding))],
    ),
    "all_pairs": (looks, lambda semantic, _: [(len(semantic) * (len(semantic) - 1) // 2, 2), (None,)]),
    "pairs_in_reach": (looks_in_reach, tree),
    "instances": (image, lambda *arguments: [arguments[-2:], (None,), (None,)]),
}


def spoiled(draw: Draw, argument: Any) -> Any:
    """Return something else in place of an argument: of another type, layout, shape or value."""
    if not isinstance(argument, np.ndarray):
        return draw.choose([*OTHERS, *INTEGERS, *FLOATS])
    how = draw.choose([retyped, laid_out, reshaped, with_extreme, with_extreme, lambda draw, _: draw.choose(OTHERS)])
    return how(draw, argument)


def retyped(draw: Draw, array: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return array.astype(draw.choose(DTYPES + SWAPPED))


def laid_out(draw: Draw, array: np.ndarray) -> np.ndarray:
    strided = np.repeat(array, 2, axis=-1)[..., ::2]
    swapped = array.astype(array.dtype.newbyteorder())
    return draw.choose([strided, swapped, np.asfortranarray(array), array[::-1], array.T, array[..., ::-1]])


def reshaped(draw: Draw, array: np.ndarray) -> np.ndarray:
    empty = np.empty(draw.choose([(0,), (2**33, 0), (0, 2**33), (2**33, 0, 2**20), (0, 2**17, 2**17)]), array.dtype)
    return draw.choose([array[None], array.reshape(-1), array[:0], array[..., :-1], array[1:], empty])


def with_extreme(draw: Draw, array: np.ndarray) -> np.ndarray:
    changed = array.copy()
    if changed.size:
        position = draw.integers((1,), changed.size)[0]
        extremes = np.array(FLOATS if changed.dtype.kind == "f" else [-1, 1, 2**31, 2**61, 2**63 - 1, -(2**63)])
        with np.errstate(all="ignore"):
            changed.flat[position] = draw.choose(extremes).astype(changed.dtype)
    return changed


assert set(FUNCTIONS) == {name for name, value in vars(native).items() if callable(value)}


def test_one_input(data: bytes) -> bool:
    """Return whether the function took what `data` decodes to."""
    draw = Draw(data)
    name = draw.choose(sorted(FUNCTIONS))
    make, shapes = FUNCTIONS[name]
    arguments = list(make(draw))
    for position in {draw.choose(range(len(arguments))) for _ in range(draw.choose([0, 0, 1, 1, 2]))}:
        arguments[position] = spoiled(draw, arguments[position])
    try:
        with np.errstate(all="ignore"):  # where numbers are converted
            result = getattr(native, name)(*arguments)
    except (ValueError, TypeError, MemoryError):
        return False
    results = result if isinstance(result, tuple) else (result,)
    for array, shape in zip(results, shapes(*arguments), strict=True):
        fits = len(np.shape(array)) == len(shape) and all(
            expected in (None, length) for expected, length in zip(shape, np.shape(array), strict=True)
        )
        assert fits, f"{name}: expected shape {shape}, got {np.shape(array)}"
    return True


def run_seeded(seconds: float, seed: int, last: Path) -> None:
    """Try random bytes for some time; what is being tried stands in the file `last`."""
    rng = np.random.default_rng(seed)
    taken = {False: 0, True: 0}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = rng.bytes(rng.integers(2000))
        last.write_bytes(data)
        taken[test_one_input(data)] += 1
    print(f"{taken[True]} calls taken, {taken[False]} refused")


def main() -> None:
    parser = argparse.ArgumentParser(description="Calls the native core with what arbitrary bytes decode to.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--last", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-last-input")
    parser.add_argument("--atheris", action="store_true", help="flags and corpora after it are libFuzzer's")
    parser.add_argument("inputs", nargs="*", type=Path, metavar="FILE")
    options, flags = parser.parse_known_args()
    if options.atheris:
        import atheris

        flags = [sys.argv[0], "-len_control=0", "-max_len=2000", *flags, *map(str, options.inputs)]
        atheris.Setup(flags, atheris.instrument_func(test_one_input))
        atheris.Fuzz()
    for path in options.inputs:
        test_one_input(path.read_bytes())
    if not options.inputs:
        run_seeded(options.seconds, options.seed, options.last)


if __name__ == "__main__":
    main()
