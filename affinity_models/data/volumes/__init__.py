"""Volumes: generated ones of cells and of neurites, and the formats of files in which real ones come."""
