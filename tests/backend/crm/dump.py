"""The whole content of the CRM as text, so that two states can be compared byte for byte."""

from django.apps import apps
from django.db import connection
from psycopg import sql


def dump() -> dict[str, list[str]]:
    """Return every row of every table of ours, sorted, by table."""
    rows: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for label in ("identity", "crm"):
            for model in apps.get_app_config(label).get_models():
                table = model._meta.db_table
                cursor.execute(sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table)))
                rows[table] = [row[0] for row in cursor.fetchall()]
    return rows
