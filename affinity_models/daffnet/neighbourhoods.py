"""Neighbourhoods by name: the offsets for which an affinity head predicts (Fig. 2 of Deep Affinity Net).

Affinities are symmetric, so that of two opposite offsets one is listed.
"""

from __future__ import annotations

from partitioners.graph import Offsets
from partitioners.pyramid import NEIGHBOURS


def window(radius: int) -> Offsets:
    """Return the offsets of a square window of 2 · radius + 1 pixels, half of them."""
    reach = range(-radius, radius + 1)
    return tuple((dy, dx) for dy in reach for dx in reach if (dy, dx) > (0, 0))


def rays(distances: tuple[int, ...]) -> Offsets:
    """Return the offsets in eight directions at each distance, half of them."""
    return tuple((distance * dy, distance * dx) for distance in distances for dy, dx in window(1))


NEIGHBOURHOODS: dict[str, Offsets] = {"daffnet": NEIGHBOURS, "ssap": window(2), "gmis": rays((1, 2, 4, 8, 16, 32, 64))}
"""DaffNet: the 4 neighbours. SSAP (Gao et al., ICCV 2019): a 5 × 5 window, 24 neighbours.
GMIS (Liu et al., ECCV 2018): 8 directions at 7 distances, 56 neighbours."""
