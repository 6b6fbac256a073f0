"""Seal what was stored in clear: each column is set aside, its values are sealed into its successor, and it goes.

What the old columns held stays in dead tuples until VACUUM FULL, and in backups made before: see docs/vault.md.
"""

from django.db import migrations

from backend.vault.companion import BlindIndexField
from backend.vault.fields import EncryptedDateField, EncryptedTextField
from backend.vault.normalise import Normaliser

BATCH = 500
TEXT, DATE = EncryptedTextField, EncryptedDateField
# model → column → (field, how it is compared)
SEALED = {
    "customer": {
        "address": (TEXT, None),
        "phone": (TEXT, Normaliser.PHONE),
        "email": (TEXT, Normaliser.EMAIL),
    },
    "contact": {
        "phone": (TEXT, Normaliser.PHONE),
        "mobile": (TEXT, Normaliser.PHONE),
        "email": (TEXT, Normaliser.EMAIL),
        "wechat_id": (TEXT, Normaliser.TEXT),
        "birthday": (DATE, None),
        "id_number": (TEXT, Normaliser.ID_NUMBER),
    },
    "payment": {"bank_account": (TEXT, Normaliser.BANK_ACCOUNT)},
}


def _clear(column):
    return f"clear_{column}"


def seal(apps, schema_editor):
    for model_name, columns in SEALED.items():
        model = apps.get_model("crm", model_name)
        rows = model._default_manager.order_by("pk").only("pk", *map(_clear, columns))
        last = None
        while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
            for row in batch:
                # An address that was not known used to be an empty text.
                values = {column: getattr(row, _clear(column)) or None for column in columns}
                for column, value in values.items():
                    setattr(row, column, value)
                row.save(update_fields=list(columns))
            last = batch[-1].pk


def operations():
    for model_name, columns in SEALED.items():
        for column, (field, index) in columns.items():
            yield migrations.RenameField(model_name, column, _clear(column))
            yield migrations.AddField(model_name, column, field(null=True, blank=True, index=index) if index else field(null=True, blank=True))
            if index:
                yield migrations.AddField(model_name, f"{column}_index", BlindIndexField())
    yield migrations.RunPython(seal, migrations.RunPython.noop)
    # The rows just written have deferred triggers pending, and a table with those cannot be altered.
    yield migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop)
    for model_name, columns in SEALED.items():
        for column in columns:
            yield migrations.RemoveField(model_name, _clear(column))


class Migration(migrations.Migration):

    dependencies = [
        ("crm", "0004_an_index_for_each_scope"),
        ("vault", "0001_initial"),
    ]

    operations = list(operations())
