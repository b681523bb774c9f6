"""Partitioners × affinity models × data sets, ranked by quality and time."""
