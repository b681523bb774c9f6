"""Settings of the tests of `partitioners`."""

from hypothesis import settings

settings.register_profile("partitioners", deadline=None, max_examples=50)
settings.load_profile("partitioners")
