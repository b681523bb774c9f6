"""Greedy algorithms on graphs: contraction (GAEC, PA-GAEC), association (GAS), components."""
