"""What the limit reads: the encrypted tables once more, in clear, in a schema of the benchmark's own.

The limit is what SQL alone costs, and SQL cannot open what is sealed. `python -m bench.plain` copies the tables that
have encrypted columns into the schema `plain`, where its statements find them before the others. Statements that touch
no encrypted column name `public`: they read the very rows Prism reads.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

import django
import psycopg
from django.apps import apps
from psycopg import sql
from psycopg.rows import dict_row

SCHEMA = "plain"
BATCH = 5_000


def main() -> int:
    """Copy what is not copied yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url) as reading, psycopg.connect(url) as writing:
        writing.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        for model, encrypted in _encrypted_models():
            _copy(model._meta.db_table, encrypted, reading, writing)
    return 0


def _encrypted_models() -> Iterator[tuple[Any, list[Any]]]:
    """Yield the models with encrypted columns, and those columns' fields."""
    # Imported here: models can be read once Django is set up.
    from backend.vault.fields import Encrypted  # noqa: PLC0415

    for model in apps.get_models():
        if found := [each for each in model._meta.concrete_fields if isinstance(each, Encrypted)]:
            yield model, found


def _copy(
    table: str, encrypted: list[Any], reading: "psycopg.Connection[Any]", writing: "psycopg.Connection[Any]"
) -> None:
    names = {"original": sql.Identifier("public", table), "copy": sql.Identifier(SCHEMA, table)}
    if writing.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{table}"]).fetchone() != (None,):
        return
    writing.execute(
        sql.SQL("CREATE TABLE {copy} (LIKE {original} INCLUDING DEFAULTS INCLUDING INDEXES)").format(**names)
    )
    for field in encrypted:
        column = {"column": sql.Identifier(field.column), "type": sql.SQL("date" if _is_date(field) else "text")}
        statement = "ALTER TABLE {copy} ALTER COLUMN {column} TYPE {type} USING NULL"
        writing.execute(sql.SQL(statement).format(**names, **column))
    with reading.cursor(f"plain_{table}", row_factory=dict_row) as rows:
        rows.itersize = BATCH
        rows.execute(sql.SQL("SELECT * FROM {original}").format(**names))
        columns = [each.name for each in rows.description or ()]
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        with writing.cursor().copy(sql.SQL("COPY {copy} ({listed}) FROM STDIN").format(**names, listed=listed)) as copy:
            for row in rows:
                for field in encrypted:
                    sealed = row[field.column]
                    row[field.column] = None if sealed is None else field.open_text(row["id"], sealed)
                copy.write_row([row[column] for column in columns])


def _is_date(field: Any) -> bool:
    return type(field).__name__ == "EncryptedDateField"


if __name__ == "__main__":
    sys.exit(main())
