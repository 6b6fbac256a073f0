"""Prism's command line: Django's, with the embedded PostgreSQL started where a command needs a database."""

import os
import signal
import sys
from types import FrameType

from django.core.management import execute_from_command_line

from backend.database import DatabaseUnavailableError, database_url, ensure_database, parse

# These answer without a database; `demo` starts it itself, after it has looked at its port.
WITHOUT_DATABASE = {"", "help", "version", "--help", "-h", "--version", "demo"}


def main(arguments: list[str]) -> int:
    """Run the management command named on the command line and return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    signal.signal(signal.SIGTERM, _end)
    try:
        parse(database_url())
        if _needs_database(arguments):
            ensure_database()
        execute_from_command_line(["manage.py", *arguments])
    except DatabaseUnavailableError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the command line.
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _needs_database(arguments: list[str]) -> bool:
    asks_for_help = "--help" in arguments or "-h" in arguments
    return (arguments[0] if arguments else "") not in WITHOUT_DATABASE and not asks_for_help


def _end(signum: int, _frame: FrameType | None) -> None:
    # An ordinary exit, so that the embedded server is stopped as at any other end.
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
