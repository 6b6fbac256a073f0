"""Why a seed is refused."""


class SeedError(Exception):
    """A seed was refused before anything was written. The message is one sentence for the person at the terminal."""
