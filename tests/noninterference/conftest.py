"""The two worlds in two databases, and the application over both."""

import os
from collections.abc import Iterator

import pytest

from tests.noninterference.asking import Asker
from tests.noninterference.stores import twin_databases
from tests.noninterference.worlds import MemoryWorld, base_world


@pytest.fixture(scope="package")
def world() -> MemoryWorld:
    """Return the rows every pair starts from."""
    return base_world()


@pytest.fixture(scope="package")
def asker(database_url: str, world: MemoryWorld) -> Iterator[Asker]:
    """Yield what asks both worlds at once."""
    with twin_databases(database_url, f"test_prism_{os.getpid()}_proof", world) as urls, Asker(urls) as asking:
        yield asking
