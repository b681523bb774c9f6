"""How fast the native partitioners are, beside the best public implementations of the same thing."""
