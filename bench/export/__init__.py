"""Frozen sets of affinities, with which partitioners in any language can be tested."""
