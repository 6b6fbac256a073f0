"""The whole content of the CRM as text, so that two states can be compared byte for byte."""

from typing import Any

from django.apps import apps
from django.db import connection
from psycopg import sql

from backend.vault.fields import Encrypted


def dump() -> dict[str, list[str]]:
    """Return every row of every table of ours, sorted, by table."""
    rows: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for label in ("identity", "crm"):
            for model in apps.get_app_config(label).get_models():
                table, encrypted = model._meta.db_table, _encrypted(model)
                # Equal values are sealed differently each time: they are compared as what they open to.
                plain = sql.SQL("to_jsonb(t) - {}::text[]").format(sql.Literal([each.column for each in encrypted]))
                cursor.execute(sql.SQL("SELECT ({})::text FROM {} t ORDER BY 1").format(plain, sql.Identifier(table)))
                rows[table] = [row[0] for row in cursor.fetchall()]
                for each in encrypted:
                    opened = (f"{row.pk}: {getattr(row, each.name)}" for row in model._default_manager.all())
                    rows[f"{table}.{each.column}"] = sorted(opened)
    return rows


def _encrypted(model: Any) -> list[Encrypted]:
    return [each for each in model._meta.concrete_fields if isinstance(each, Encrypted)]
