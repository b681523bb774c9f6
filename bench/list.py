"""All partitioners, affinity models and data sets, one line each, and why one is unavailable."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from affinity_models import AFFINITY_MODELS
from bench import cli
from bench.datasets import DATASETS
from partitioners import PARTITIONERS
from partitioners.registry import Registry


def listing(registry: Registry) -> Iterator[str]:
    """Yield one line per name of a registry, in rich's markup: name, parameters, summary or reason."""
    heads = {name: f"{name}({', '.join(registry.entry(name).parameters)})" for name in registry.names()}
    width = max(map(len, heads.values()), default=0)
    for name, head in heads.items():
        reason = registry.unavailable(name)
        text = f"[yellow]unavailable:[/] {escape(reason)}" if reason else escape(registry.entry(name).summary)
        parameters = escape(head[len(name) :])
        yield f"  [bold]{name}[/][dim]{parameters}[/]{' ' * (width - len(head))}  {text}"


def main(given: list[str] | None = None) -> None:
    """Print the three registries."""
    cli.parser("python -m bench.list", __doc__ or "", "  python -m bench.list").parse_args(given)
    console = Console(highlight=False)
    for registry in (PARTITIONERS, AFFINITY_MODELS, DATASETS):
        console.print(f"[bold]{registry.kind}s[/] [dim](entry points {registry.group})[/]", soft_wrap=True)
        for line in listing(registry):
            console.print(line, soft_wrap=True)
        console.print()


if __name__ == "__main__":
    cli.run(main)
