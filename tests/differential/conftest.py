"""The world of the differential test: a small seed and the nasty rows, committed, because the engine reads from a pool.

The rows are there while this folder's tests run, and nobody writes them meanwhile.
"""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.management import call_command

from tests.differential.engine import Engine
from tests.differential.nasty import make_nasty_rows
from tests.differential.principals import POLICIES
from tests.differential.rows import World


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Return the rows, as the oracle reads them."""
    with django_db_blocker.unblock():
        call_command("seed", customers=14, seed=2, verbosity=0, stdout=io.StringIO())
        try:
            make_nasty_rows()
            yield World()
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def engines(world: World) -> Iterator[dict[str, Engine]]:
    """Return the application under each policy."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Engine(policy)) for name, policy in POLICIES.items()}
