"""What all command lines share."""

from affinity_models.cli import (
    add_changes,
    add_dataset,
    add_prediction,
    open_dataset,
    parser,
    positive,
    run,
    whole_number,
)

__all__ = ["add_changes", "add_dataset", "add_prediction", "open_dataset", "parser", "positive", "run", "whole_number"]
