"""Prism's command line: Django's, with the embedded PostgreSQL started where a command needs a database."""

import os
import sys

from django.core.management import execute_from_command_line

from backend.database import start_embedded, var_dir


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start_embedded(var_dir() / "postgres")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
