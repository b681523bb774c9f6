"""The one exception that means: the caller gave something wrong, and nothing was lost."""


class InputError(ValueError):
    """A caller's mistake: the message tells the argument, the expected and the given value.

    Command lines print it as one line; it is a ``ValueError``, so library users need not know it.
    """
