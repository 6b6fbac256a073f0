"""What ends a benchmark."""


class BenchError(Exception):
    """The benchmark cannot go on; the message is the sentence the person reads."""
