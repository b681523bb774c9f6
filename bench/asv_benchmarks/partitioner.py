"""The partitioners that are measured, by the names they have in asv's tables."""

from partitioners import create

GRAPH_PARTITIONERS = {
    "components": ("components", {}),
    "gaec-wpgma": ("gaec", {"linkage": "wpgma"}),
    "gaec-average": ("gaec", {"linkage": "average"}),
    "gaec-sum": ("gaec", {"linkage": "sum"}),
    "gas": ("gas", {}),
}
"""For the pixels of an image."""

CASCADES = {
    "GAEC": ("cascade-gaec", {"grouping": None}),
    "+ GAEC": ("cascade-gaec", {"grouping": "gaec"}),
    "+ PA-GAEC, GAS": ("cascade-gaec", {"grouping": "pa-gaec", "finest": "gas"}),
    "+ PA-GAEC": ("cascade-gaec", {"grouping": "pa-gaec"}),
}
"""The rows of Table 4 of Deep Affinity Net."""


def make(name):
    """Return a partitioner of either table, or registered under `name`.

    Raises:
        NotImplementedError: this commit has none; asv then leaves the benchmark out.
    """
    registered, parameters = {**GRAPH_PARTITIONERS, **CASCADES}.get(name, (name, {}))
    try:
        return create(registered, **parameters)
    except ValueError as error:
        raise NotImplementedError(str(error)) from error


def unit(name):
    """Return a decorator that tells asv the unit of a track_ figure."""

    def mark(function):
        function.unit = name
        return function

    return mark
