"""Calls every function of the native core with what arbitrary bytes decode to.

Each call must return arrays of the right shapes, or raise ValueError, TypeError or (image too large) MemoryError, within
a minute: SIGALRM ends the process otherwise.

    python tests/native/fuzz.py --seconds 600                 # random inputs, numbered from 0
    python tests/native/fuzz.py --first 5000 --inputs 1000    # those from number 5000 on
    python tests/native/fuzz.py FILE                          # the bytes of a file
    python tests/native/fuzz.py --atheris [FLAG ...]          # by libFuzzer (pip install atheris)

Input K of a seed is the same in every run. A CSV table counts, per function, the calls that returned and those it refused.

libFuzzer sees into the core where that is built by clang with -fsanitize=fuzzer-no-link.
A build of the core with sanitizers is taken where PYTHONPATH has one: see sanitized.py and, for many inputs, fuzz_run.py.
"""

import argparse
import itertools
import math
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import shake_128
from pathlib import Path
from typing import Any

import numpy as np

try:
    import _native as native  # a build for this test
except ImportError:
    from partitioners import _native as native

LENGTHS = [*range(9)] * 6 + [17, 17, 40, 150]  # mostly small: more inputs in the same time
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

    def take(self, count: int) -> bytes:
        taken = self.data[self.position : self.position + count].ljust(count, b"\0")
        self.position += count
        return taken

    def choose(self, options: Any) -> Any:
        return options[self.take(1)[0] % len(options)]

    def integers(self, shape: tuple[int, ...], end: int, start: int = 0) -> np.ndarray:
        """Return int64 numbers in [start, end), zeros if there are none; large arrays repeat themselves."""
        count = math.prod(shape)
        numbers = np.frombuffer(self.take(2 * min(count, 257)), np.uint16)
        if count > len(numbers):
            numbers = np.resize(numbers, count)
        return start + numbers.astype(np.int64).reshape(shape) % max(end - start, 1)

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


def signed_graph(draw: Draw) -> tuple[Any, ...]:
    n_nodes, edges, values, *_ = graph(draw)
    return n_nodes, edges, values << draw.choose([0, 16]), seeds(draw, n_nodes), draw.choose([False, True])


def graph_with_start(draw: Draw) -> tuple[Any, ...]:
    n_nodes, edges, values, sizes, *_ = graph(draw)
    start = draw.integers((n_nodes,), n_nodes)
    large = draw.choose([0, 2, *INTEGERS])
    moves, seconds = draw.choose([None, 5, *INTEGERS]), draw.choose([None, 0.1, *FLOATS])
    is_lifted = draw.choose([None, draw.integers((len(edges),), 2) > 0])
    return n_nodes, edges, values, sizes, start, large, moves, seconds, is_lifted


def lifted_graph(draw: Draw) -> tuple[Any, ...]:
    n_nodes, edges, values, sizes, _, threshold = graph(draw)
    return n_nodes, edges, values, sizes, threshold, draw.integers((len(edges),), 2) > 0


def graph_to_bound(draw: Draw) -> tuple[Any, ...]:
    n_nodes, edges, values, *_ = graph(draw)
    return n_nodes, edges, values, draw.choose([0, 3, -1]), draw.choose([None, 0.1, *FLOATS])


def graph_within_limits(draw: Draw) -> tuple[Any, ...]:
    n_nodes, edges, values, sizes, _, threshold = graph(draw)
    by_strength = draw.choose([False, True])
    linkage = draw.choose(["wpgma", "average", "sum", "max", "min", "abs_max"])
    apart, of_nodes = graph(draw)[1] % max(n_nodes, 1), draw.integers((n_nodes,), 5, 1)
    apart = apart[apart[:, 0] != apart[:, 1]]
    limits = (
        draw.choose(choices) for choices in ([0, 1, 5, *INTEGERS], [2**40, 1, 4, *INTEGERS], [1, 0, 3, *INTEGERS])
    )
    return (
        n_nodes,
        edges,
        values,
        sizes,
        linkage,
        0 if by_strength else threshold,
        by_strength,
        apart,
        of_nodes,
        *limits,
    )


def offsets(draw: Draw, rank: int = 2) -> np.ndarray:
    near = [[0, 1], [1, 0], [-1, 0], [0, -1], [1, -1], [7, 3], [0, -40], [2**31 - 4, 1], [-5, -(2**31) + 4]]
    pairs = [draw.choose(near) for _ in range(draw.choose([2, 1, 0, 5]))]
    return np.array([([draw.choose([0, 1, -3, 2**31]), *pair])[-rank:] for pair in pairs], np.int64).reshape(-1, rank)


def seeds(draw: Draw, n_nodes: int) -> Any:
    return draw.choose([None, draw.integers((n_nodes,), min(3, n_nodes), -2)])


def lattice(draw: Draw) -> tuple[Any, ...]:
    """Return affinities of a row, an image or a volume, their offsets, and a mask."""
    rank = draw.choose([2, 3, 1])
    steps, shape = offsets(draw, rank), tuple(min(draw.length(), 150 if rank < 3 else 17) for _ in range(rank))
    affinity = draw.values(len(steps), *shape).astype(draw.choose(["f4", "f8"]))
    return affinity, steps, draw.choose([None, draw.integers(shape, 4) > 0])


def grid(draw: Draw) -> tuple[Any, ...]:
    affinity, steps, mask = lattice(draw)
    linkage = draw.choose(["wpgma", "average", "sum"])
    return affinity, steps, linkage, fixed_threshold(draw), mask, draw.choose([1, 1, 1, 2, 0, -1])


def signed_grid(draw: Draw) -> tuple[Any, ...]:
    affinity, steps, mask = lattice(draw)
    zeros, strided = draw.integers((len(steps),), 3) << 25, draw.integers((len(steps),), 2) > 0
    strides = draw.integers((steps.shape[1],), 4, 1)
    start = seeds(draw, math.prod(affinity.shape[1:]))
    return affinity, steps, zeros, strided, strides, mask, start, draw.choose([False, True])


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


def levels_of_instances(draw: Draw) -> tuple[Any, ...]:
    labels, affinity, steps = level(draw)
    (height, width), n_classes = labels.shape, draw.choose([3, 1, 9, 0])
    semantics = []
    for _ in range(draw.choose([2, 1, 0, 4])):
        semantics.append(draw.values(n_classes, height, width))
        height, width = (height + 1) // 2, (width + 1) // 2
    thing = draw.integers((n_classes,), 2) > 0
    return labels, semantics, thing, affinity, steps, draw.choose([50, 0, *FLOATS])


def looks(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    n_segments = draw.choose([*LENGTHS, 2**33])
    channels = [2, 0, 1, 9] if n_segments in LENGTHS else [0]
    semantic, embedding = (draw.values(n_segments, draw.choose(channels)).astype("f8") for _ in range(2))
    return semantic, embedding * draw.choose([1, 4, -1e150, 1e200])


def looks_in_reach(draw: Draw) -> tuple[Any, ...]:
    return *looks(draw), draw.choose([2.0**26, *FLOATS]), fixed_threshold(draw)


def cascade(draw: Draw) -> tuple[Any, ...]:
    height, width, n_classes = draw.length(), draw.length(), draw.choose([3, 1, 9, 0])
    levels: list[Any] = []
    for _ in range(draw.choose([2, 1, 0, 4])):
        steps = offsets(draw)
        counts = len(steps), n_classes, draw.choose([2, 0, 9])
        level = [*(draw.values(count, height, width) for count in counts), steps]
        if draw.choose([False] * 9 + [True]):
            position = draw.choose(range(4))
            level[position] = spoiled(draw, level[position])
        levels.insert(0, tuple(level))
        height, width = (height + 1) // 2, (width + 1) // 2
    cut, united = ((draw.choose(["wpgma", "average", "sum"]), fixed_threshold(draw)) for _ in range(2))
    grouping = draw.choose([None, (*united, draw.choose([None, 0.5, 2.0, *FLOATS]))])
    things, cuts_last = draw.integers((n_classes,), 2) > 0, draw.choose([True, True, False])
    pieces = draw.choose([None, (draw.choose([4, 0, 1, *INTEGERS]), draw.threshold())]) if cuts_last else None
    regrouping = draw.choose([None, (*united, draw.choose([None, 0.5]))]) if cuts_last else None
    return levels, things, cut, grouping, cuts_last, draw.choose([1.0, 0.01, 0.0, *FLOATS]), pieces, regrouping


Shapes = list[tuple[int | None, ...]]


def one_per_pixel(affinity: np.ndarray, *_: Any) -> Shapes:
    return [(math.prod(np.shape(affinity)[1:]),)]


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
    "contract_constrained": (graph_within_limits, one_per_node),
    "contract_lifted": (lifted_graph, one_per_node),
    "contract_grid": (grid, one_per_pixel),
    "kernighan_lin": (graph_with_start, one_per_node),
    "lower_bound": (graph_to_bound, lambda *_: [(), (), ()]),
    "mutex_watershed": (signed_graph, one_per_node),
    "mutex_watershed_of_grid": (signed_grid, one_per_pixel),
    "merge_tree": (graph, tree),
    "merge_tree_of_grid": (grid, tree),
    "associate": (association, lambda *arguments: [np.shape(arguments[-1])]),
    "cascade": (cascade, lambda levels, *_: [np.shape(levels[-1][1])[1:]]),
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
    "rescore": (levels_of_instances, lambda *_: [(None,), (None,), (None,)]),
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


NAMES = sorted(FUNCTIONS)
assert set(NAMES) == {name for name, value in vars(native).items() if callable(value)}


def test_one_input(data: bytes) -> tuple[str, bool]:
    """Return the function that `data` names, and whether it took the arguments that the rest decodes to."""
    draw = Draw(data)
    name = draw.choose(NAMES)
    make, shapes = FUNCTIONS[name]
    arguments = list(make(draw))
    for position in {draw.choose(range(len(arguments))) for _ in range(draw.choose([0, 0, 1, 1, 2]))}:
        arguments[position] = spoiled(draw, arguments[position])
    try:
        with np.errstate(all="ignore"):  # where numbers are converted
            result = getattr(native, name)(*arguments)
    except (ValueError, TypeError, MemoryError):
        return name, False
    results = result if isinstance(result, tuple) else (result,)
    for array, shape in zip(results, shapes(*arguments), strict=True):
        fits = len(np.shape(array)) == len(shape) and all(
            expected in (None, length) for expected, length in zip(shape, np.shape(array), strict=True)
        )
        assert fits, f"{name}: expected shape {shape}, got {np.shape(array)}"
    return name, True


def data_of(seed: int, number: int) -> bytes:
    """Return up to 2000 random bytes."""
    data = shake_128(f"{seed} {number}".encode()).digest(2002)
    return data[2 : 2 + int.from_bytes(data[:2], "little") % 2001]


def run_numbered(numbers: Iterable[int], seed: int, last: Path) -> Counter[tuple[str, bool]]:
    """Return how often each function took its arguments and refused them; `last` holds the number being tried."""
    counts: Counter[tuple[str, bool]] = Counter()
    with last.open("wb", buffering=0) as file:
        for done, number in enumerate(numbers, 1):
            os.pwrite(file.fileno(), b"%20d" % number, 0)
            signal.alarm(60)
            counts[test_one_input(data_of(seed, number))] += 1
            if done % 10_000 == 0:
                print(f"{done} inputs", file=sys.stderr)
    signal.alarm(0)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Calls the native core with what arbitrary bytes decode to.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input (default: 0)")
    parser.add_argument("--inputs", type=int, help="how many (default: those of --seconds)")
    parser.add_argument("--seconds", type=float, default=20, help="for how long, without --inputs (default: 20)")
    parser.add_argument("--last", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-last-input")
    parser.add_argument("--atheris", action="store_true", help="flags and corpora after it are libFuzzer's")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    options, flags = parser.parse_known_args()
    # The TypeError of an unfit call shows all its arguments, which took half of the time.
    np.set_printoptions(override_repr=lambda array: f"{array.dtype}{array.shape}")
    if options.atheris:
        import atheris

        flags = [sys.argv[0], "-len_control=0", "-max_len=2000", *flags, *map(str, options.files)]
        atheris.Setup(flags, atheris.instrument_func(test_one_input))
        atheris.Fuzz()
    for path in options.files:
        test_one_input(path.read_bytes())
    if not options.files:
        end = time.monotonic() + options.seconds
        numbers: Iterable[int] = range(options.first, options.first + (options.inputs or 0))
        if options.inputs is None:
            numbers = itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(options.first))
        counts = run_numbered(numbers, options.seed, options.last)
        print("function,returned,refused")
        for name in NAMES:
            print(f"{name},{counts[name, True]},{counts[name, False]}")


if __name__ == "__main__":
    main()
