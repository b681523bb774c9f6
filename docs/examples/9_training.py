"""
Training
========

A network for one's own images begins with a shipped one. On this page it sees a handful of crops, so that it takes seconds and
learns next to nothing: take ten thousand iterations in place of 8. This needs ``pip install '.[models,bench]'`` and images
with masks, as in :doc:`a data set of one's own <5_own_data>`.
"""

# sphinx_gallery_thumbnail_path = 'figures/affinity.png'

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
y, x = np.indices((96, 96))
for kind in ("images", "masks"):
    (folder / kind).mkdir()
for number in range(6):
    mask = np.zeros(y.shape, np.uint16)
    for label, (row, column) in enumerate(rng.uniform(10, 86, (9, 2)), 1):
        mask[np.hypot(y - row, x - column) < 9] = label
    image = np.where(mask > 0, 180, 30) + rng.normal(0, 8, y.shape)
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / f"images/{number}.png")
    Image.fromarray(mask).save(folder / f"masks/{number}.png")

# %%
# ``nuclei`` is an option file of ``affinity_models/daffnet/recipes``, which trains in stages. ``--initial`` begins with trained
# weights and leaves the first stage out; ``--stage`` chooses one, and ``--set`` changes options.


def run(command: str) -> None:
    """Run a command as in a terminal, in the folder of this example, and print what it says."""
    print(subprocess.run(command, shell=True, check=True, cwd=folder, capture_output=True, text=True).stdout)


run(
    "affinity-bench train nuclei --data 'nuclei(root=.)' --initial nuclei --stage 2 --output mine --threads 1"
    " --set training.iterations=8 training.warm_up=2 training.constant=4 training.batch=2 training.crop=[64,64]"
    " training.workers=0 training.holdout=2 training.validate_every=8"
)

# %%
# The weights are one file, which all commands take:

from affinity_models import read_image, segment  # noqa: E402

found = segment(read_image(folder / "images/0.png"), weights=folder / "mine/model.safetensors")
print(len(found), "objects in the first image")

# %%
# .. code-block:: sh
#
#     affinity-bench segment FOLDER --weights runs/train/nuclei/model.safetensors
#     affinity-bench ablation --weights runs/train/street/model.safetensors     # Table 4 with learned affinities
#     affinity-bench model-card runs/train/street                               # measure it on val, and write that down
#     torchrun --nproc-per-node 2 -m affinity_models.train nuclei --data 'nuclei(root=DIR)'    # two processes
#
# Ctrl-C keeps what is trained, and the same command goes on from there. :doc:`/commands` has the option files
# and backbones.
