"""Data sets, metrics, the ablation and its reports."""
