"""The common part of all command lines."""

from affinity_models.cli import (
    add,
    add_changes,
    add_prediction,
    open_dataset,
    parser,
    positive,
    run,
    whole_number,
)

__all__ = ["add", "add_changes", "add_prediction", "open_dataset", "parser", "positive", "run", "whole_number"]
