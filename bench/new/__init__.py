"""A file to begin a plug-in with."""
