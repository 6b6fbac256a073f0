"""The matrix's world and application, made once for the folder."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from permissions.policy import Policy
from tests.differential.rows import World
from tests.matrix.api import Api
from tests.matrix.cases import DIMMED, Case, matrix_policy
from tests.matrix.expecting import Expected, Sees, sight_of
from tests.matrix.varying import varied_values
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


@pytest.fixture(scope="module")
def sees(world: MatrixWorld, django_db_blocker: Any) -> Iterator[Sees]:
    """Return what an asker should see of a noun, while every row has values of its own."""
    with django_db_blocker.unblock(), varied_values():
        rows = World()
        yield lambda who, noun: Expected(sight_of(who, world, rows), noun)


@pytest.fixture(scope="module")
def dimmed_api(world: MatrixWorld) -> Iterator[Api]:
    """Return the application under the policy that has the dimmed role too."""
    made = Api(world, matrix_policy())
    yield made
    made.close()


@pytest.fixture
def asked(api: Api, dimmed_api: Api, case: Case) -> Api:
    """Return the application that knows the case's asker: for every shipped role, the one under the shipped policy."""
    return dimmed_api if case.who == DIMMED else api
