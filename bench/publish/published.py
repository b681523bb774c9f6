"""Figures that Deep Affinity Net publishes: its Table 1, of itself and others on Cityscapes, and the times marked in its Fig. 6."""

from __future__ import annotations

import csv
from io import StringIO
from typing import NamedTuple

import pandas as pd

CLASSES = ("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle")

_TABLE_1 = """\
kind;method;AP val;AP test;AP50;AP50m;AP100m;person;rider;car;truck;bus;train;motorcycle;bicycle
region-based;Mask R-CNN;31.5;26.2;49.9;40.1;37.6;30.5;23.7;46.9;22.8;32.2;18.6;19.1;16.0
region-based;GMIS;34.1;27.6;44.6;47.9;42.7;31.5;25.2;42.3;21.8;37.2;28.9;18.8;12.8
region-based;PANet (fine only);36.4;31.8;57.1;46.0;44.2;36.8;30.4;54.8;27.0;36.3;25.5;22.6;20.8
region-based;UPNet;;33.0;59.6;50.7;46.8;;;;;;;;
keypoint-based;Multi-task;;21.6;39.0;37.0;35.0;19.2;21.4;36.6;18.8;26.8;15.9;19.4;14.5
keypoint-based;Jointly-Optim;;27.6;50.9;37.3;37.8;34.5;26.1;52.4;21.7;31.2;16.4;20.1;18.9
affinity-based;Instance cut;;13.0;27.9;26.1;22.1;10.0;8.0;23.7;14.0;19.5;15.2;9.3;4.7
affinity-based;GMIS (no RoIs & flip);22.8;;;;;;;;;;;;
affinity-based;SSAP (no MS & flip);31.5;;;;;;;;;;;;
affinity-based;DaffNet with GAS;32.0;27.1;46.9;46.6;41.2;24.5;20.8;42.7;29.2;38.3;32.2;17.9;10.9
affinity-based;DaffNet;32.4;27.5;48.0;46.9;41.5;24.5;22.2;43.7;29.5;38.3;31.9;18.0;12.1
"""


def table_1() -> pd.DataFrame:
    """Return the rows of Table 1, in percent, NaN where it has a dash.

    Columns: `kind`, `method`; `AP val` on Cityscapes val; on its test set `AP test`, `AP50`, `AP50m`, `AP100m`, and AP
    of each of `CLASSES`, whose mean is `AP test` (of GMIS as printed it is 27.3).
    """
    rows = list(csv.DictReader(StringIO(_TABLE_1), delimiter=";"))
    table = pd.DataFrame(rows)
    numbers = table.columns.drop(["kind", "method"])
    return table.assign(**{name: pd.to_numeric(table[name]) for name in numbers})


class Time(NamedTuple):
    """A time that the paper marks in its Fig. 6: its name, and seconds per image of `FIGURE_6_MEGAPIXELS`."""

    name: str
    seconds: float


FIGURE_6 = (Time("Cascade-GAEC", 0.244), Time("SSAP", 1.74))
"""For a batch of 4, on the paper's machine (Intel i7-8700K, 4 threads); the paper read that of SSAP off a chart."""
FIGURE_6_MEGAPIXELS = 1024 * 2048 / 1e6
