"""What keeps a load test from being run, in one sentence."""


class Unusable(Exception):
    """The load test cannot be run as it was asked for; the message says why, and what to do."""
