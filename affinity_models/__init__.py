"""Affinity models: from an image to an affinity pyramid."""

import signal
import sys

# As `bench.start.end_at_once` does for commands of bench, of which nothing is imported here.
if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from affinity_models.base import AFFINITY_MODELS, AffinityModel
from affinity_models.corrected import Corrected
from affinity_models.daffnet.model import DaffNetModel
from affinity_models.images import read_image
from affinity_models.oracle import Oracle
from affinity_models.sample import VOID, Sample
from affinity_models.saved import Saved
from affinity_models.segmenting import Segmenter, as_rgb, segment

create = AFFINITY_MODELS.create
names = AFFINITY_MODELS.names
register = AFFINITY_MODELS.register

__all__ = [
    "AFFINITY_MODELS",
    "VOID",
    "AffinityModel",
    "Corrected",
    "DaffNetModel",
    "Oracle",
    "Sample",
    "Saved",
    "Segmenter",
    "as_rgb",
    "create",
    "names",
    "read_image",
    "register",
    "segment",
]
