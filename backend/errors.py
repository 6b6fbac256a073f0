"""What stops Prism from starting.

Exception
└── SetupError    the installation cannot work as it is
"""


class SetupError(Exception):
    """The installation cannot work as it is; the message is one sentence for the person at the terminal."""
