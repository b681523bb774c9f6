"""Rows as tables, figures and documents."""
