"""Synthetic street scenes in the folder layout of Cityscapes, the embedded default data set, and what makes them."""
