"""
An image of one's own
=====================

From a file to nuclei, by a network that is shipped: no training, no affinities to be made. This needs
``pip install '.[segment]' ./affinity_models/daffnet/weights``.

The image here is a part of the README's picture, a real micrograph of the 2018 Data Science Bowl (CC0). Take any
file in its place: 8 or 16 bits or floats, grey or colour.
"""

import matplotlib.pyplot as plt

from affinity_models import DaffNetModel, read_image, segment
from affinity_models.overlay import overlay
from partitioners import create, partitioner_for

image = read_image("../pictures/nuclei.jpg")[:256, :256]
found = segment(image, weights="nuclei")
print(len(found), "nuclei in", found.labels.shape, "pixels")

# %%
# ``labels`` are whole numbers, 0 for background. Each instance has a class and a score, the mean probability of that class.

figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
axes[0].imshow(image)
axes[1].imshow(overlay(image, found.labels))
for one in axes:
    one.set_axis_off()
print("scores:", found.scores.round(2))

# %%
# The network was trained on nuclei about 22 pixels across. These are larger; ``diameter`` resizes the image to what the network
# knows.

print(len(segment(image, weights="nuclei", diameter=45)), "nuclei")

# %%
# ``segment`` is two steps: the network predicts a *pyramid* of affinities, and a partitioner cuts it. The pyramid names the one
# that was chosen on images held out in training, and it may be cut by any other.

pyramid = DaffNetModel("nuclei").predict(image)
print(len(partitioner_for(pyramid).segment(pyramid)), "nuclei by", pyramid.partitioner)
for expression in ("cascade-gaec", "gaec(linkage=average)", "mutex-watershed"):
    print(len(create(expression).segment(pyramid)), "nuclei by", expression)

# %%
# For many images make a ``Segmenter`` once, which reads the weights once. The command does so, and writes label images, tables
# and overlays; with ``--geojson`` and ``--coco``, outlines and masks too:
#
# .. code-block:: sh
#
#     affinity-bench segment FOLDER --weights nuclei --diameter 40 --output out
#     affinity-bench segment stack.tif --weights nuclei --planes all --channel 0
#
# In napari the same is in the menu Plugins. Where the shipped networks do not fit, :doc:`train <9_training>` one, or bring
# :doc:`affinities of another network <2_own_affinities>`.
