"""The matrix's world and application, made once for the folder."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from permissions.policy import Policy
from tests.matrix.api import Api
from tests.matrix.world import MatrixWorld


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[MatrixWorld]:
    """Return the rows: committed, because the engine reads them from a pool of its own."""
    with django_db_blocker.unblock():
        try:
            yield MatrixWorld()
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def api(world: MatrixWorld) -> Iterator[Api]:
    """Return the application under the policy Prism ships with."""
    made = Api(world)
    yield made
    made.close()


@pytest.fixture
def api_under(world: MatrixWorld) -> Iterator[Callable[[Policy], Api]]:
    """Return a function that makes the application under another policy."""
    made: list[Api] = []

    def make(policy: Policy) -> Api:
        made.append(Api(world, policy))
        return made[-1]

    yield make
    for each in made:
        each.close()
