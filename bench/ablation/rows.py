"""The rows of the paper's Table 4: four compositions of the same parts."""

from __future__ import annotations

from dataclasses import dataclass

from partitioners import CascadeGAEC, create


@dataclass(frozen=True)
class Row:
    """One row of the ablation, and what the paper measured for it with its network on Cityscapes val, in percent."""

    name: str
    grouping: str | None
    finest: str | None
    paper_ap: float
    paper_ap50: float

    def partitioner(self, seed: int) -> CascadeGAEC:
        """Return the row's cascade; `seed` is of the order in which GAS visits pixels."""
        finest = create(self.finest, seed=seed) if self.finest else None
        return CascadeGAEC("gaec", self.grouping, finest)  # type: ignore[arg-type]


TABLE_4 = (
    Row("GAEC", None, None, 26.6, 46.5),
    Row("+ GAEC", "gaec", None, 30.4, 49.2),
    Row("+ PA-GAEC, GAS", "pa-gaec", "gas", 32.0, 52.0),
    Row("+ PA-GAEC", "pa-gaec", None, 32.4, 53.1),
)
