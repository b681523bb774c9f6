"""Partitioners to compare with: connected components, community detection of other packages, and controls."""
