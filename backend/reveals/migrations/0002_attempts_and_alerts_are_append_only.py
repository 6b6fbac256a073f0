"""Attempts and alerts take new rows and nothing else."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION prism_reveals_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'reveal attempts and alerts are append-only' USING ERRCODE = 'restrict_violation'; END$$
"""
GUARDS = [
    (
        "CREATE TRIGGER reveal_attempts_are_kept BEFORE UPDATE OR DELETE ON reveals_revealattempt "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_reveals_are_append_only()",
        "DROP TRIGGER reveal_attempts_are_kept ON reveals_revealattempt",
    ),
    (
        "CREATE TRIGGER alerts_are_kept BEFORE UPDATE OR DELETE ON reveals_alert "
        "FOR EACH STATEMENT EXECUTE FUNCTION prism_reveals_are_append_only()",
        "DROP TRIGGER alerts_are_kept ON reveals_alert",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("reveals", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION prism_reveals_are_append_only()"),
        *[migrations.RunSQL(make, drop) for make, drop in GUARDS],
    ]
