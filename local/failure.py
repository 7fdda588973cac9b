"""The failure of a start."""


class StartError(Exception):
    """The service can't start or go on; the message is one line for the person who started it."""
