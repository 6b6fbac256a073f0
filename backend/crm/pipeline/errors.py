"""What can be wrong with a data set: with the whole of it, or with one row.

Exception
├── PipelineError   refuse everything, before anything is written
└── RowError        put this row among the rejects and go on
"""


class PipelineError(Exception):
    """The data set is refused. The message is one sentence for the person at the terminal."""


class RowError(Exception):
    """One row cannot be loaded. The message is the reason written beside it."""
