"""All partitioners, affinity models, backbones and data sets, one line each, and why one is unavailable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affinity_models import AFFINITY_MODELS, cli
from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.data import DATASETS
from partitioners import PARTITIONERS
from partitioners.registry import Registry


def listing(registry: Registry[Any]) -> Iterator[str]:
    """Yield one line per name of a registry: name, parameters, and the summary or why it is unavailable."""
    heads = {name: f"{name}({', '.join(registry.entry(name).parameters)})" for name in registry.names()}
    width = max(map(len, heads.values()), default=0)
    for name, head in heads.items():
        reason = registry.unavailable(name)
        yield f"  {head:<{width}}  {f'unavailable: {reason}' if reason else registry.entry(name).summary}"


def main(argv: list[str] | None = None) -> None:
    """Print the four registries."""
    cli.parser("python -m bench.list", __doc__ or "", "  python -m bench.list").parse_args(argv)
    for registry in (PARTITIONERS, AFFINITY_MODELS, BACKBONES, DATASETS):
        print(f"{registry.kind}s (other packages: entry points {registry.group})", *listing(registry), "", sep="\n")


if __name__ == "__main__":
    cli.run(main)
