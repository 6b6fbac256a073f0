"""The matrix's world, and desks over it under the shipped policy or another."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from permissions.policy import Policy, default_policy
from tests.matrix.world import MatrixWorld
from tests.schema.reveals.desk import Desks, forget


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[MatrixWorld]:
    """Yield the rows: committed, because the engine reads them from a pool of its own."""
    with django_db_blocker.unblock():
        try:
            yield MatrixWorld()
        finally:
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def shipped(world: MatrixWorld) -> Iterator[Desks]:
    """Yield desks under the policy Prism ships with."""
    made = Desks(world, default_policy())
    yield made
    made.close()


@pytest.fixture
def desks(shipped: Desks) -> Desks:
    """Return desks under the shipped policy at which nothing was revealed yet."""
    shipped.commit(forget)
    return shipped


@pytest.fixture
def desks_under(world: MatrixWorld) -> Iterator[Callable[[Policy], Desks]]:
    """Yield a function that makes desks under another policy."""
    made: list[Desks] = []

    def make(policy: Policy) -> Desks:
        made.append(Desks(world, policy))
        made[-1].commit(forget)
        return made[-1]

    yield make
    for each in made:
        each.close()
