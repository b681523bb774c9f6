"""Readable Python references of the greedy partitioners: what the native core must equal, node for node."""
