"""Running time against image pixels: Fig. 6 of Deep Affinity Net for any partitioner."""
