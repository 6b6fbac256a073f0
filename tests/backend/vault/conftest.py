"""An application with encrypted fields, its tables, and a keyring that starts from nothing."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from backend.vault.keyring import Keyring, keyring, reset_keyring
from tests.backend.vault.people.models import Account, Person

APPLICATION = "tests.backend.vault.people"


@pytest.fixture(scope="package", autouse=True)
def people() -> Iterator[None]:
    """Install the tests' own application."""
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, APPLICATION]):
        yield


@pytest.fixture(scope="package")
def tables(people: None, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make its tables."""
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for model in (Person, Account):
                editor.create_model(model)
        yield
        with connection.schema_editor() as editor:
            for model in (Person, Account):
                editor.delete_model(model)


@pytest.fixture
def keys(tables: None, db: None) -> Iterator[Keyring]:
    """Return the process's keyring, which has read nothing yet."""
    reset_keyring()
    yield keyring()
    reset_keyring()
