"""The embedded default data set, synthetic street scenes in the folder layout of Cityscapes, and their generator."""
