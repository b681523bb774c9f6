"""Exceptions that mean: the caller gave something wrong, and nothing was lost."""


class InputError(ValueError):
    """A caller's mistake: the message tells the argument, the expected and the given value.

    Command lines print it as one line; it is a ``ValueError``, so library users need not know it.
    """


class NotApplicable(InputError):
    """A problem of a kind that this does not take, such as a volume or costs, though others do: no failure of it.

    Tables have "not applicable" in place of "failed".
    """
