"""The listing: every name of every registry on one line, and why one cannot be had."""

import re

import pytest

from bench.list import listing, main
from partitioners.registry import Registry


def test_every_name_has_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from affinity_models import AFFINITY_MODELS
    from affinity_models.daffnet.backbones import BACKBONES
    from affinity_models.data import DATASETS
    from partitioners import PARTITIONERS

    main([])
    listed = re.findall(r"^  ([\w-]+)\(", capsys.readouterr().out, re.MULTILINE)
    registries = (PARTITIONERS, AFFINITY_MODELS, BACKBONES, DATASETS)
    assert listed == [name for registry in registries for name in registry.names()]


def test_unavailable_names_say_why() -> None:
    registry: Registry[object] = Registry("thing", "no.such.group")
    registry.register("rare", unavailable=lambda: "needs a [moon]")(lambda: object())
    (line,) = listing(registry)
    assert "rare()" in line
    assert "needs a [moon]" in line
