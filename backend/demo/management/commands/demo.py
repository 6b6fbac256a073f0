"""`manage.py demo`: from nothing to a served graph with an account of every role."""

import argparse
import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from rich.console import Console

from backend.crm.models import Customer
from backend.database import ensure_database, var_dir
from backend.demo.accounts import accounts_table, demo_accounts, write_tokens
from backend.demo.serving import HOST, open_port, serve
from backend.errors import SetupError

SEED = 1


class Command(BaseCommand):
    """Prepare the database, seed it when empty, and serve Prism with an account of every role."""

    help = "Prepare the database, seed it when empty, and serve Prism on 127.0.0.1 with an account of every role."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --port and --customers."""
        parser.add_argument("--port", type=_port, default=8000, help="port on 127.0.0.1; 0 takes a free one")
        parser.add_argument("--customers", type=_count, default=2000, help="customers to make when there are none")

    def handle(self, *_args: Any, port: int, customers: int, **_options: Any) -> None:
        """Run the demo until Ctrl-C or SIGTERM."""
        with open_port(port) as listener:
            console = Console()
            ensure_database()
            _prepare(customers)
            _show_accounts(console)
            # The sync connection was for the preparations: the server opens its own.
            connection.close()
            # The GraphiQL page of this process may offer the accounts to a browser on this machine.
            os.environ["PRISM_DEMO"] = "1"
            serve(listener, ready=lambda: _show_address(console, listener.getsockname()[1]))
            console.print("Prism has stopped.")


def _prepare(customers: int) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    if not Customer.objects.exists():
        call_command("seed", customers=customers, seed=SEED)


def _show_accounts(console: Console) -> None:
    accounts, path = demo_accounts(), var_dir() / "demo-tokens.json"
    try:
        write_tokens(accounts, path)
    except OSError as error:
        raise SetupError(f"Prism cannot write {path} ({error.strerror}): name another folder in PRISM_VAR.") from error
    console.print(accounts_table(accounts))
    console.print(f"Their bearer tokens are in {path}", soft_wrap=True, highlight=False)


def _show_address(console: Console, port: int) -> None:
    console.print(f"GraphiQL: http://{HOST}:{port}/graphql", soft_wrap=True)
    console.print("Ctrl-C stops Prism and its database.")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000:
        return int(text)
    raise argparse.ArgumentTypeError("a number of customers is a whole number from 1 to 1000000")
