"""The stored bytes of the tests' own tables, past Django."""

from typing import Any
from uuid import UUID

from django.db import connection

from backend.vault.envelope import key_id_of
from backend.vault.models import DataKey
from backend.vault.states import KeyState
from tests.backend.vault.people.models import Person

ENCRYPTED = ("phone", "email", "note", "birthday", "salary")


def run(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall()) if cursor.description else []


def stored() -> dict[UUID, tuple[bytes | None, ...]]:
    """Return every person's encrypted columns."""
    return {row[0]: row[1:] for row in run("SELECT id, phone, email, note, birthday, salary FROM vault_people_person")}


def key_ids() -> set[int]:
    """Return the data keys that people's values are sealed under."""
    return {key_id_of(value) for row in stored().values() for value in row if value is not None}


def make_people(count: int) -> dict[UUID, tuple[Any, ...]]:
    """Make people with every field filled, and return their plaintexts."""
    Person.objects.bulk_create(
        [
            Person(phone=f"139{place:08}", email=f"{place}@x.cn", note=f"note {place}", salary=place)
            for place in range(count)
        ]
    )
    return plaintexts()


def plaintexts() -> dict[UUID, tuple[Any, ...]]:
    """Return every person's values, opened."""
    return {each.pk: tuple(getattr(each, name) for name in ENCRYPTED) for each in Person.objects.all()}


def active_key() -> int:
    """Return the id of the data key that seals."""
    return DataKey.objects.get(purpose="data", state=KeyState.ACTIVE).key_id


def give(key: UUID, column: str, value: bytes | None) -> None:
    """Have a person's row store something else."""
    statements = {
        "phone": "UPDATE vault_people_person SET phone = %s WHERE id = %s",
        "note": "UPDATE vault_people_person SET note = %s WHERE id = %s",
        "phone_index": "UPDATE vault_people_person SET phone_index = %s WHERE id = %s",
    }
    run(statements[column], value, key)
