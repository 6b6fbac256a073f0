"""Prism's command line: Django's, with the embedded PostgreSQL started where a command needs a database."""

import os
import signal
import sys
from types import FrameType

from django.core.management import execute_from_command_line

from backend.database import database_url, ensure_database, parse
from backend.errors import SetupError
from backend.secret_key import make_secret_key
from backend.vault.own_key import make_own_key

# These answer without a database and write nothing.
ANSWERS_ALONE = {"", "help", "version", "--help", "-h", "--version"}
MAKES_A_KEY = ["keys", "generate"]
# The demo looks at its port first, then starts the database itself.
DEMO = "demo"


def main(arguments: list[str]) -> int:
    """Run the management command named on the command line and return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end)
    try:
        parse(database_url())
        _prepare(arguments)
        execute_from_command_line(["manage.py", *arguments])
    except SetupError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the command line.
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _prepare(arguments: list[str]) -> None:
    command = arguments[0] if arguments else ""
    if command in ANSWERS_ALONE or {"--help", "-h"} & set(arguments) or arguments[:2] == MAKES_A_KEY:
        return
    # An installation of our own makes its own keys; one with a database of its own is given keys of its own.
    if command == DEMO or not os.environ.get("DATABASE_URL"):
        make_secret_key()
        make_own_key()
    if command != DEMO:
        ensure_database()


def _end(signum: int, _frame: FrameType | None) -> None:
    # An ordinary exit, so that the embedded server is stopped as at any other end.
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
