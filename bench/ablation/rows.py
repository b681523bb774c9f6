"""Rows of an ablation: partitioners, by default the four compositions of the paper's Table 4."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.engine.plan import RECORDED, resolved
from partitioners import PARTITIONERS, InputError, expressions


@dataclass(frozen=True)
class Row:
    """One row of the ablation.

    Args:
        name: the name of the row.
        expression: its partitioner, as `partitioners.expressions.parse` takes it; one of graphs cuts the finest level.
        paper_ap, paper_ap50: the paper's, with its network on Cityscapes val, in percent; NaN: none.
    """

    name: str
    expression: str
    paper_ap: float = math.nan
    paper_ap50: float = math.nan


TABLE_4 = (
    Row("GAEC", "cascade-gaec(affinity=gaec, grouping=None)", 26.6, 46.5),
    Row("+ GAEC", "cascade-gaec(affinity=gaec, grouping=gaec)", 30.4, 49.2),
    Row("+ PA-GAEC, GAS", "cascade-gaec(affinity=gaec, grouping=pa-gaec, finest=gas)", 32.0, 52.0),
    Row("+ PA-GAEC", "cascade-gaec(affinity=gaec, grouping=pa-gaec)", 32.4, 53.1),
)
AVERAGE = Row("average", expressions.USUAL)
"""The composition that is to be ahead of the paper's."""
PAPER_PAIRS = ((0, 1), (1, 3), (3, 2), (0, 3))
"""The differences that the paper speaks of: grouping, position-awareness, GAS, and all three."""


def chosen(texts: Sequence[str] | None, recorded: str = "", seed: int = 0) -> tuple[Row, ...]:
    """Return a row for each expression, named after it; without any, those of Table 4, then `AVERAGE` and one of `recorded`.

    Args:
        texts: expressions, or `bench.engine.plan.RECORDED`.
        recorded: the partitioner that the affinity model was measured with, or an empty string.
        seed: the seed of partitioners.

    Raises:
        InputError: one is given twice.
    """
    if not texts:
        return (*TABLE_4, AVERAGE, *([Row(RECORDED, recorded)] if recorded else []))
    parsed = [expressions.parse(resolved(text, recorded)) for text in texts]
    short_names = expressions.short(parsed)
    if len({expression.canonical(PARTITIONERS, seed=seed) for expression in parsed}) < len(parsed):
        raise InputError(f"--partitioners: expected different ones, got {', '.join(texts)}")
    named = zip(texts, parsed, strict=True)
    return tuple(
        Row(RECORDED if text == RECORDED else short_names[expression], str(expression)) for text, expression in named
    )


def pairs(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return the rows whose differences are shown: each and the one after it; of Table 4 the paper's, and all to that."""
    n_paper, consecutive = len(TABLE_4), list(pairwise(rows))
    if tuple(rows[:n_paper]) != TABLE_4:
        return consecutive
    among = [(rows[first], rows[second]) for first, second in PAPER_PAIRS]
    return among + [(row, rows[n_paper]) for row in TABLE_4 if len(rows) > n_paper] + consecutive[n_paper:]
