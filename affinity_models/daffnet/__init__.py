"""Deep Affinity Net: network, losses and training. Importing the package does not import torch; its modules may."""
