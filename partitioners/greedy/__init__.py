"""Greedy algorithms on graphs: contraction (GAEC, PA-GAEC), association (GAS), the mutex watershed, components; local search."""
