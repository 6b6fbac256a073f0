"""The history of activations takes new rows and nothing else."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION prism_policy_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'the history of policy activations is append-only' USING ERRCODE = 'restrict_violation'; END$$
"""
GUARD = """
CREATE TRIGGER policy_history_is_append_only BEFORE UPDATE OR DELETE ON policies_policyactivation
FOR EACH STATEMENT EXECUTE FUNCTION prism_policy_history_is_append_only()
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION prism_policy_history_is_append_only()"),
        migrations.RunSQL(GUARD, "DROP TRIGGER policy_history_is_append_only ON policies_policyactivation"),
    ]
