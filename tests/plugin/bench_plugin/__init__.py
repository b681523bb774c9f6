"""A package that plugs into the bench, and an example of how one does that."""
