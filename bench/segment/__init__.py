"""Segmenting images of one's own: reading them, and writing labels that other programs open."""
